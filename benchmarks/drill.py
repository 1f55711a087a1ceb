"""The disaster recovery drill with a clock: a large installation is backed up, tested, lost and restored.

`BENCH_ROWS` says how many rows of evidence there are (a million); there are a tenth as many audit events and
a thousand reports. The peer is the database's own tool alone, compressed too: SQLite's online copy, pg_dump.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess  # nosec B404  # runs pg_dump
from contextlib import ExitStack, closing
from pathlib import Path

import zstandard

from benchmarks import servers, stock
from benchmarks.table import Row, seconds_of
from tidegate.app import make_container, with_all_modules
from tidegate.domain.principals import COMMAND_LINE
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database
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


def _drill(kind: str, backend: str) -> Row:
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
        url = stack.enter_context(servers.database(kind, folder))
        container = make_container(read_settings({"DATA_DIR": str(folder), "DATABASE_URL": url}))
        stack.callback(container.database.dispose)
        schema.upgrade(container.database)
        reports = (os.urandom(_SIZE // 2).hex().encode() for _ in range(_REPORTS))
        digests = [container.blobs.put_bytes(report).digest for report in reports]
        stock.fill(container.database, evidence=COUNT, events=COUNT // 10, digests=digests)
        peers = [seconds_of(lambda: _bare(container.database, folder))]
        work = with_all_modules(container).work(COMMAND_LINE)
        stack.callback(work.close)
        service = work.use(BackupService)
        took = {
            "create": seconds_of(lambda: service.create(reason="drill")),
            "create again": seconds_of(lambda: service.create(reason="drill")),
        }
        peers.append(seconds_of(lambda: _bare(container.database, folder)))
        took |= {
            "verify": seconds_of(service.verify),
            "verify --deep": seconds_of(lambda: service.verify(deep=True)),
            "restore": seconds_of(lambda: service.restore(overwrite=True)),
        }
        size = sum(each.manifest.size for each in service.list()[:1] if each.manifest is not None)
    times = ", ".join(f"{name} {value:.1f} s" for name, value in took.items())
    print(f"{backend}, {size / 1e6:.0f} MB: {times}")
    # What a night costs: the reports of the nights before are in the pool already. The tool ran before and
    # after, so that neither has the warmer cache.
    peer = min(peers)
    ratio = took["create again"] / peer
    return Row(
        f"nightly backup of {COUNT:,} rows, {_REPORTS:,} reports, {backend}",
        took["create again"],
        "s",
        "the database's own tool alone",
        peer,
        ratio,
        "<= 3.0",
        ratio <= 3.0,
    )


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


ROWS = [drill_on_sqlite, drill_on_postgresql]
