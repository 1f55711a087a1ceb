"""What is done to large databases: a column backfilled while the API answers, and the move to PostgreSQL.

`BENCH_ROWS` says how many rows of evidence there are (a million). Latencies and times are given as ratios: of
the same server idle, and of the barest COPY of the same rows into the same table.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import load, servers, stock
from benchmarks.server import write_report
from benchmarks.table import Row, seconds_of
from tidegate.kernel.db import schema
from tidegate.kernel.db.backfill import Filled, backfill
from tidegate.kernel.db.copying import Copied, Plan, copy_pass
from tidegate.kernel.db.engine import Database
from tidegate.migrations import all_tables

COUNT = int(os.environ.get("BENCH_ROWS", "1000000"))
EVENTS = COUNT // 10
_CONNECTIONS = 4
_PAUSE = 0.05
_IDLE = 1200
_BUSY = 12_000


def backfill_on_sqlite() -> list[Row]:
    """Measure submissions while a backfill runs on SQLite."""
    return _backfill("sqlite", "SQLite")


def backfill_on_postgresql() -> list[Row]:
    """Measure submissions while a backfill runs on PostgreSQL."""
    return _backfill("postgresql", "PostgreSQL")


def _backfill(kind: str, backend: str) -> list[Row]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.tidegate(kind))
        database = Database(server.database_url)
        stack.callback(database.dispose)
        stock.fill(database, evidence=COUNT, events=0)
        stock.add_kib(database)
        report = server.folder / "report.xml"
        write_report(report, 50)
        load.run(_submissions(server.port, report, "warm", 100)).check()
        idle = load.run(_submissions(server.port, report, "idle", _IDLE))
        idle.check()
        submitting = load.Load(_submissions(server.port, report, "busy", _BUSY))
        submitting.start()
        filled: list[Filled] = []
        seconds = seconds_of(lambda: filled.append(_fill(database)))
        busy = submitting.stop()
        busy.check()
    print(
        f"{backend}: {filled[0].rows:,} rows in {seconds:.0f} s ({filled[0].rows / seconds:,.0f} rows/s) "
        f"while {len(busy.latencies):,} submissions in {busy.seconds:.0f} s were answered"
    )
    return [
        _latency(
            f"submission while {COUNT:,} rows are backfilled, {backend}, {name}", idle, busy, share, most
        )
        for name, share, most in (("median", 0.5, 3.0), ("p95", 0.95, 5.0), ("p99", 0.99, 10.0))
    ]


def _fill(database: Database) -> Filled:
    return backfill(database, stock.PENDING, stock.fill_kib, size=1000)


def _submissions(port: int, report: Path, seed: str, count: int) -> load.Plan:
    path = f"/api/v1/components/harbour/revisions/{load.NUMBER.decode()}/evidence?slot=junit.xml"
    kind = "application/octet-stream"
    return load.Plan(port, "POST", path, count, _CONNECTIONS, seed, str(report), kind, _PAUSE)


def _latency(name: str, idle: load.LoadResult, busy: load.LoadResult, share: float, most: float) -> Row:
    ours, peer = busy.percentile(share) * 1000, idle.percentile(share) * 1000
    return Row(
        name, ours, "ms", "the same server idle", peer, ours / peer, f"<= {most:g}", ours / peer <= most
    )


def copy_to_postgresql() -> list[Row]:
    """Measure `tidegate db copy`: evidence against a bare COPY, and what a second and the last pass cost."""
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
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
        first = seconds_of(lambda: copy_pass(source, target, plan, final=False, tell=_stopwatch(took)))
        second = seconds_of(lambda: copy_pass(source, target, plan, final=True))
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
