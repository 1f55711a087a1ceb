"""Ten thousand targets feel like ten: what pages and lists cost as an estate grows, and a year of history.

`BENCH_TARGETS` says how many targets there are (10,000, in two environments), each with eight facts on either
side. A year of one-minute history is written for a part of them, as the prober and the nightly summing up
leave it (every probe of 48 hours, hours beyond); what all of them would take is told by multiplication.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack

from benchmarks import load, servers, stock
from benchmarks.estate_stock import ENVIRONMENTS, fill, name_of, write_history
from benchmarks.pages import PASSWORD, sign_in
from benchmarks.servers import Server
from benchmarks.table import Row
from tidegate.kernel.db.engine import Database

TARGETS = int(os.environ.get("BENCH_TARGETS", "10000"))
FEW = 10
MOST_MS, MOST_GROWTH, MOST_GIB = 100.0, 4.0, 3.0
_WITH_HISTORY = 100
"""As many as a status page shows."""
_OPENED = 40
_ONE = name_of(0)


def on_sqlite() -> list[Row]:
    """Measure pages, lists and history on SQLite."""
    return _measure("sqlite", "SQLite")


def on_postgresql() -> list[Row]:
    """Measure pages, lists and history on PostgreSQL."""
    return _measure("postgresql", "PostgreSQL")


def _measure(kind: str, backend: str) -> list[Row]:
    with ExitStack() as stack:
        settings = {"ADMIN_INITIAL_PASSWORD": PASSWORD, "PARITY_MAX_ROWS_AT_ONCE": str(TARGETS * 20)}
        server = stack.enter_context(servers.tidegate(kind, **settings))
        database = Database(server.database_url)
        stack.callback(database.dispose)
        for rank, environment in enumerate(ENVIRONMENTS):
            server.call("PUT", f"/api/v1/environments/{environment}", {"rank": 10 + rank})
        fill(database, range(FEW // 2))
        bytes_of_one = write_history(database, FEW // 2)
        cookie = sign_in(server)
        few = _opened(server, cookie)
        fill(database, range(FEW // 2, TARGETS // 2))
        write_history(database, _WITH_HISTORY)
        stock.settle(database)
        many = _opened(server, cookie)
    gib = bytes_of_one * TARGETS / 2**30
    label = f"a year of one-minute history of {TARGETS:,} targets, by {FEW // 2} of them, {backend}"
    space = Row(label, gib, "GiB", "the limit", MOST_GIB, gib / MOST_GIB, "<= 1x", gib <= MOST_GIB)
    return [space, *(row for name in many for row in _rows(name, backend, few[name], many[name]))]


def _rows(name: str, backend: str, few: load.LoadResult, many: load.LoadResult) -> Iterator[Row]:
    p95 = many.percentile(0.95) * 1000
    what = f"{name} at {TARGETS:,} targets, {backend}"
    yield Row(f"{what}, p95", p95, "ms", "the limit", MOST_MS, p95 / MOST_MS, "<= 1x", p95 <= MOST_MS)
    ours, peer = many.percentile(0.5) * 1000, few.percentile(0.5) * 1000
    ratio = ours / peer
    label = f"the same at {FEW} targets"
    yield Row(f"{what}, median", ours, "ms", label, peer, ratio, f"<= {MOST_GROWTH:g}x", ratio <= MOST_GROWTH)


def _opened(server: Server, cookie: str) -> Mapping[str, load.LoadResult]:
    """Compare all that there is once, then open every page and list of it."""
    asked = {"left": {"side": "declared"}, "right": {"side": "observed"}}
    report = server.call("POST", "/api/v1/parity-reports", asked)["id"]
    found: dict[str, load.LoadResult] = {}
    for path in _addresses(str(report)):
        sent = "" if path.startswith("/api/") else cookie
        plan = load.Plan(server.port, "GET", path, _OPENED, 1, cookie=sent, fresh=True)
        load.run(load.Plan(server.port, "GET", path, 4 * servers.WORKERS, 1, cookie=sent, fresh=True)).check()
        seen = load.run(plan)
        seen.check()
        name = path.replace(str(report), "…")
        found[name] = seen
        print(
            f"{name}: median {seen.percentile(0.5) * 1000:.0f} ms, p95 {seen.percentile(0.95) * 1000:.0f} ms"
        )
    return found


def _addresses(report: str) -> Sequence[str]:
    one, api = f"/components/{_ONE}", "/api/v1"
    target, start = f"{one}/targets/production", "2025-12-01T00:00:00Z"
    return (
        "/",
        "/?owner=team-7",
        one,
        f"{one}/deployments",
        "/search?q=service-00",
        "/environments",
        "/environments/production/status",
        "/incidents",
        "/maintenance",
        "/deliveries",
        "/inventory/imports",
        "/system",
        "/targets",
        "/targets?environment=staging",
        f"/targets?component={_ONE}",
        target,
        "/parity",
        f"/parity/{report}",
        "/parity/items",
        f"{api}/components?limit=100",
        f"{api}{one}/deployments",
        f"{api}/environments",
        f"{api}/incidents?limit=100",
        f"{api}/incidents?state=closed&environment=staging",
        f"{api}/maintenance-windows",
        f"{api}/notification-deliveries",
        f"{api}/imports",
        f"{api}/targets?limit=100",
        f"{api}/targets?environment=staging",
        f"{api}{target}",
        f"{api}{target}/probes",
        f"{api}{target}/history",
        f"{api}{target}/history?from={start}",
        f"{api}{one}/facts",
        f"{api}{one}/facts?environment=production",
        f"{api}{one}/facts/version/history?environment=production&side=observed",
        f"{api}/parity-reports",
        f"{api}/parity-reports/{report}/rows",
        f"{api}/parity-reports/{report}/rows?status=match",
        f"{api}/parity-items",
    )


ROWS: Sequence[Callable[[], list[Row]]] = (on_sqlite, on_postgresql)
"""The functions that `make bench` calls."""
