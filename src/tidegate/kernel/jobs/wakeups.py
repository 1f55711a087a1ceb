"""Wake-ups: a worker polls the rows as soon as there is something to do, not only every WORKER_POLL_SECONDS.

PostgreSQL carries them itself (LISTEN and NOTIFY), in the transaction that writes the job; on SQLite, where
nothing can, workers poll several times a second. A wake-up holds nothing, and a lost one costs the time until
the next poll.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import psycopg
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from tidegate.kernel.db.engine import POSTGRESQL
from tidegate.kernel.logging import logger

CHANNEL = "tidegate_jobs"
_NOTIFY = text(f"NOTIFY {CHANNEL}")
# Seconds: how often SQLite is polled; how soon a listener sees a stop; how long it waits for an answer, or
# before it tries again.
_SQLITE_POLL = 0.2
_PATIENCE = 1.0
_TIMEOUT = 5


class WakeUps(Protocol):
    """Wakes the workers; nothing that goes wrong with it does harm."""

    def send(self, session: Session) -> None:
        """Wake workers once the open transaction of this session has committed."""
        ...

    def listen(self, wake: Callable[[], None], stop: threading.Event) -> None:
        """Call `wake` whenever there may be something to do, until soon after `stop` was set."""
        ...


class PollingWakeUps:
    """Wakes a worker again and again: for databases that cannot say that something was written."""

    def send(self, session: Session) -> None:
        """Do nothing: whoever listens finds the rows soon."""

    def listen(self, wake: Callable[[], None], stop: threading.Event) -> None:
        """Call `wake` five times a second."""
        while not stop.wait(_SQLITE_POLL):
            wake()


class PostgresWakeUps:
    """Wakes every worker that is connected to the same database."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername=POSTGRESQL).render_as_string(hide_password=False)

    def send(self, session: Session) -> None:
        """Notify at the commit; many of one transaction arrive as one."""
        session.execute(_NOTIFY)

    def listen(self, wake: Callable[[], None], stop: threading.Event) -> None:
        """Call `wake` at every notification, and after each connection: some may have been missed before."""
        silent = False
        while not stop.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    wake()
                    silent = False
                    while not stop.is_set():
                        for _ in connection.notifies(timeout=_PATIENCE, stop_after=1):
                            wake()
            except psycopg.Error as error:
                # Without wake-ups a worker still polls, only less often: logged once, not at every attempt.
                if not silent:
                    logger().warning("worker.wake_ups_lost", reason=f"{type(error).__name__}: {error}")
                    silent = True
                stop.wait(_PATIENCE)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            self._url, autocommit=True, application_name="tidegate-wakeups", connect_timeout=_TIMEOUT
        )


def wake_ups_of(url: URL) -> WakeUps:
    """Return the wake-ups that a database can carry; nothing is connected before `listen`."""
    return PostgresWakeUps(url) if url.get_backend_name() == POSTGRESQL else PollingWakeUps()
