"""The engine: SQLite and PostgreSQL set up so that both keep the same promises."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import (
    URL,
    Engine,
    QueuePool,
    create_engine,
    event,
    exc,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db import sqlite
from tidegate.kernel.db.constraints import NoRoom, domain_error
from tidegate.kernel.db.replica import Replica
from tidegate.kernel.db.uow import UnitOfWork, refuse_stray_flush
from tidegate.kernel.files import has_input

if TYPE_CHECKING:
    from tidegate.settings import Settings

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_REPLICA_TIMEOUT = 2.0
_REMEMBERED = 60.0  # seconds that a refused write is reported for


class Database:
    """One database: its engine, and units of work on it. Nothing is connected before the first use.

    Times are in seconds. A process that forks afterwards calls `dispose(inherited=True)` in the child.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        pool_size: int = 5,
        max_overflow: int = 5,
        timeout: float = 10.0,
        statement_timeout: float = 30.0,
        lock_timeout: float = 10.0,
        idle_timeout: float = 60.0,
        echo: bool = False,
    ) -> None:
        self.url = database_url(url)
        self.dialect = self.url.get_backend_name()
        self._timeout = timeout
        connect_args: dict[str, Any]
        if self.dialect == SQLITE:
            sqlite.prepare_file(self.url)
            connect_args = {"timeout": timeout, "isolation_level": None}
        else:
            connect_args = _postgresql_arguments(
                timeout=timeout,
                statement_timeout=statement_timeout,
                lock_timeout=lock_timeout,
                idle_timeout=idle_timeout,
            )
        self.engine: Engine = create_engine(
            self.url,
            echo=echo,
            # Parameters hold what users sent; errors and logs must not.
            hide_parameters=True,
            poolclass=_Pool,
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=timeout,
            # Newest first, so that connections above what the load needs grow idle and old, and are replaced.
            pool_use_lifo=True,
            pool_recycle=1800,
            connect_args=connect_args,
        )
        self.replica: Replica | None = None
        """Where reports may be read from."""
        self._no_room_at = float("-inf")
        event.listen(self.engine, "handle_error", self._translate)
        if self.dialect == SQLITE:
            sqlite.listen(self.engine, queue_timeout=timeout)
        else:
            event.listen(self.engine, "checkout", _refuse_closed)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        event.listen(self._sessions, "before_flush", refuse_stray_flush)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the database that the settings name, and its replica where they name one."""
        made = cls._at(settings.database_url, settings, timeout=settings.database_timeout)
        if settings.database_replica_url:
            # The primary stands in for it: it is not waited for as long.
            timeout = min(settings.database_timeout, _REPLICA_TIMEOUT)
            followed = cls._at(settings.database_replica_url, settings, timeout=timeout)
            made.replica = Replica(
                followed, wait=settings.replica_wait_seconds, max_lag=settings.replica_max_lag_seconds
            )
        return made

    @classmethod
    def _at(cls, url: str, settings: Settings, *, timeout: float) -> Self:
        return cls(
            url,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            timeout=timeout,
            statement_timeout=settings.database_statement_timeout,
            lock_timeout=settings.database_lock_timeout,
        )

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Makes the sessions of units of work."""
        return self._sessions

    def unit_of_work(self) -> UnitOfWork:
        """Start a unit of work; it takes a connection when it first needs one."""
        return UnitOfWork(self._sessions, self.replica)

    def ping(self) -> None:
        """Ask the database for an answer; raises `Unavailable` where there is none."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @property
    def lacked_room(self) -> bool:
        """Tell whether a write of this process was refused within the last minute because the disk is full.

        A database with a full disk still answers, so that asking it would not show it.
        """
        return time.monotonic() - self._no_room_at < _REMEMBERED

    def _translate(self, context: ExceptionContext) -> BaseException | None:
        """Turn broken constraints and an absent database into domain errors, wherever they come up."""
        error = context.sqlalchemy_exception
        if not isinstance(error, exc.DBAPIError):
            return None
        error.connection_invalidated = context.is_disconnect
        translated = domain_error(error)
        if isinstance(translated, NoRoom):
            self._no_room_at = time.monotonic()
        return None if translated is error else translated

    def dispose(self, *, inherited: bool = False) -> None:
        """Close the pool; `inherited` after a fork: then the connections are the parent's and stay open."""
        self.engine.dispose(close=not inherited)
        if self.replica is not None:
            self.replica.dispose(inherited=inherited)


class _Pool(QueuePool):
    """A pool that says in the domain's words that it has run dry."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except exc.TimeoutError as error:
            raise Unavailable(
                "Every database connection is in use. Nothing was changed; try again."
            ) from error


def database_url(url: str | URL) -> URL:
    """Read a database URL: every PostgreSQL spelling reaches psycopg 3, SQLite needs a file.

    Raises `ValueError` that says what to write instead; it never repeats a password.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise ValueError("the database URL cannot be read: write sqlite:///path or postgresql://…") from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == SQLITE:
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("SQLite in memory would be empty in every process: write sqlite:///path/to/file")
        return parsed.set(drivername="sqlite")
    raise ValueError(f"{parsed.drivername} is not supported: write sqlite:///path or postgresql://…")


def _postgresql_arguments(
    *, timeout: float, statement_timeout: float, lock_timeout: float, idle_timeout: float
) -> dict[str, Any]:
    options = {
        "timezone": "UTC",
        "statement_timeout": f"{statement_timeout * 1000:.0f}",
        "lock_timeout": f"{lock_timeout * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{idle_timeout * 1000:.0f}",
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "application_name": "tidegate",
        "connect_timeout": max(2, round(timeout)),
        # A peer that vanished without a word is noticed after 30 + 3 × 10 seconds.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


def _refuse_closed(
    connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Replace connections that the server closed while they were idle, such as after its restart.

    An idle connection has nothing to say: where its socket has something to read, that is the server's
    goodbye. Looking costs two microseconds, SQLAlchemy's pre-ping costs a round trip for every request.
    """
    if has_input(connection.fileno()):
        raise exc.InvalidatePoolError("the server closed this connection")
