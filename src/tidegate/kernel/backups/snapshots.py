"""Snapshots: one moment of a live database, to be asked questions of and dumped, whichever database it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.orm import sessionmaker

from tidegate.kernel.backups import tools
from tidegate.kernel.backups.encryption import Readable
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a database: `uow` asks it, `dump` writes it, `server` says what it came from.

    `dump` opens all of it as a stream; leaving that raises where it was not whole.
    """

    uow: UnitOfWork
    dump: Callable[[], AbstractContextManager[Readable]]
    server: str


def snapshot(database: Database, scratch: Path) -> AbstractContextManager[Snapshot]:
    """Take a snapshot while others read and write; it lasts until the block ends."""
    return _of_sqlite(database, scratch) if database.dialect == SQLITE else _of_postgresql(database)


@contextmanager
def _of_sqlite(database: Database, scratch: Path) -> Iterator[Snapshot]:
    """Copy the file by SQLite's online API, in one step: in WAL mode nobody waits for it."""
    path = scratch / "snapshot.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        with database.engine.connect() as connection:
            source = cast(sqlite3.Connection, connection.connection.driver_connection)
            try:
                source.backup(copy)
            except sqlite3.Error as error:
                raise BackupError(f"SQLite could not copy the database into {scratch}: {error}.") from error
        # One file, which needs no second one beside it to be whole.
        copy.execute("PRAGMA journal_mode=DELETE")
    taken = Database(URL.create("sqlite", database=str(path)))
    uow = taken.unit_of_work()
    try:
        yield Snapshot(uow, lambda: _file(taken, uow, path), f"SQLite {sqlite3.sqlite_version}")
    finally:
        uow.close()
        taken.dispose()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _file(taken: Database, uow: UnitOfWork, path: Path) -> Iterator[Readable]:
    uow.close()
    taken.dispose()
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        # Asking it questions has put it into WAL mode again.
        copy.execute("PRAGMA journal_mode=DELETE")
    with path.open("rb") as stream:
        yield stream


@contextmanager
def _of_postgresql(database: Database) -> Iterator[Snapshot]:
    """Export a snapshot from a transaction that stays open, so that questions and pg_dump see the same."""
    engine = create_engine(
        database.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC", "application_name": "tidegate-backup"},
    )
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        tools.require("pg_dump", least=version // 10_000)
        exported = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        # The questions end their own savepoints, never the transaction that holds the snapshot.
        uow = UnitOfWork(sessionmaker(connection, join_transaction_mode="create_savepoint"))
        try:
            yield Snapshot(
                uow,
                lambda: tools.dump(database.url, exported),
                f"PostgreSQL {version // 10_000}.{version % 10_000}",
            )
        finally:
            uow.close()
