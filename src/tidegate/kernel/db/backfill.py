"""Backfills: a new column is filled by chunks while the API answers; stopped at any point, begun again.

The three steps of a column that is to be NOT NULL, each in a version of its own:

1. a migration adds it, nullable; this version writes it in every new row and reads rows without it;
2. a task fills the old rows: `backfill(database, pending, change)`, again and again until nothing is pending;
3. a later migration makes it NOT NULL, and the version with it counts on that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, func, select

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES

SMALLEST, LARGEST = 500, 1000
"""How many rows one transaction changes: fewer cost more round trips, more make others wait."""

# How many rows one chunk looks through at most, where little is pending among them.
_FARTHEST = 64 * LARGEST
_ATTEMPTS = 5
_FIRST_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Filled:
    """What a backfill did: `finished` where it went through all rows that there were."""

    rows: int
    chunks: int
    finished: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a chunk changed, and up to where nothing is pending any more; None at the end of the table."""

    rows: int
    upto: Any


def backfill(
    database: Database,
    pending: Select[tuple[Any]],
    change: Callable[[Connection, Sequence[Any]], object],
    *,
    size: int = SMALLEST,
    rest: float = 1.0,
    seconds: float = float("inf"),
) -> Filled:
    """Change the rows that are pending, `size` of them in a transaction, in the order of their key.

    `pending` selects the key of the rows whose new column is empty; `change` fills it for the keys given,
    where it is still empty: others write meanwhile. After each chunk it rests for as long as that took, times
    `rest`. What is done is in the rows themselves, so that it can be stopped or killed at any point. After
    `seconds` it returns unfinished. Raises `Unavailable` where the database stays busy.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a chunk has {SMALLEST} to {LARGEST} rows, not {size}")
    until = time.monotonic() + seconds
    rows, chunks, reach = 0, 0, size
    after: Any = None
    while time.monotonic() < until:
        begun = time.monotonic()
        chunk = _patiently(partial(_one_chunk, database, pending, change, after, size, reach))
        rows, chunks, after = rows + chunk.rows, chunks + bool(chunk.rows), chunk.upto
        if after is None:
            return Filled(rows, chunks, finished=True)
        # What an earlier run has done is passed in longer and longer steps.
        reach = size if chunk.rows else min(2 * reach, _FARTHEST)
        time.sleep(min((time.monotonic() - begun) * rest, max(0.0, until - time.monotonic())))
    return Filled(rows, chunks, finished=False)


def _one_chunk(
    database: Database,
    pending: Select[tuple[Any]],
    change: Callable[[Connection, Sequence[Any]], object],
    after: Any,
    size: int,
    reach: int,
) -> _Chunk:
    """Look through the next `reach` rows for up to `size` that are pending, and change those.

    They are looked for between two keys. Of a new column PostgreSQL knows nothing and takes few rows to be
    empty: given one of them alone, it reads and sorts the whole table for every chunk.
    """
    key = pending.selected_columns[0]
    following = select(key.label("key")) if after is None else select(key.label("key")).where(key > after)
    rows = following.order_by(key).limit(reach).subquery()
    keys: Sequence[Any] = ()
    with database.engine.connect() as reading:
        first, last = reading.execute(select(func.min(rows.c.key), func.max(rows.c.key))).one()
        if last is not None:
            query = pending.where(key >= first, key <= last).order_by(key).limit(size)
            keys = reading.scalars(query).all()
    if keys:
        with database.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            change(connection, keys)
    return _Chunk(len(keys), keys[-1] if len(keys) == size else last)


def _patiently(chunk: Callable[[], _Chunk]) -> _Chunk:
    """Try a chunk again where others hold what it needs: it was rolled back, and they come first."""
    pause = _FIRST_PAUSE
    for _ in range(_ATTEMPTS - 1):
        try:
            return chunk()
        except Unavailable:
            time.sleep(pause)
            pause *= 2
    return chunk()
