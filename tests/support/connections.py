"""Which database connections are open: a test that leaves one behind is told so at once, on every Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

# Numbers, not the connections themselves: holding those would keep alive what a test forgot.
_open: set[int] = set()


@event.listens_for(Pool, "connect")
def _opened(connection: Any, _record: Any) -> None:
    _open.add(id(connection))


@event.listens_for(Pool, "close")
def _closed(connection: Any, _record: Any) -> None:
    _open.discard(id(connection))


@event.listens_for(Pool, "close_detached")
def _closed_detached(connection: Any) -> None:
    _open.discard(id(connection))


@contextmanager
def all_closed() -> Iterator[None]:
    """Raise `AssertionError` where connections opened meanwhile by SQLAlchemy are still open at the end.

    Python 3.13 warns of them too, but only once they are collected: in some later test that is innocent.
    """
    before = set(_open)
    yield
    left = _open - before
    _open.intersection_update(before)
    assert not left, f"{len(left)} database connections were left open: dispose of the database at the end"
