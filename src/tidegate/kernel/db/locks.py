"""Locks that one process of the installation holds at a time, and that a killed one does not keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.orm import Session

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import POSTGRESQL, SQLITE, Database
from tidegate.kernel.files import LockFile

_LOCK = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_PAUSE = 0.2  # seconds between two attempts at a lock of PostgreSQL


@contextmanager
def installation_lock(database: Database, name: str, *, patience: float) -> Iterator[None]:
    """Hold the installation's lock of this name; raises `Unavailable` where it does not come in time.

    It is a lock file beside a SQLite database, or an advisory lock of PostgreSQL: both end with the process.
    """
    if database.dialect == SQLITE:
        with file_lock(database, name, patience=patience):
            yield
        return
    arguments = {"application_name": "tidegate-lock"}
    engine = create_engine(
        database.url, poolclass=NullPool, connect_args=arguments, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection, advisory_lock(connection, name, patience=patience):
        yield


@contextmanager
def file_lock(database: Database, name: str, *, patience: float) -> Iterator[None]:
    """Hold the lock file of this name beside a SQLite database."""
    database_file = Path(str(database.url.database))
    lock = LockFile(database_file.with_name(f"{database_file.name}-{name}"))
    try:
        if not lock.acquire(timeout=patience):
            raise _busy(name, patience)
        yield
    finally:
        lock.close()


@contextmanager
def advisory_lock(connection: Connection, name: str, *, patience: float) -> Iterator[None]:
    """Hold the advisory lock of this name with a connection of PostgreSQL.

    The lock is the session's, not a transaction's: whoever holds it may commit in between.
    """
    give_up = time.monotonic() + patience
    while not _try_advisory_lock(connection, name):
        left = give_up - time.monotonic()
        if left <= 0:
            raise _busy(name, patience)
        time.sleep(min(_PAUSE, left))
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(name)})


def _try_advisory_lock(connection: Connection, name: str) -> bool:
    # Asked for again and again: a statement that waits keeps its snapshot, and the holder's CREATE INDEX
    # CONCURRENTLY would wait for that snapshot while the statement waits for the holder.
    taken = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(name)})
    connection.commit()
    return bool(taken)


def lock_until_commit(session: Session, *names: str) -> None:
    """Let nobody else take these names, in their order, until the session's transaction ends.

    SQLite needs no lock for that: there one transaction writes at a time.
    """
    if session.get_bind().dialect.name == POSTGRESQL:
        session.execute(_LOCK, {"keys": [_key(name) for name in names]})


def _busy(name: str, patience: float) -> Unavailable:
    return Unavailable(
        f"Another process has held the lock for {name!r} for more than {patience:g} s. Nothing was changed; "
        "wait for it to end, then try again."
    )


def _key(name: str) -> int:
    return int.from_bytes(sha256(f"tidegate {name}".encode()).digest()[:7])
