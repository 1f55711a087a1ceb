"""What one more report costs on a revision that has a thousand already, against the first one of a revision.

All of them count (each in a slot of its own), or all but the last have been replaced (one slot).
`BENCH_REPORTS` says how many there are.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load, servers
from benchmarks.server import prepare, write_report
from benchmarks.table import Row

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


ROWS = (on_sqlite, on_postgresql)
"""The functions that `make bench` calls."""
