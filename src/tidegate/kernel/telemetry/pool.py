"""Gauges of the connections in one process' pool: other processes cannot see inside it."""

from __future__ import annotations

import threading

from prometheus_client import Gauge as ProcessGauge
from sqlalchemy import Engine, QueuePool


class PoolGauges:
    """Show how many connections one process keeps, uses, and has open beyond those that it keeps.

    They are set when requests begin and end: events of the pool would cost each of them three times
    as much.
    """

    def __init__(self, *, size: ProcessGauge, in_use: ProcessGauge, overflow: ProcessGauge) -> None:
        self._size = size
        self._in_use = in_use
        self._overflow = overflow
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._seen = (0, 0)

    def follow(self, engine: Engine) -> None:
        """Show this engine's pool from now on."""
        if isinstance(engine.pool, QueuePool):
            self._engine = engine
            self._size.set(engine.pool.size())

    def update(self) -> None:
        """Set what has changed since the last time."""
        # The engine takes a new pool when it is disposed of.
        pool = self._engine.pool if self._engine is not None else None
        if not isinstance(pool, QueuePool):
            return
        # The lock keeps an older state from being set after a newer one.
        with self._lock:
            now = (pool.checkedout(), max(0, pool.overflow()))
            if now != self._seen:
                self._seen = now
                self._in_use.set(now[0])
                self._overflow.set(now[1])
