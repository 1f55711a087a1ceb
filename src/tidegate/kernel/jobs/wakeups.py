"""Wake-ups: the message "look at the rows", carried by huey; a lost one costs the time until the next look.

Of huey only its storages are used, the same code on SQLite, Redis and PostgreSQL. Its own consumer takes a
task off the queue before it runs it, so a `kill -9` loses it; and its messages are pickles, which whoever can
write to the Redis could turn into code. Here a message is one byte that nobody reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import make_url

from tidegate.kernel.db.engine import POSTGRESQL, SQLITE, database_url
from tidegate.kernel.db.sqlite import prepare_file
from tidegate.kernel.logging import logger

if TYPE_CHECKING:
    from huey.storage import BaseStorage

_NAME = "tidegate"
_MESSAGE = b"!"
# One for each slot of a few workers; more would only wake those who have just looked.
_ENOUGH = 64
# Seconds: how long one blocking wait takes, and so a stop; how often a SQLite file is looked at.
_PATIENCE = 1
_PAUSE = 0.2
# Nobody who hands a job in waits long for a Redis or PostgreSQL that does not answer.
_TIMEOUT = 3
# Of its own, so that huey's tables are no part of Tidegate's schema where both share a database.
_SCHEMA = "tidegate_wakeups"


class WakeUpSettings(Protocol):
    """What the wake-ups need to be told."""

    @property
    def jobs_url(self) -> str:
        """Where they travel: `sqlite:///path`, `redis://…` or `postgresql://…`."""
        ...


class WakeUps(Protocol):
    """Wakes whichever worker listens first; nothing that goes wrong with it does harm."""

    def send(self) -> None:
        """Say that there is something to do."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return when there is something to do, when the time is over, or soon after `stop` was set."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class Line(NamedTuple):
    """A storage of huey, and how its connection is let go."""

    storage: BaseStorage
    close: Callable[[], object]


class HueyWakeUps:
    """Wake-ups through one of huey's storages, opened at the first use."""

    def __init__(self, open_line: Callable[[], Line]) -> None:
        self._open_line = open_line
        self._line: Line | None = None
        self._lock = threading.Lock()
        self._silent = False

    def send(self) -> None:
        """Leave a message, unless enough of them lie there; what goes wrong is logged and no more."""
        try:
            storage = self._opened()
            if storage.queue_size() < _ENOUGH:
                storage.enqueue(_MESSAGE)
        except Exception as error:
            # A boundary: the job is a committed row by now, and a worker finds it without being woken.
            self._note_fault("jobs.wake_up_not_sent", error)
        else:
            self._silent = False

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Take one message, waiting for it; a fault makes a plain wait of it."""
        until = time.monotonic() + seconds
        try:
            storage = self._opened()
            while not stop.is_set() and time.monotonic() < until:
                if storage.dequeue() is not None:
                    break
                if not storage.blocking:
                    stop.wait(min(_PAUSE, max(0.0, until - time.monotonic())))
        except Exception as error:
            # A boundary: without wake-ups a worker still looks at the rows, only less often.
            self._note_fault("jobs.wake_ups_not_heard", error)
            stop.wait(max(0.0, until - time.monotonic()))
        else:
            self._silent = False

    def close(self) -> None:
        """Let the connection go; the next use opens another."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _opened(self) -> BaseStorage:
        with self._lock:
            if self._line is None:
                self._line = self._open_line()
            return self._line.storage

    def _note_fault(self, event: str, error: Exception) -> None:
        """Tell a fault once, not at every look, and begin anew with the connection."""
        if not self._silent:
            logger().warning(event, reason=f"{type(error).__name__}: {error}")
            self._silent = True
        try:
            self.close()
        except Exception as broken:
            logger().debug("jobs.wake_ups_not_closed", reason=f"{type(broken).__name__}: {broken}")


def wake_ups_of(settings: WakeUpSettings) -> HueyWakeUps:
    """Return the wake-ups that the settings name; nothing is connected before the first use."""
    url = settings.jobs_url
    if urlsplit(url).scheme in ("redis", "rediss"):
        return HueyWakeUps(lambda: _on_redis(url))
    if database_url(url).get_backend_name() == SQLITE:
        return HueyWakeUps(lambda: _on_sqlite(url))
    return HueyWakeUps(lambda: _on_postgresql(url))


def _on_redis(url: str) -> Line:
    from huey.storage import RedisStorage
    from redis import ConnectionPool

    pool = ConnectionPool.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
    return Line(RedisStorage(_NAME, connection_pool=pool, read_timeout=_PATIENCE), pool.disconnect)


def _on_sqlite(url: str) -> Line:
    from huey.storage import SqliteStorage

    parsed = make_url(url)
    prepare_file(parsed)
    storage = SqliteStorage(_NAME, filename=str(parsed.database), timeout=_TIMEOUT)
    return Line(storage, storage.close)


def _on_postgresql(url: str) -> Line:
    from huey.storage import PostgresStorage

    plain = database_url(url).set(drivername=POSTGRESQL).render_as_string(hide_password=False)

    def connect() -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            plain,
            autocommit=True,
            application_name="tidegate-wakeups",
            connect_timeout=_TIMEOUT,
            options=f"-c search_path={_SCHEMA} -c statement_timeout={_TIMEOUT}s",
        )

    with connect() as connection:
        # Two that make it at once would trip over each other.
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (_SCHEMA,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}".encode())
        storage = PostgresStorage(_NAME, connection=connect, read_timeout=_PATIENCE, table_prefix=_NAME)
    return Line(storage, storage.close)
