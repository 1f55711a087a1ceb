"""How many refused attempts are recorded: enough to see an attack, too few to fill the log."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
PER_CALLER = 10
OVERALL = 60


class RefusalBudget:
    """Counts what one process has recorded within a minute, and what it has left out since."""

    def __init__(self, *, per_caller: int = PER_CALLER, overall: int = OVERALL) -> None:
        self._per_caller = per_caller
        self._overall = overall
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._recorded: Counter[str] = Counter()
        self._left_out = 0

    def take(self, caller: str, now: datetime) -> int | None:
        """Return how many were left out since the last one, or None where this one is to be left out."""
        with self._lock:
            if self._began is None or not timedelta(0) <= now - self._began < WINDOW:
                self._began = now
                self._recorded.clear()
            if self._recorded[caller] >= self._per_caller or self._recorded.total() >= self._overall:
                self._left_out += 1
                return None
            self._recorded[caller] += 1
            left_out, self._left_out = self._left_out, 0
            return left_out
