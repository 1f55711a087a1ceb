"""An estate of any size: components with targets, facts, incidents and deployments, and a year of probes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from benchmarks import stock
from benchmarks.targets import CONTRACT, DECLARED
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import DAY, HOUR, Sample, day_of, day_of_samples, pack_day, pack_sample
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.migrations import all_tables

ENVIRONMENTS = ("production", "staging")
_DAYS, _RAW = 365, 48


def fill(database: Database, numbers: range) -> None:
    """Add components with a target in each environment, how it is, and its facts on both sides."""
    tables, now = all_tables().tables, datetime.now(UTC)
    stock.insert_rows(database, tables["components"], (_component(number, now) for number in numbers))
    places = [(name_of(number), environment) for number in numbers for environment in ENVIRONMENTS]
    stock.insert_rows(database, tables["targets"], (_target(*place, now) for place in places))
    stock.insert_rows(database, tables["probe_states"], (_state(*place, now) for place in places))
    incidents = (incident for place in places for incident in _incidents(*place, now))
    stock.insert_rows(database, tables["incidents"], incidents)
    stock.insert_rows(database, tables["deployments"], (_deployment(*place, now) for place in places))
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


def name_of(number: int) -> str:
    """Return the name of a component."""
    return f"service-{number:05}"


def _component(number: int, at: datetime) -> dict[str, Any]:
    told = {"title": name_of(number), "owner": f"team-{number % 40}", "description": "", "version": 1}
    return {"name": name_of(number), **told, "created_at": at, "updated_at": at}


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


def _incidents(component: str, environment: str, at: datetime) -> Iterator[dict[str, Any]]:
    """Tell of one incident that is over, and of one that is open where the observed version is another."""
    for state in ("closed", "open") if _is_odd(component) else ("closed",):
        closed_at = at - HOUR if state == "closed" else None
        yield {
            "id": str(uuid.uuid4()),
            "source": "health",
            "component": component,
            "environment": environment,
            "name": "",
            "title": f"{component} in {environment} does not answer",
            "reason": "no answer within 10 s",
            "public_title": None,
            "state": state,
            "flapping": False,
            "times": 1,
            "opened_at": at - DAY,
            "assignee": None,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "closed_at": closed_at,
            "closed_by": closed_at and "worker",
            "version": 1,
            "updated_at": at,
        }


def _deployment(component: str, environment: str, at: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "component": component,
        "environment": environment,
        "commit_sha": "1" * 40,
        "version": "1.4.2",
        "outcome": "succeeded",
        "started_at": at - DAY,
        "ended_at": at - DAY + HOUR,
        "url": None,
        "edition": 1,
        "created_at": at - DAY,
        "updated_at": at - DAY,
        "reported_by": "token:pipeline",
    }


def _is_odd(component: str) -> bool:
    return component.endswith("7")


def _fact(place: tuple[str, str], side: str, field: str, at: datetime) -> dict[str, Any]:
    odd = side == "observed" and field == "version" and _is_odd(place[0])
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


def write_history(database: Database, components: int) -> float:
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
    pick = random.Random(start.timestamp())  # nosec B311  # latencies of a benchmark, no secret
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
    return {"component": name_of(number), "environment": "production", "day": day, "hours": packed}


def _hour(number: int, hour: datetime) -> dict[str, Any]:
    packed = b"".join(map(pack_sample, _samples(hour, 60)))
    return {"component": name_of(number), "environment": "production", "hour": hour, "samples": packed}
