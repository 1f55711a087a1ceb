"""How a controller reaches a service: `use(SomeService)`, built for the current request and its caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from flask import current_app, g, stream_with_context

from tidegate.domain.principals import Principal
from tidegate.kernel.container import Container, Work

T = TypeVar("T")

EXTENSION = "tidegate"


def use(wanted: type[T]) -> T:
    """Return a service of the current request: `use(CatalogService).component(name)`."""
    return current_work().use(wanted)


def sent_later(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Send pieces that are read from the database meanwhile, and then give the connection back.

    The view has ended by then, and its work is closed: what reads on opens it again. Where the replica is
    read, the first piece is read at once: so long the primary can still stand in for it.
    """
    work = current_work()
    on_replica = work.uow.on_replica
    first = next(pieces, b"") if on_replica else b""

    def closing() -> Iterator[bytes]:
        try:
            with work.uow.reading_on(replica=on_replica):
                yield first
                yield from pieces
        finally:
            work.close()

    return stream_with_context(closing())


def current_work() -> Work:
    """Return the current request's work, opened on first use and closed when the request ends."""
    work: Work | None = g.get("work")
    if work is None:
        work = g.work = current_container().work(current_principal())
    return work


def current_principal() -> Principal:
    """Return who sent the current request."""
    principal: Principal = g.principal
    return principal


def current_container() -> Container:
    """Return what lives as long as the process."""
    container: Container = current_app.extensions[EXTENSION]
    return container
