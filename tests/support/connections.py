"""Which database connections are open: a test that leaves one behind is told so at once, on every Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

# The numbers of the connections that are open, counted as they were opened. The connections themselves are
# not held: that would keep alive what a test forgot. Nor is their `id`: one that was forgotten leaves it to
# another.
_open: set[int] = set()
_detached: dict[int, int] = {}
_numbers = count(1)
_NUMBER = "number of the tests"


@event.listens_for(Pool, "connect")
def _opened(_connection: Any, record: Any) -> None:
    record.info[_NUMBER] = next(_numbers)
    _open.add(record.info[_NUMBER])


@event.listens_for(Pool, "close")
def _closed(_connection: Any, record: Any) -> None:
    _open.discard(record.info[_NUMBER])


@event.listens_for(Pool, "detach")
def _left_the_pool(connection: Any, record: Any) -> None:
    _detached[id(connection)] = record.info[_NUMBER]


@event.listens_for(Pool, "close_detached")
def _closed_detached(connection: Any) -> None:
    _open.discard(_detached.pop(id(connection)))


@contextmanager
def all_closed() -> Iterator[None]:
    """Raise `AssertionError` where connections opened meanwhile by SQLAlchemy are still open at the end.

    Python 3.13 warns of them too, but only once they are collected: in some later test that is innocent.
    """
    before = next(_numbers)
    yield
    left = {number for number in _open if number > before}
    _open.difference_update(left)  # reported once
    assert not left, f"{len(left)} database connections were left open: dispose of the database at the end"
