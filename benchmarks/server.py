"""How fast the server takes reports in and tells what it knows, against the barest service of its kind.

Both run under the same gunicorn settings, as shipped, on loopback and on a real database. They take turns
round by round, so that a busy moment of the machine meets both; values are medians of the rounds.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess  # nosec B404  # starts this very interpreter
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import load, servers
from benchmarks.readers_json import _sarif as sarif_log
from benchmarks.readers_xml import write_junit
from benchmarks.servers import Server
from benchmarks.table import Row, seconds_of

ROUNDS = 7
SUBMISSIONS = 240
READS = 600
CONNECTIONS = 8
LARGE_RESULTS = 100_000
LARGE_ROUNDS = 5

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


def write_report(path: Path, cases: int = 520) -> None:
    """Write a JUnit report (50 kB) with a place for what makes each submission's bytes different."""
    write_junit(path, cases)
    text = path.read_text("utf-8").replace('name="pytest tests"', f'name="{load.NUMBER.decode()}"', 1)
    path.write_text(text, "utf-8")


def submissions_on_sqlite() -> Row:
    """Measure submissions to verdict on SQLite."""
    return _submissions("sqlite", "SQLite")


def submissions_on_postgresql() -> Row:
    """Measure submissions to verdict on PostgreSQL."""
    return _submissions("postgresql", "PostgreSQL")


def _submissions(kind: str, backend: str) -> Row:
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
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
                    fresh=True,
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
                fresh=True,
            )
            return load.run(plan).rate

        own, theirs = in_turns(submit, insert)
    return _at_least(f"submission to verdict, {backend}", own, "one INSERT and COMMIT", theirs, 1 / 4)


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


def large_report_on_sqlite() -> list[Row]:
    """Measure a SARIF log of 100,000 results to verdict, and what other requests notice of it."""
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
        ours = stack.enter_context(servers.tidegate("sqlite"))
        verdict = prepare(ours)
        report = folder / "report.json"
        with report.open("w", encoding="utf-8") as stream:
            stream.writelines(sarif_log(LARGE_RESULTS))
        # Another white space at the end makes each round's bytes new.
        submitted, read, busy, idle = [], [], [], []
        for number in range(LARGE_ROUNDS + 1):
            with report.open("a", encoding="utf-8") as stream:
                stream.write(" ")
            quiet = load.run(_steady_reads(ours, verdict, 400))
            bare = _read_alone(report)
            others = load.Load(_steady_reads(ours, verdict, 10_000))
            others.start()
            seconds = _submit_large(ours, report, number)
            disturbed = others.stop()
            quiet.check()
            disturbed.check()
            if number:  # the first round warms up
                submitted.append(seconds)
                read.append(bare)
                idle.append(quiet.percentile(0.99) * 1000)
                busy.append(disturbed.percentile(0.99) * 1000)
    own, alone = statistics.median(submitted), statistics.median(read)
    name = f"SARIF of {LARGE_RESULTS:,} results to verdict, SQLite"
    noticed, calm = statistics.median(busy), statistics.median(idle)
    return [
        Row(name, own, "s", "the reader alone, a process", alone, own / alone, "<= 3x", own <= 3 * alone),
        Row(
            "reads meanwhile, p99",
            noticed,
            "ms",
            "the same reads before",
            calm,
            noticed / calm,
            "< 10x",
            noticed < 10 * calm,
        ),
    ]


def _steady_reads(server: Server, path: str, count: int) -> load.Plan:
    """Plan reads at an ordinary pace: eight callers, each fifty times a second at most."""
    return load.Plan(server.port, "GET", path, count, CONNECTIONS, pause=0.02)


def _read_alone(report: Path) -> float:
    """Read a report to its measures in a process of its own, as `tidegate read` would."""
    code = (
        "import sys; from pathlib import Path; from tidegate.readers.findings import sarif; "
        "from tidegate.readers.base import Limits, Source; from tidegate.readers.detect import drain; "
        "drain(sarif.READER.read(Source.of_path(Path(sys.argv[1])), Limits(), False), None)"
    )
    command = [sys.executable, "-c", code, str(report)]
    return seconds_of(lambda: subprocess.run(command, check=True))  # nosec B603  # code of this file


def _submit_large(server: Server, report: Path, number: int) -> float:
    """Submit a report of any size and wait for its verdict."""
    address = f"/api/v1/components/shop/revisions/{number:040x}/evidence?slot=sarif"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    began = time.perf_counter()
    with report.open("rb") as stream:
        size = str(report.stat().st_size)
        connection.request("POST", address, stream, {"Content-Length": size})
        answer = connection.getresponse()
        document = json.loads(answer.read())
    seconds = time.perf_counter() - began
    connection.close()
    if answer.status != 201 or document["evidence"]["measures"]["findings.total"] != LARGE_RESULTS:
        raise RuntimeError(f"the large report was not accepted: {answer.status} {str(document)[:300]}")
    return seconds


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
    large_report_on_sqlite,
)
"""The functions that `make bench` calls."""
