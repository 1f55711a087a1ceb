"""Ten thousand targets feel like ten: what pages and lists cost as an estate grows, and a year of history.

`BENCH_TARGETS` says how many targets there are (10,000, in two environments), each with eight facts on either
side. A year of one-minute history is written for a part of them, as the prober and the nightly summing up
leave it (every probe of 48 hours, hours beyond); what all of them would take is told by multiplication.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from benchmarks import load, servers, stock
from benchmarks.pages import PASSWORD, sign_in
from benchmarks.servers import Server
from benchmarks.table import Row
from benchmarks.targets import CONTRACT, DECLARED
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import DAY, HOUR, Sample, day_of, day_of_samples, pack_day, pack_sample
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.migrations import all_tables

TARGETS = int(os.environ.get("BENCH_TARGETS", "10000"))
FEW = 10
MOST_MS, MOST_GROWTH, MOST_GIB = 100.0, 4.0, 3.0
_WITH_HISTORY = 20
_DAYS, _RAW = 365, 48
_OPENED = 40
_ENVIRONMENTS = ("production", "staging")
_ONE = "service-00000"


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
        for rank, environment in enumerate(_ENVIRONMENTS):
            server.call("PUT", f"/api/v1/environments/{environment}", {"rank": 10 + rank})
        fill(database, range(FEW // 2))
        bytes_of_one = _history(database, FEW // 2)
        cookie = sign_in(server)
        few = _opened(server, cookie)
        fill(database, range(FEW // 2, TARGETS // 2))
        _history(database, _WITH_HISTORY)
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
        "/targets",
        "/targets?environment=staging",
        f"/targets?component={_ONE}",
        target,
        "/parity",
        f"/parity/{report}",
        "/parity/items",
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


def fill(database: Database, numbers: range) -> None:
    """Add components with a target in each environment, how it is, and its facts on both sides."""
    tables, now = all_tables().tables, datetime.now(UTC)
    stock.insert_rows(database, tables["components"], (_component(number, now) for number in numbers))
    places = [(_name(number), environment) for number in numbers for environment in _ENVIRONMENTS]
    stock.insert_rows(database, tables["targets"], (_target(*place, now) for place in places))
    stock.insert_rows(database, tables["probe_states"], (_state(*place, now) for place in places))
    stock.insert_rows(
        database,
        tables["facts"],
        (
            _fact(place, side, field, now)
            for place in places
            for side in ("declared", "observed")
            for field in DECLARED
        ),
    )


def _name(number: int) -> str:
    return f"service-{number:05}"


def _component(number: int, at: datetime) -> dict[str, Any]:
    told = {"title": _name(number), "owner": f"team-{number % 40}", "description": "", "version": 1}
    return {"name": _name(number), **told, "created_at": at, "updated_at": at}


def _target(component: str, environment: str, at: datetime) -> dict[str, Any]:
    url = f"https://{component}.{environment}.example.org"
    told = {"base_url": url, "contract": CONTRACT, "owner": None, "interval": None, "paused": False}
    return {
        "component": component,
        "environment": environment,
        **told,
        "version": 1,
        "created_at": at,
        "updated_at": at,
    }


def _state(component: str, environment: str, at: datetime) -> dict[str, Any]:
    return {
        "component": component,
        "environment": environment,
        "target_version": 1,
        "interval": None,
        "next_at": at + HOUR,
        "late_at": at + 3 * HOUR,
        "probed_at": at,
        "state": "pass",
        "since": at - DAY,
        "consecutive": 1440,
        "unanswered": 0,
        "reason": "",
        "status": 200,
        "latency_ms": 40,
        "path": "/health",
    }


def _fact(place: tuple[str, str], side: str, field: str, at: datetime) -> dict[str, Any]:
    odd = side == "observed" and field == "version" and place[0].endswith("7")
    return {
        "component": place[0],
        "environment": place[1],
        "side": side,
        "field": field,
        "since": at - DAY,
        "until": None,
        "seen_at": at,
        "value": "0.9.0" if odd else DECLARED[field],
        "source": "probe" if side == "observed" else "workbook",
    }


def _history(database: Database, components: int) -> float:
    """Write a year of history of so many targets where there is none; returns bytes of each."""
    tables = all_tables().tables
    hours, days = tables["probe_hours"], tables["probe_days"]
    with database.engine.connect() as connection:
        known = connection.execute(select(func.count(hours.c.component.distinct()))).scalar_one()
    numbers, before = range(known, components), _size(database)
    now = datetime.now(UTC)
    first = day_of(now - _RAW * HOUR)
    rows = (_day(number, first - (at + 1) * DAY) for number in numbers for at in range(_DAYS - 2))
    stock.insert_rows(database, days, rows)
    span = int((now - first) / HOUR) + 1
    stock.insert_rows(
        database, hours, (_hour(number, first + at * HOUR) for number in numbers for at in range(span))
    )
    stock.settle(database)
    return (_size(database) - before) / max(len(numbers), 1)


def _size(database: Database) -> int:
    """Return the bytes of the history, its indexes included."""
    with database.engine.connect() as connection:
        if database.dialect == SQLITE:
            return int(
                connection.execute(
                    text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                ).scalar_one()
            )
        names = ("probe_hours", "probe_days")
        query = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        return sum(int(connection.execute(query, {"name": name}).scalar_one()) for name in names)


def _samples(start: datetime, count: int) -> list[Sample]:
    pick = random.Random(start.timestamp())  # nosec B311  # the same in each run
    states = (HealthState.PASS,) * 99 + (HealthState.FAIL,)
    return [
        Sample(
            start + at * timedelta(minutes=1), pick.choice(states), int(pick.lognormvariate(3.7, 0.6)), 200
        )
        for at in range(count)
    ]


_KNOWN: dict[datetime, bytes] = {}


def _day(number: int, day: datetime) -> dict[str, Any]:
    packed = _KNOWN.get(day)
    if packed is None:
        packed = _KNOWN[day] = pack_day(day_of_samples(_samples(day, 24 * 60)))
    return {"component": _name(number), "environment": "production", "day": day, "hours": packed}


def _hour(number: int, hour: datetime) -> dict[str, Any]:
    packed = b"".join(map(pack_sample, _samples(hour, 60)))
    return {"component": _name(number), "environment": "production", "hour": hour, "samples": packed}


ROWS: Sequence[Callable[[], list[Row]]] = (on_sqlite, on_postgresql)
"""The functions that `make bench` calls."""
