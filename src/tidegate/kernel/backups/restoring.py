"""Restoring: a dump becomes a database again, in a scratch one to look at or in the place of the live one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from tidegate.kernel.backups import tools
from tidegate.kernel.backups.catalogue import BackupCatalogue
from tidegate.kernel.backups.checking import Verified
from tidegate.kernel.backups.manifest import BackupDamaged, BackupError, Manifest
from tidegate.kernel.db import sqlite
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import UnitOfWork

_CHUNK = 1024 * 1024
# PostgreSQL cuts longer names off.
_NAME_LENGTH = 63
_SCRATCH = "_restore_test"


def unpack(catalogue: BackupCatalogue, manifest: Manifest, scratch: Path) -> Path:
    """Write the dump to a file; raises `BackupDamaged` where it is not what was dumped."""
    path = scratch / "database"
    part = manifest.database
    with catalogue.open(manifest, part) as opened, path.open("wb") as file:
        source = Verified(opened, content=part.content, backup=manifest.name, what=part.name)
        while data := source.read(_CHUNK):
            file.write(data)
    return path


def is_empty(database: Database) -> bool:
    """Tell whether there is no table in the database; a file that is no database at all is not empty."""
    if database.dialect == SQLITE and not sqlite.is_database(Path(str(database.url.database))):
        return False
    return not inspect(database.engine).get_table_names()


def inspect_file(path: Path, manifest: Manifest) -> None:
    """Have SQLite look through a whole file; raises `BackupDamaged` where it finds a fault."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise BackupDamaged(manifest.name, "its database", f"is not sound ({found})")


def put_in_place(
    database: Database, dump: Path, *, at: datetime, approve: Callable[[UnitOfWork], object]
) -> Path | None:
    """Put a dump in the place of the live database at once, or change nothing.

    Returns where the SQLite file stays that was there. PostgreSQL does it in one transaction, at the end of
    which `approve` looks at it; a file of SQLite was looked at before (`scratch_database`).
    """
    path = Path(str(database.url.database))
    aside = path.with_name(f"{path.name}.before-restore-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    keep = database.dialect == SQLITE and not is_empty(database)
    database.dispose()
    if database.dialect != SQLITE:
        tools.restore(database.url, dump, least=server_major(database), approve=approve)
        return None
    # Beside it, because only within one file system is a file replaced at once.
    beside = path.with_name(f"{path.name}.restoring")
    try:
        shutil.move(dump, beside)
        sqlite.replace_file(path, beside, aside=aside if keep else None)
    finally:
        beside.unlink(missing_ok=True)
    return aside if keep else None


@contextmanager
def scratch_database(live: Database, manifest: Manifest, dump: Path, scratch: Path) -> Iterator[Database]:
    """Restore a dump into a database of its own, which is gone afterwards; the live one is not touched.

    On PostgreSQL it has a fixed name beside the live one, so that what a killed process left is replaced.
    """
    if live.dialect == SQLITE:
        inspect_file(dump, manifest)
        # A copy: looking at it puts it into WAL mode, and the dump is to stay one whole file.
        restored = Database(
            URL.create("sqlite", database=str(shutil.copyfile(dump, scratch / "restored.sqlite3")))
        )
        try:
            yield restored
        finally:
            restored.dispose()
        return
    name = f"{live.url.database}"[: _NAME_LENGTH - len(_SCRATCH)] + _SCRATCH
    with _server(live) as server:
        quoted = server.dialect.identifier_preparer.quote(name)
        server.execute(text(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)"))
        try:
            server.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
        except ProgrammingError as error:
            raise BackupError(
                "The restore test needs a scratch database, and this role may not create one: "
                "ALTER ROLE … CREATEDB, or switch the test off with BACKUP_RESTORE_TEST=false."
            ) from error
        restored = Database(live.url.set(database=name))
        try:
            tools.restore(restored.url, dump, least=server_major(live))
            yield restored
        finally:
            restored.dispose()
            server.execute(text(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)"))


def server_major(database: Database) -> int:
    """Return the major version of a PostgreSQL server."""
    with database.engine.connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


@contextmanager
def _server(live: Database) -> Iterator[Connection]:
    engine = create_engine(
        live.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"application_name": "tidegate-restore"},
        hide_parameters=True,
    )
    with engine.connect() as connection:
        yield connection
