"""How a controller reaches a service: `use(SomeService)`, built for the current request and its caller."""

from __future__ import annotations

from typing import TypeVar

from flask import current_app, g

from tidegate.domain.principals import Principal
from tidegate.kernel.container import Container, Work

T = TypeVar("T")

EXTENSION = "tidegate"


def use(wanted: type[T]) -> T:
    """Return a service of the current request: `use(CatalogService).component(name)`."""
    return current_work().use(wanted)


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
