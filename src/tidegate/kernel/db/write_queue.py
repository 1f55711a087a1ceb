"""The write queue: the writers of one SQLite file wait in a queue instead of asking again and again."""

from __future__ import annotations

import threading
from pathlib import Path

from tidegate.domain.errors import Unavailable
from tidegate.kernel.files import LockFile

_PAUSE = 0.0005
_TOO_LATE = "The database does not answer in time. Nothing was changed; try again."


class WriteQueue:
    """Hands the right to write from one transaction to the next.

    SQLite lets one transaction write at a time, and lets the others sleep up to a tenth of a second between
    two attempts while nobody writes. Here the threads of a process queue at a lock, and the first of each
    process at a file beside the database, asked for every half millisecond. It only orders: SQLite's own lock
    still decides, and whoever does not queue here does no harm.
    """

    def __init__(self, database: Path, *, timeout: float) -> None:
        self._path = database.with_name(database.name + "-write-queue")
        self._timeout = timeout
        self._threads = threading.Lock()
        self._processes: LockFile | None = None

    def acquire(self) -> None:
        """Wait to be the first; raises `Unavailable` where it does not come in time."""
        if not self._threads.acquire(timeout=self._timeout):
            raise Unavailable(_TOO_LATE)
        try:
            if self._processes is None:
                self._processes = LockFile(self._path)
            if not self._processes.acquire(timeout=self._timeout, pause=_PAUSE):
                raise Unavailable(_TOO_LATE)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        """Let the next one write; only for whoever is the first."""
        assert self._processes is not None  # nosec B101  # opened when it was acquired
        self._processes.release()
        self._threads.release()
