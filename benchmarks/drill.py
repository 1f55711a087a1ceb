"""The disaster recovery drill with a clock: a large installation is backed up, tested, lost and restored.

`BENCH_ROWS` says how many rows of evidence there are (a million); there are a tenth as many audit events and
a thousand reports. The peer is the database's own tool alone, compressed too: SQLite's online copy, pg_dump.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess  # nosec B404  # runs pg_dump
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import zstandard
from sqlalchemy import text

from benchmarks import servers, stock
from benchmarks.table import Row
from tidegate.app import make_container, whole
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import WRITES
from tidegate.modules.backups.service import BackupService
from tidegate.settings import read_settings

COUNT = int(os.environ.get("BENCH_ROWS", "1000000"))
_REPORTS = 1000
_SIZE = 40_000


def drill_on_sqlite() -> Row:
    """Measure the drill on SQLite."""
    return _drill("sqlite", "SQLite")


def drill_on_postgresql() -> Row:
    """Measure the drill on PostgreSQL."""
    return _drill("postgresql", "PostgreSQL")


def _drill(kind: str, told: str) -> Row:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-")))
        url = stack.enter_context(servers.database(kind, folder))
        container = make_container(read_settings({"DATA_DIR": str(folder), "DATABASE_URL": url}))
        stack.callback(container.database.dispose)
        schema.upgrade(container.database)
        stock.fill(container.database, evidence=COUNT, events=COUNT // 10)
        reports = (os.urandom(_SIZE // 2).hex().encode() for _ in range(_REPORTS))
        digests = [container.blobs.put_bytes(report).digest for report in reports]
        _name_reports(container.database, digests)
        peer = _timed(lambda: _bare(container.database, folder))
        work = whole(container).work()
        stack.callback(work.close)
        service = work.use(BackupService)
        took = {
            "create": _timed(lambda: service.create(reason="drill")),
            "create again": _timed(lambda: service.create(reason="drill")),
            "verify": _timed(service.verify),
            "verify --deep": _timed(lambda: service.verify(deep=True)),
            "restore": _timed(lambda: service.restore(overwrite=True)),
        }
        size = sum(each.manifest.size for each in service.list()[:1] if each.manifest is not None)
    told_times = ", ".join(f"{name} {value:.1f} s" for name, value in took.items())
    print(f"{told}, {size / 1e6:.0f} MB: {told_times}")
    # What a night costs: the reports of the nights before are in the vault already.
    ratio = took["create again"] / peer
    return Row(
        f"nightly backup of {COUNT:,} rows, {_REPORTS:,} reports, {told}",
        took["create again"],
        "s",
        "the database's own tool alone",
        peer,
        ratio,
        "<= 3.0",
        ratio <= 3.0,
    )


def _name_reports(database: Database, digests: list[str]) -> None:
    """Let every row of evidence name one of the reports that there are."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(text("CREATE TABLE known (number INTEGER PRIMARY KEY, digest TEXT)"))
        rows = [{"number": number, "digest": digest} for number, digest in enumerate(digests)]
        connection.execute(text("INSERT INTO known VALUES (:number, :digest)"), rows)
        connection.execute(
            text(
                "UPDATE evidence SET digest ="
                " (SELECT digest FROM known WHERE number = (size - 40000) % :count)"
            ),
            {"count": _REPORTS},
        )
        connection.execute(text("DROP TABLE known"))
        connection.commit()


def _bare(database: Database, folder: Path) -> None:
    target = folder / "bare"
    if database.dialect == SQLITE:
        with (
            closing(sqlite3.connect(str(database.url.database))) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        with target.open("rb") as plain, (folder / "packed").open("wb") as packed:
            zstandard.ZstdCompressor(level=3).copy_stream(plain, packed)
    else:
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        command = ["pg_dump", "--format=custom", f"--file={target}", address]
        subprocess.run(command, check=True)  # nosec B603  # no shell
    target.unlink()


def _timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


ROWS = [drill_on_sqlite, drill_on_postgresql]
