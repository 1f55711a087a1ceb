"""SQLite made fit for several processes: WAL, full durability, and writers that wait for each other."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from tidegate.domain.errors import Unavailable
from tidegate.kernel import files
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.db.write_queue import WriteQueue

_WAL_PATIENCE = 10.0
# What every file of SQLite begins with.
_HEADER = b"SQLite format 3\0"
_WAL_SIZE_LIMIT = 64 * 1024 * 1024
# A key of a connection's `info`: it is first in the write queue, and leaves it when it goes back to the pool.
_QUEUED = "tidegate_write_queue"


def prepare_file(url: URL) -> None:
    """Make the folder and the file of a SQLite database, readable by their owner alone.

    SQLite itself would make the file readable by everybody; its `-wal` and `-shm` take over the file's mode.
    """
    path = file_of(url)
    if path is None:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.make_private(path)


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database; None where SQLite reads its address as a URI."""
    path = str(url.database)
    return None if path.startswith("file:") else Path(path)


def listen(engine: Engine, *, queue_timeout: float | None = None) -> None:
    """Set up every connection of the engine, and begin its transactions as their users announced them.

    With `queue_timeout`, the seconds to wait, writers queue. A migration does not: it may take long, and who
    waits for it is refused in time by SQLite's own lock.
    """
    event.listen(engine, "do_connect", _connect)
    if queue_timeout is None:
        event.listen(engine, "begin", _begin)
        return
    queue = WriteQueue(
        Path(str(engine.url.database).removeprefix("file:").partition("?")[0]), timeout=queue_timeout
    )
    event.listen(engine, "begin", lambda connection: _begin(connection, queue))
    # After its COMMIT a session gives its connection back at once; so it does after any error.
    event.listen(engine, "checkin", lambda _, entry: _end(entry, queue))


def _connect(
    dialect: Dialect, _entry: ConnectionPoolEntry, arguments: tuple[Any, ...], named: dict[str, Any]
) -> DBAPIConnection:
    """Open a connection and set it up; one that cannot be, such as to a file of another kind, is closed."""
    connection = dialect.connect(*arguments, **named)
    raw = cast(sqlite3.Connection, connection)
    try:
        _use_wal(raw)
        # FULL: an acknowledged commit survives a power cut, as it does on PostgreSQL.
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute(f"PRAGMA journal_size_limit={_WAL_SIZE_LIMIT}")
    except sqlite3.Error:
        raw.close()
        raise
    return connection


def _use_wal(raw: sqlite3.Connection) -> None:
    """Switch the file to WAL once; SQLite does not wait for its lock here, so that this has to."""
    give_up = time.monotonic() + _WAL_PATIENCE
    while raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _end(entry: ConnectionPoolEntry, queue: WriteQueue) -> None:
    if entry.info.pop(_QUEUED, False):
        queue.release()


def _begin(connection: Connection, queue: WriteQueue | None = None) -> None:
    """Take the write lock at once where a write is announced.

    With a plain BEGIN the first write turns a reading transaction into a writing one; when another process
    wrote in between, that fails at once with "database is locked", however long the busy timeout.
    """
    announced = connection.get_execution_options().get(WRITES, False)
    if queue is not None and announced and not connection.info.get(_QUEUED):
        queue.acquire()
        connection.info[_QUEUED] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if announced else "BEGIN")


@contextmanager
def alone(path: Path, *, patience: float = 1.0) -> Iterator[sqlite3.Connection]:
    """Open a file for oneself; raises `Unavailable` where anybody else has it open, even if idle.

    Nobody can open it meanwhile. In WAL mode every connection keeps a lock that shows that it is there.
    """
    with closing(sqlite3.connect(path, timeout=patience, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise Unavailable(
                f"Somebody has {path} open: stop every process that uses it (web, worker, commands), then "
                "try again. Nothing was changed."
            ) from error
        connection.execute("COMMIT")
        yield connection


def is_database(path: Path) -> bool:
    """Tell whether a file begins as one of SQLite does, or is empty, as a new one is."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) in (_HEADER, b"")


def replace_file(path: Path, new: Path, *, aside: Path | None) -> None:
    """Put a whole database file in another's place at once; the one that was there stays as `aside`.

    What the write-ahead log of the old one holds goes into it first: left beside the new file, SQLite would
    play it into that. Raises `Unavailable` where anybody has the old one open.
    """
    if not path.exists():
        _place(path, new)
        return
    try:
        if not is_database(path):
            # SQLite would throw its log away before it says so.
            raise sqlite3.DatabaseError("file is not a database")
        with alone(path) as connection:
            # Leaves neither -wal nor -shm, and nobody gets in before the new file is in its place.
            connection.execute("PRAGMA journal_mode=DELETE")
            if files.REPLACES_OPEN_FILES:
                _swap(path, new, aside)
                return
        # Windows: for the moment between the two somebody could open the old one, and then this fails.
        _swap(path, new, aside)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        # It is no database any more: what lies beside it goes first.
        for suffix in ("-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if aside is not None and beside.exists():
                os.replace(beside, aside.with_name(aside.name + suffix))
            beside.unlink(missing_ok=True)
        _swap(path, new, aside)


def _swap(path: Path, new: Path, aside: Path | None) -> None:
    if aside is not None:
        files.link_or_copy(path, aside)
    _place(path, new)


def _place(path: Path, new: Path) -> None:
    os.chmod(new, 0o600)
    with new.open("r+b") as file:  # Windows syncs only what was opened for writing
        os.fsync(file.fileno())
    files.replace(new, path)
