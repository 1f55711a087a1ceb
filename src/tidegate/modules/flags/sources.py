"""Where flags are read from: the table, remembered for a while in each process, or variables."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from tidegate.domain.flags import NOTHING_SAID, FeatureFlag, FlagValues
from tidegate.kernel.logging import logger


class TableSource:
    """Reads the table at most once in `max_age` seconds, and keeps what it last read while it is away.

    Before the first reading nothing is said, so that every flag has its default: safe, since a flag's default
    is what its owner takes for safe.
    """

    name = "db"

    def __init__(
        self, read: Callable[[], FlagValues], *, max_age: float, now: Callable[[], float] = monotonic
    ) -> None:
        self._read = read
        self._max_age = max_age
        self._now = now
        self._lock = threading.Lock()
        self._values = NOTHING_SAID
        self._due = float("-inf")
        self._read_at: float | None = None
        self.failure: str | None = None
        """Why the table could not be read the last time; None where it could."""

    def values(self) -> FlagValues:
        """Return what is said; who comes while another thread reads gets what is known already."""
        if self._now() >= self._due and self._lock.acquire(blocking=self._read_at is None):
            try:
                self._refresh()
            finally:
                self._lock.release()
        return self._values

    def forget(self) -> None:
        """Read the table at the next question: it was changed."""
        self._due = float("-inf")

    def age(self) -> float | None:
        """Return how many seconds ago the table was read; None where it never was."""
        return None if self._read_at is None else self._now() - self._read_at

    def remedy(self, flag: FeatureFlag, environment: str) -> str:
        """Return the command that switches a flag on."""
        where = f" --environment {environment}" if environment else ""
        return f"tidegate flag set {flag.name} on{where} --reason WHY"

    def _refresh(self) -> None:
        if self._now() < self._due:
            return
        try:
            self._values = self._read()
            self._read_at, self.failure = self._now(), None
        except Exception as error:
            # A boundary: a table that is away, or not made yet, switches nothing on or off.
            logger().warning("flags.not_read", reason=str(error))
            self.failure = type(error).__name__
        self._due = self._now() + self._max_age


class VariableSource:
    """Says what FEATURE_FLAG_… variables said at the start."""

    name = "env"

    def __init__(self, values: FlagValues) -> None:
        self._values = values

    def values(self) -> FlagValues:
        """Return what is said."""
        return self._values

    def remedy(self, flag: FeatureFlag, environment: str) -> str:
        """Return the variable that switches a flag on."""
        value = f"{environment}=on" if environment else "on"
        return f"set {flag.variable}={value} and start again"
