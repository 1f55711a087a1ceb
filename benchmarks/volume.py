"""What is done to large databases: a column backfilled while the API answers, and the move to PostgreSQL.

`BENCH_ROWS` says how many rows of evidence there are (a million). Latencies and times are told as ratios: of
the same server idle, and of the barest COPY of the same rows into the same table.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Column, Connection, Integer, MetaData, Select, String, Table, select, text, update

from benchmarks import load, servers, stock
from benchmarks.readers_xml import write_junit
from benchmarks.table import Row
from tidegate.kernel.db import schema
from tidegate.kernel.db.backfill import Filled, backfill
from tidegate.kernel.db.copying import Copied, Plan, copy_pass
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES
from tidegate.migrations import all_tables

COUNT = int(os.environ.get("BENCH_ROWS", "1000000"))
EVENTS = COUNT // 10
_CONNECTIONS = 4
_PAUSE = 0.05
_REQUESTS = 1200

EVIDENCE = Table(
    "evidence", MetaData(), Column("id", String), Column("size", Integer), Column("kib", Integer)
)
PENDING: Select[tuple[str]] = select(EVIDENCE.c.id).where(EVIDENCE.c.kib.is_(None))


def fill_kib(connection: Connection, keys: Sequence[Any]) -> None:
    """Fill the new column for these rows, where nobody else did."""
    still = EVIDENCE.c.id.in_(keys), EVIDENCE.c.kib.is_(None)
    connection.execute(update(EVIDENCE).where(*still).values(kib=EVIDENCE.c.size // 1024))


def backfill_on_sqlite() -> list[Row]:
    """Measure submissions while a backfill runs on SQLite."""
    return _backfill("sqlite", "SQLite")


def backfill_on_postgresql() -> list[Row]:
    """Measure submissions while a backfill runs on PostgreSQL."""
    return _backfill("postgresql", "PostgreSQL")


def _backfill(kind: str, told: str) -> list[Row]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.tidegate(kind))
        database = Database(server.database_url)
        stack.callback(database.dispose)
        stock.fill(database, evidence=COUNT, events=0)
        with database.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(text("ALTER TABLE evidence ADD COLUMN kib INTEGER"))
            connection.commit()
        report = server.folder / "report.xml"
        write_junit(report, 50)
        report.write_text(
            report.read_text("utf-8").replace('name="pytest tests"', f'name="{load.NUMBER.decode()}"', 1)
        )
        _submit(server.port, report, "warm", 100)
        idle = _submit(server.port, report, "idle", _REQUESTS)
        filled: list[Filled] = []
        seconds: list[float] = []

        def fill() -> None:
            begun = time.monotonic()
            filled.append(backfill(database, PENDING, fill_kib, size=1000))
            seconds.append(time.monotonic() - begun)

        filling = threading.Thread(target=fill)
        filling.start()
        busy = _submit(server.port, report, "busy", _REQUESTS)
        filling.join()
    rate = filled[0].rows / seconds[0]
    print(f"{told}: {filled[0].rows:,} rows filled in {seconds[0]:.0f} s ({rate:,.0f} rows/s), while serving")
    return [
        _latency(f"submission while {COUNT:,} rows are backfilled, {told}, {name}", idle, busy, share, most)
        for name, share, most in (("median", 0.5, 3.0), ("95th percentile", 0.95, 5.0))
    ]


def _submit(port: int, report: Path, seed: str, count: int) -> load.Seen:
    path = f"/api/v1/components/harbour/revisions/{load.NUMBER.decode()}/evidence?slot=junit.xml"
    plan = load.Plan(
        port,
        "POST",
        path,
        count,
        _CONNECTIONS,
        seed=seed,
        body=str(report),
        media_type="application/octet-stream",
        pause=_PAUSE,
    )
    seen = load.Load(plan).finish()
    seen.check()
    return seen


def _latency(name: str, idle: load.Seen, busy: load.Seen, share: float, most: float) -> Row:
    ours, peer = busy.percentile(share) * 1000, idle.percentile(share) * 1000
    return Row(
        name, ours, "ms", "the same server idle", peer, ours / peer, f"<= {most:g}", ours / peer <= most
    )


def copy_to_postgresql() -> list[Row]:
    """Measure `tidegate db copy`: evidence against a bare COPY, and what a second and the last pass cost."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-")))
        source = Database(stack.enter_context(servers.database("sqlite", folder)))
        target = Database(stack.enter_context(servers.database("postgresql", folder)), statement_timeout=0)
        bare = Database(stack.enter_context(servers.database("postgresql", folder)), statement_timeout=0)
        for database in (source, target, bare):
            stack.callback(database.dispose)
            schema.upgrade(database)
        stock.fill(source, evidence=COUNT, events=EVENTS)
        source.dispose()
        peer = _bare_copy(source, bare)
        plan = Plan.of(all_tables())
        took: dict[str, float] = {}
        first = _timed(lambda: copy_pass(source, target, plan, final=False, tell=_stopwatch(took)))
        second = _timed(lambda: copy_pass(source, target, plan, final=True))
    events = EVENTS / took["audit_events"]
    print(f"first pass {first:.1f} s (audit events {events:,.0f} rows/s), final pass {second:.1f} s")
    ours = took["evidence"]
    return [
        Row(
            f"db copy: {COUNT:,} rows of evidence",
            COUNT / ours,
            "rows/s",
            "a bare COPY of the same rows",
            COUNT / peer,
            ours / peer,
            "time <= 2.0",
            ours / peer <= 2.0,
        ),
        Row(
            f"db copy: the final pass over {COUNT + EVENTS:,} rows",
            second,
            "s",
            "the first pass",
            first,
            second / first,
            "<= 0.5",
            second / first <= 0.5,
        ),
    ]


def _stopwatch(took: dict[str, float]) -> Callable[[Copied], None]:
    last = [time.monotonic()]

    def tell(copied: Copied) -> None:
        took[copied.table], last[0] = time.monotonic() - last[0], time.monotonic()

    return tell


def _timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def _bare_copy(source: Database, target: Database) -> float:
    """Copy the rows of evidence in one transaction, into the same table with the same indexes and keys."""
    address = target.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(sqlite3.connect(str(source.url.database))) as here, psycopg.connect(address) as there:
        for table in ("components", "revisions"):
            _pour(here, there, table)
        begun = time.monotonic()
        _pour(here, there, "evidence")
        there.commit()
        return time.monotonic() - begun


def _pour(here: sqlite3.Connection, there: psycopg.Connection[Any], table: str) -> None:
    columns = [row[1] for row in here.execute(f"PRAGMA table_info({table})")]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with there.cursor() as cursor, cursor.copy(statement) as copy:
        for row in here.execute(f"SELECT * FROM {table} ORDER BY 1"):  # nosec B608  # fixed names
            copy.write_row(row)


ROWS = [backfill_on_sqlite, backfill_on_postgresql, copy_to_postgresql]
