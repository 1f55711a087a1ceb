"""Locks that one process of the installation holds at a time, and that a killed one does not keep."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import SQLITE, Database

try:
    import fcntl
except ImportError:  # Windows: there is one process
    fcntl = None  # type: ignore[assignment]  # the name stays, so that it can be asked for

_PAUSE = 0.05


@contextmanager
def only_one(database: Database, what: str, *, patience: float) -> Iterator[None]:
    """Hold the installation's lock of this name; raises `Unavailable` where it does not come in time.

    It is a lock file beside a SQLite database, or an advisory lock of PostgreSQL: both end with the process.
    """
    if database.dialect == SQLITE:
        path = Path(str(database.url.database))
        with file_lock(path.with_name(f"{path.name}-{what}"), what, patience=patience):
            yield
        return
    arguments = {
        "options": f"-c lock_timeout={max(1, round(patience * 1000))}",
        "application_name": "tidegate-lock",
    }
    engine = create_engine(
        database.url, poolclass=NullPool, connect_args=arguments, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(what)})
        except OperationalError as error:
            raise _busy(what, patience) from error
        yield


@contextmanager
def file_lock(path: Path, what: str, *, patience: float) -> Iterator[None]:
    """Hold a lock file; asked for again and again, because a wait in the kernel would have no end to it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if fcntl is not None:
            _wait_for_file(descriptor, what, patience)
        yield
    finally:
        os.close(descriptor)


def _wait_for_file(descriptor: int, what: str, patience: float) -> None:
    give_up = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise _busy(what, patience) from None
        time.sleep(_PAUSE)


def _busy(what: str, patience: float) -> Unavailable:
    return Unavailable(
        f"Another process has held the lock for {what!r} for more than {patience:g} s. Nothing was changed; "
        "wait for it to end, then try again."
    )


def _key(what: str) -> int:
    return int.from_bytes(sha256(f"tidegate {what}".encode()).digest()[:7])
