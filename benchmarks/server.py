"""How fast the server takes reports in and tells what it knows, against the barest service of its kind.

Both run under the same gunicorn settings, as shipped, on loopback and on a real database. They take turns
round by round, so that a busy moment of the machine meets both; values are medians of the rounds.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load, servers
from benchmarks.readers_xml import write_junit
from benchmarks.servers import Server
from benchmarks.table import Row

ROUNDS = 7
SUBMISSIONS = 240
READS = 600
CONNECTIONS = 8
REPORT_BYTES = 50_000

RULES = (
    ("tests-pass", "tests.failed == 0 && tests.errors == 0 && tests.passed >= 10", ["tests"]),
    ("few-skipped", "tests.pass_rate >= 0.95", ["tests"]),
    ("coverage", "coverage.line_rate >= 0.9", ["coverage"]),
    ("branches", "coverage.branch_rate >= 0.8", ["coverage"]),
    ("lint-clean", "findings.total == 0", ["lint"]),
    ("types-clean", "findings.total == 0", ["types"]),
    ("no-high-security-finding", "findings.high == 0", ["sast"]),
    ("dependencies-known-safe", "dependencies.vulnerable == 0", ["dependencies"]),
)
_COMMIT = "0f" * 20


def prepare(server: Server) -> str:
    """Declare a gate of eight rules, what it guards, and a component; return the path of a verdict."""
    rules = [
        {"id": name, "title": f"Rule {name}", "that": that, "needs": needs, "max_age": "24h"}
        for name, that, needs in RULES
    ]
    gate = {"name": "production", "title": "Ready for production", "rules": rules}
    server.call("PUT", "/api/v1/gates/production", gate)
    server.call("PUT", "/api/v1/environments/production", {"rank": 100, "gate": "production"})
    server.call("PUT", "/api/v1/components/shop", {"title": "Shop", "owner": "payments"})
    server.call("PUT", f"/api/v1/components/shop/revisions/{_COMMIT}", {})
    ruling = server.call(
        "POST", f"/api/v1/components/shop/revisions/{_COMMIT}/verdicts", {"environment": "production"}
    )
    return f"/api/v1/verdicts/{ruling['id']}"


def write_report(path: Path) -> None:
    """Write a JUnit report of about 50 kB with a place for what makes each submission's bytes different."""
    write_junit(path, 450)
    text = path.read_text("utf-8").replace('name="pytest tests"', f'name="{load.NUMBER.decode()}"', 1)
    path.write_text(text, "utf-8")


def submissions_on_sqlite() -> Row:
    """Measure submissions to verdict on SQLite."""
    return _submissions("sqlite", "SQLite")


def submissions_on_postgresql() -> Row:
    """Measure submissions to verdict on PostgreSQL."""
    return _submissions("postgresql", "PostgreSQL")


def _submissions(kind: str, told: str) -> Row:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-")))
        ours = stack.enter_context(servers.tidegate(kind))
        peer = stack.enter_context(servers.bare(kind))
        prepare(ours)
        report, note = folder / "report.xml", folder / "note.json"
        write_report(report)
        note.write_text(_note(load.NUMBER.decode()), "utf-8")
        path = f"/api/v1/components/shop/revisions/{load.NUMBER.decode()}/evidence?slot=junit.xml"

        def submit(seed: str) -> float:
            return load.run(
                load.Plan(
                    port=ours.port,
                    method="POST",
                    path=path,
                    count=SUBMISSIONS,
                    connections=CONNECTIONS,
                    seed=seed,
                    body=str(report),
                    media_type="application/xml",
                )
            ).rate

        def insert(seed: str) -> float:
            plan = load.Plan(
                port=peer.port,
                method="POST",
                path="/notes/",
                count=2 * SUBMISSIONS,
                connections=CONNECTIONS,
                seed=seed,
                body=str(note),
            )
            return load.run(plan).rate

        own, theirs = in_turns(submit, insert)
    return _at_least(f"submission to verdict, {told}", own, "one INSERT and COMMIT", theirs, 1 / 3)


def component_reads_on_sqlite() -> Row:
    """Measure reading a component on SQLite."""
    return _reads("sqlite", "component read, SQLite", lambda verdict: "/api/v1/components/shop")


def verdict_reads_on_sqlite() -> Row:
    """Measure reading a verdict on SQLite."""
    return _reads("sqlite", "verdict read, SQLite", lambda verdict: verdict)


def component_reads_on_postgresql() -> Row:
    """Measure reading a component on PostgreSQL."""
    return _reads("postgresql", "component read, PostgreSQL", lambda verdict: "/api/v1/components/shop")


def verdict_reads_on_postgresql() -> Row:
    """Measure reading a verdict on PostgreSQL."""
    return _reads("postgresql", "verdict read, PostgreSQL", lambda verdict: verdict)


def _reads(kind: str, name: str, path_of: Callable[[str], str]) -> Row:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.tidegate(kind))
        peer = stack.enter_context(servers.bare(kind))
        path = path_of(prepare(ours))
        peer.call("POST", "/notes/", json.loads(_note("shop")))

        def read(server: Server, address: str) -> float:
            return load.run(load.Plan(server.port, "GET", address, READS, CONNECTIONS)).rate

        own, theirs = in_turns(lambda _: read(ours, path), lambda _: read(peer, "/notes/shop"))
    return _at_least(name, own, "one SELECT", theirs, 1 / 2)


def in_turns(
    ours: Callable[[str], float], peer: Callable[[str], float], rounds: int = ROUNDS
) -> tuple[float, float]:
    """Run both in turns after one round to warm up, and return the medians."""
    ours("warm"), peer("warm")
    own, theirs = [], []
    for number in range(rounds):
        own.append(ours(str(number)))
        theirs.append(peer(str(number)))
    return statistics.median(own), statistics.median(theirs)


def _at_least(name: str, own: float, peer: str, theirs: float, share: float) -> Row:
    ratio = own / theirs
    return Row(name, own, "1/s", peer, theirs, ratio, f">= {share:.2f}x", ratio >= share)


def _note(name: str) -> str:
    return json.dumps(
        {"name": name, "title": "Shop", "owner": "payments", "description": "Where it is sold."}
    )


ROWS: Sequence[Callable[[], Row | list[Row]]] = (
    submissions_on_sqlite,
    submissions_on_postgresql,
    component_reads_on_sqlite,
    verdict_reads_on_sqlite,
    component_reads_on_postgresql,
    verdict_reads_on_postgresql,
)
"""The functions that `make bench` calls."""
