"""What size costs: one more report on a revision of a thousand, and answers of a database of a million rows.

The thousand reports all count (each in a slot of its own), or all but the last have been replaced (one slot);
`BENCH_REPORTS` says how many there are. The database grows from 1,000 rows of evidence over 100,000 to
`BENCH_ROWS` (a million): submissions, lists and one more report on a revision, each against the smallest.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load, servers, stock
from benchmarks.server import prepare, write_report
from benchmarks.table import Row
from tidegate.kernel.db.engine import Database

COUNT = int(os.environ.get("BENCH_REPORTS", "1000"))
_MEASURED = 200
_NUMBER = load.NUMBER.decode()
_REVISIONS = {"that all count": "1" * 40, "that were replaced": "2" * 40}
_SLOTS = {"that all count": _NUMBER, "that were replaced": "junit.xml"}


def on_sqlite() -> list[Row]:
    """Measure one more report on SQLite."""
    return _growth("sqlite", "SQLite")


def on_postgresql() -> list[Row]:
    """Measure one more report on PostgreSQL."""
    return _growth("postgresql", "PostgreSQL")


def _growth(kind: str, database: str) -> list[Row]:
    rows = []
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
        server = stack.enter_context(servers.tidegate(kind))
        prepare(server)
        report = folder / "report.xml"
        write_report(report, 50)
        load.run(_plan(server.port, report, _NUMBER, "junit.xml", "warm", _MEASURED)).check()
        for which, revision in _REVISIONS.items():
            slot = _SLOTS[which]
            load.run(_plan(server.port, report, revision, slot, "fill", COUNT)).check()
            first = load.run(_plan(server.port, report, _NUMBER, slot, f"first {which}", _MEASURED))
            more = load.run(_plan(server.port, report, revision, slot, "more", _MEASURED))
            first.check()
            more.check()
            ours, peer = more.percentile(0.5) * 1000, first.percentile(0.5) * 1000
            name = f"one more report on {COUNT:,} {which}, {database}"
            rows.append(
                Row(name, ours, "ms", "the first of a revision", peer, ours / peer, "<= 2x", ours <= 2 * peer)
            )
    return rows


def _plan(port: int, report: Path, revision: str, slot: str, seed: str, count: int) -> load.Plan:
    """Plan submissions one after the other: each has bytes of its own."""
    path = f"/api/v1/components/shop/revisions/{revision}/evidence?slot={slot}"
    return load.Plan(port, "POST", path, count, 1, seed, str(report), "application/xml")


SIZES = (1_000, 100_000, int(os.environ.get("BENCH_ROWS", "1000000")))
_LISTS = ("components/harbour/revisions", "verdicts?component=harbour", "audit/events")
_MOST = 1.5


def by_size_on_sqlite() -> list[Row]:
    """Measure how answers grow with the rows of evidence on SQLite."""
    return _by_size("sqlite", "SQLite")


def by_size_on_postgresql() -> list[Row]:
    """Measure how answers grow with the rows of evidence on PostgreSQL."""
    return _by_size("postgresql", "PostgreSQL")


def _by_size(kind: str, database: str) -> list[Row]:
    seen = {size: _answers(kind, size) for size in SIZES}
    smallest = seen[SIZES[0]]
    return [
        _grown(f"{what} at {size:,} rows, {database}", milliseconds, smallest[what])
        for size in SIZES[1:]
        for what, milliseconds in seen[size].items()
    ]


def _grown(name: str, ours: float, peer: float) -> Row:
    label = f"the same at {SIZES[0]:,} rows"
    return Row(name, ours, "ms", label, peer, ours / peer, f"<= {_MOST:g}x", ours <= _MOST * peer)


def _answers(kind: str, size: int) -> dict[str, float]:
    """Return the median milliseconds of each kind of answer where there are so many rows of evidence."""
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
        server = stack.enter_context(servers.tidegate(kind))
        prepare(server)
        filled = Database(server.database_url)
        stack.callback(filled.dispose)
        stock.fill(filled, evidence=size, events=0)
        stock.settle(filled)
        report = folder / "report.xml"
        write_report(report, 50)
        load.run(_plan(server.port, report, _NUMBER, "junit.xml", "warm", _MEASURED)).check()
        revision = "3" * 40
        plans = {
            "a submission": _plan(server.port, report, _NUMBER, "junit.xml", "new", _MEASURED),
            "one more report": _plan(server.port, report, revision, _NUMBER, "more", _MEASURED),
            **{
                f"/{path}": load.Plan(server.port, "GET", f"/api/v1/{path}", _MEASURED, 1, path)
                for path in _LISTS
            },
        }
        found: dict[str, float] = {}
        for what, plan in plans.items():
            answered = load.run(plan)
            answered.check()
            found[what] = answered.percentile(0.5) * 1000
    return found


ROWS = (on_sqlite, on_postgresql, by_size_on_sqlite, by_size_on_postgresql)
"""The functions that `make bench` calls."""
