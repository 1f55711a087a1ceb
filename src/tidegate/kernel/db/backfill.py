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

from sqlalchemy import Connection, Select

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES

SMALLEST, LARGEST = 500, 1000
"""How many rows one transaction changes: fewer cost more round trips, more make others wait."""

_ATTEMPTS = 5
_FIRST_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Filled:
    """What a backfill did: `finished` where nothing was pending any more at its end."""

    rows: int
    chunks: int
    finished: bool


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
    rows = chunks = 0
    after: Any = None
    while time.monotonic() < until:
        begun = time.monotonic()
        keys = _patiently(partial(_one_chunk, database, pending, change, after, size))
        if not keys:
            return Filled(rows, chunks, finished=True)
        rows, chunks, after = rows + len(keys), chunks + 1, keys[-1]
        time.sleep(min((time.monotonic() - begun) * rest, max(0.0, until - time.monotonic())))
    return Filled(rows, chunks, finished=False)


def _one_chunk(
    database: Database,
    pending: Select[tuple[Any]],
    change: Callable[[Connection, Sequence[Any]], object],
    after: Any,
    size: int,
) -> Sequence[Any]:
    key = pending.selected_columns[0]
    query = pending.order_by(key).limit(size)
    if after is not None:
        # By the key, so that the rows that are done are not looked at again for every chunk.
        query = query.where(key > after)
    with database.engine.connect() as reading:
        keys = reading.scalars(query).all()
    if keys:
        with database.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            change(connection, keys)
    return keys


def _patiently(chunk: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """Try a chunk again where others hold what it needs: it was rolled back, and they come first."""
    pause = _FIRST_PAUSE
    for _ in range(_ATTEMPTS - 1):
        try:
            return chunk()
        except Unavailable:
            time.sleep(pause)
            pause *= 2
    return chunk()
