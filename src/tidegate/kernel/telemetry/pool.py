"""Follows the connections of a database's pool, event by event: other processes cannot look inside it."""

from __future__ import annotations

import threading
from typing import Protocol

from sqlalchemy import Engine, QueuePool, event


class Level(Protocol):
    """Something that goes up and down."""

    def inc(self, amount: float = 1) -> None:
        """Go up."""
        ...

    def dec(self, amount: float = 1) -> None:
        """Go down."""
        ...

    def set(self, value: float) -> None:
        """Go there."""
        ...


class PoolWatch:
    """Tells how many connections one process keeps, uses, and has open beyond those that it keeps."""

    def __init__(self, *, size: Level, in_use: Level, overflow: Level) -> None:
        self._size = size
        self._in_use = in_use
        self._overflow = overflow
        self._lock = threading.Lock()
        self._open = 0
        self._kept = 0

    def follow(self, engine: Engine) -> None:
        """Listen to the pool from now on, before its first connection."""
        pool = engine.pool
        self._kept = pool.size() if isinstance(pool, QueuePool) else 0
        self._size.set(self._kept)
        event.listen(engine, "connect", lambda *_: self._opened(+1))
        event.listen(engine, "close", lambda *_: self._opened(-1))
        # After the engine's own listeners: a connection that those refuse is not in use.
        event.listen(engine, "checkout", lambda *_: self._in_use.inc())
        event.listen(engine, "checkin", lambda *_: self._in_use.dec())

    def _opened(self, step: int) -> None:
        with self._lock:
            self._open += step
            self._overflow.set(max(0, self._open - self._kept))
