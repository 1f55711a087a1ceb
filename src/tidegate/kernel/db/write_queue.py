"""The write queue: the writers of one SQLite file wait in a queue instead of asking again and again."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from tidegate.domain.errors import Unavailable

try:
    import fcntl
except ImportError:  # Windows: there is one process, and SQLite's own patience is enough
    fcntl = None  # type: ignore[assignment]  # the name stays, so that it can be asked for

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
        self._lock = threading.Lock()
        self._file: int | None = None

    def acquire(self) -> None:
        """Wait to be the first; raises `Unavailable` where it does not come in time."""
        if not self._lock.acquire(timeout=self._timeout):
            raise Unavailable(_TOO_LATE)
        try:
            if fcntl is not None:
                if self._file is None:
                    self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._wait_for_other_processes()
        except BaseException:
            self._lock.release()
            raise

    def _wait_for_other_processes(self) -> None:
        """Ask for the file again and again: a wait in the kernel would have no end to it."""
        assert self._file is not None  # nosec B101  # opened by the only caller
        give_up = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise Unavailable(_TOO_LATE) from None
            time.sleep(_PAUSE)

    def release(self) -> None:
        """Let the next one write; only for whoever is the first."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._lock.release()
