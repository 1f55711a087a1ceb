"""How fast and how heavy the pages are in a large installation, beside the API's answers from the same data.

`BENCH_ROWS` says how many rows of evidence there are (a million), a tenth as many revisions and audit events,
of a thousand components. A page is opened again and again by one browser, as nobody waits for two at once;
the rates are those of eight.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from benchmarks import installation, load, servers
from benchmarks.readers_json import _sarif as sarif_log
from benchmarks.server import CONNECTIONS, in_turns, prepare, write_report
from benchmarks.servers import Server
from benchmarks.table import Row
from tidegate.kernel.db.engine import Database
from tidegate.migrations import all_tables

ROWS_OF_EVIDENCE = int(os.environ.get("BENCH_ROWS", "1000000"))
MOST_MS = 100.0
MOST_BYTES = 60 * 1024
OPENED = 60
READS = 200
LEAST_SHARE = 0.1
PASSWORD = "seven moored boats at dawn"  # nosec B105  # of a server that ends with the measurement
_COMMIT = "0f" * 20
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that was opened: how long half and 95 % of its answers took at most, and what came by wire."""

    name: str
    median_ms: float
    p95_ms: float
    size: int


def pages_on_sqlite() -> list[Row]:
    """Measure every page of a large installation on SQLite."""
    return _measure("sqlite", "SQLite")


def pages_on_postgresql() -> list[Row]:
    """Measure every page of a large installation on PostgreSQL."""
    return _measure("postgresql", "PostgreSQL")


def _measure(kind: str, backend: str) -> list[Row]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.tidegate(kind, ADMIN_INITIAL_PASSWORD=PASSWORD))
        database = Database(server.database_url)
        stack.callback(database.dispose)
        prepare_installation(server, database, evidence=ROWS_OF_EVIDENCE)
        cookie = sign_in(server)
        addresses = addresses_of(database)
        opened = [_open(server, cookie, name, path) for name, path in addresses.items()]
        for one in opened:
            times = f"median {one.median_ms:.1f} ms, p95 {one.p95_ms:.1f} ms"
            print(f"{backend}: {one.name}: {times}, {one.size / 1024:.1f} KiB")
        rates = [_rate(server, cookie, backend, name, addresses[name], path) for name, path in _PEERS.items()]
    return [*(_within(one, backend) for one in opened), _weight(opened, backend), *rates]


def prepare_installation(server: Server, database: Database, *, evidence: int) -> None:
    """Submit the sample over the API, then add the rows of years."""
    prepare(server)
    for environment, rank in zip(installation.ENVIRONMENTS, (100, 50, 20), strict=True):
        server.call("PUT", f"/api/v1/environments/{environment}", {"rank": rank, "gate": "production"})
    report, findings = server.folder / "report.xml", server.folder / "findings.sarif"
    write_report(report)
    with findings.open("w", encoding="utf-8") as stream:
        stream.writelines(sarif_log(500))
    for path, slot in ((report, "junit.xml"), (findings, "findings.sarif")):
        _submit(server, path, slot)
    installation.fill(database, evidence=evidence)


def _submit(server: Server, report: Path, slot: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    address = f"/api/v1/components/shop/revisions/{_COMMIT}/evidence?slot={slot}"
    kind = {"Content-Type": "application/octet-stream", **server.headers}
    connection.request("POST", address, report.read_bytes(), kind)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 201:
        raise RuntimeError(f"the report was not accepted: {answer.status} {said[:300]!r}")


def sign_in(server: Server) -> str:
    """Sign the first administrator in, as a browser does, and return the cookies that it then sends."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/sign-in", headers={"Accept": "text/html"})
    form = connection.getresponse()
    token = _TOKEN.search(form.read().decode())
    kept = _cookies(form)
    fields = {"name": "admin", "password": PASSWORD, "next": "/", "csrf_token": token[1] if token else ""}
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": kept}
    connection.request("POST", "/sign-in", urlencode(fields), kind)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 303:
        raise RuntimeError(f"nobody could sign in: {answer.status}")
    return f"{kept}; {_cookies(answer)}"


def _cookies(answer: http.client.HTTPResponse) -> str:
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie", []):
        found.load(header)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in found.items())


def addresses_of(database: Database) -> Mapping[str, str]:
    """Return the address of every kind of page, of what has the most in it."""
    tables, busy = all_tables().tables, installation.BUSY
    verdicts, evidence, revisions = tables["verdicts"], tables["evidence"], tables["revisions"]
    gates, releases = tables["gate_versions"], tables["releases"]
    of_busy = select(verdicts.c.id, verdicts.c.commit_sha).where(verdicts.c.component == busy)
    of_sample = select(verdicts.c.id).where(verdicts.c.component == "shop")
    commits = select(revisions.c.commit_sha).where(revisions.c.component == busy)
    versions = select(releases.c.version).where(releases.c.component == busy)
    reports = select(evidence.c.id).order_by(evidence.c.id).limit(2)
    with database.engine.connect() as connection:
        judged = connection.execute(of_busy.order_by(verdicts.c.id.desc()).limit(1)).one()
        real = connection.scalar(of_sample.order_by(verdicts.c.id.desc()).limit(1))
        tests, findings = connection.scalars(reports)
        digest = connection.scalar(select(gates.c.digest).limit(1))
        commit = str(connection.scalar(commits.order_by(revisions.c.id).limit(1)))
        version = connection.scalar(versions.order_by(releases.c.id.desc()).limit(1))
    return {
        "overview": "/",
        "overview of an owner": "/?owner=team-07",
        "component": f"/components/{busy}",
        "component of few revisions": "/components/component-0500",
        "revision": f"/components/{busy}/revisions/{judged.commit_sha}",
        "release": f"/components/{busy}/releases/{version}",
        "verdicts": "/verdicts",
        "verdicts of a component": f"/verdicts?component={busy}",
        "verdicts of a rare state": "/verdicts?state=error",
        "verdicts of a component and a rare state": f"/verdicts?component={busy}&state=error",
        "verdict": f"/verdicts/{judged.id}",
        "replay": f"/verdicts/{real}/replay",
        "evidence of tests": f"/evidence/{tests}",
        "evidence of findings": f"/evidence/{findings}",
        "gates": "/gates",
        "gate": "/gates/production",
        "gate version": f"/gates/production/versions/{digest}",
        "audit log": "/audit",
        "audit log of a subject": "/audit?subject=component:shop",
        "audit log of an action": "/audit?action=environment.registered",
        "jobs": "/jobs",
        "failed jobs": "/jobs?state=failed",
        "health": "/system",
        "search by name": "/search?q=component-00",
        "search by commit": f"/search?q={commit[:7]}",
        "search by tag": "/search?q=prod/v1.10.0",
        "account": "/account",
        "sign in": "/sign-in",
    }


_PEERS: Mapping[str, str] = {
    "overview": "/api/v1/components?limit=20",
    "component": f"/api/v1/components/{installation.BUSY}/revisions?limit=20",
    "verdicts": "/api/v1/verdicts?limit=25",
    "audit log": "/api/v1/audit/events?limit=50",
}
"""Pages, and the operation of the API that answers from the same rows."""


def _open(server: Server, cookie: str, name: str, path: str) -> Opened:
    """Open a page so often that every worker has shown it, then measure."""
    plan = load.Plan(server.port, "GET", path, OPENED, 1, cookie=cookie, fresh=True)
    load.run(load.Plan(server.port, "GET", path, 4 * servers.WORKERS, 1, cookie=cookie, fresh=True)).check()
    seen = load.run(plan)
    seen.check()
    median, p95 = (seen.percentile(share) * 1000 for share in (0.5, 0.95))
    return Opened(name, median, p95, _size(server, cookie, path))


def _size(server: Server, cookie: str, path: str) -> int:
    """Count the bytes of an answer, its head included, as a browser receives them."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(f"{head}Accept: text/html\r\nConnection: close\r\n\r\n".encode())
        return sum(len(piece) for piece in iter(lambda: connection.recv(65536), b""))


def _within(opened: Opened, backend: str) -> Row:
    met = opened.p95_ms <= MOST_MS
    name = f"page {opened.name}, {backend}, p95"
    ratio = opened.p95_ms / MOST_MS
    return Row(name, opened.p95_ms, "ms", "the limit", MOST_MS, ratio, "<= 1x", met)


def _weight(opened: Sequence[Opened], backend: str) -> Row:
    most = max(opened, key=lambda one: one.size)
    kib, limit = most.size / 1024, MOST_BYTES / 1024
    name = f"heaviest page ({most.name}), {backend}"
    return Row(name, kib, "KiB", "the limit", limit, kib / limit, "<= 1x", most.size <= MOST_BYTES)


def _rate(server: Server, cookie: str, backend: str, name: str, page: str, path: str) -> Row:
    def opened(_: str) -> float:
        return load.run(load.Plan(server.port, "GET", page, READS, CONNECTIONS, cookie=cookie)).rate

    def answered(_: str) -> float:
        return load.run(load.Plan(server.port, "GET", path, READS, CONNECTIONS)).rate

    own, theirs = in_turns(opened, answered, rounds=3)
    ratio = own / theirs
    label = f"page {name}, {backend}, eight readers"
    return Row(label, own, "1/s", f"GET {path}", theirs, ratio, f">= {LEAST_SHARE:g}x", ratio >= LEAST_SHARE)


ROWS: Sequence[Callable[[], list[Row]]] = (pages_on_sqlite, pages_on_postgresql)
