"""A large installation as years of submissions would have left it: what the pages are measured on.

A thousand components have ten revisions for each hundred rows of evidence; one component has a tenth of all
revisions. Every revision is judged for three environments, every tenth one is released.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from benchmarks.stock import audit_rows, insert_rows
from tidegate.domain.audit import Head
from tidegate.kernel.db.engine import Database
from tidegate.kernel.ids import Uuid7
from tidegate.migrations import all_tables

COMPONENTS = 1000
ENVIRONMENTS = ("production", "staging", "acceptance")
OWNERS = 40
JOBS = 20_000
PER_REVISION = 10
BUSY = "component-0000"
_BUSY_SHARE, _EVENTS = 10, 1000
_START = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was really submitted and judged: every other row is one of these under another name."""

    evidence: tuple[Mapping[str, Any], ...]
    verdict: Mapping[str, Any]


def read_sample(engine: Engine) -> Sample:
    """Read the rows of what an API has submitted and judged."""
    tables = all_tables().tables
    with engine.connect() as connection:
        evidence = connection.execute(select(tables["evidence"])).mappings().all()
        newest = select(tables["verdicts"]).order_by(tables["verdicts"].c.id.desc()).limit(1)
        verdict = connection.execute(newest).mappings().one()
    return Sample(tuple(dict(one) for one in evidence), dict(verdict))


def fill(database: Database, *, evidence: int) -> None:
    """Add the rows; what the sample needs was submitted before."""
    tables, sample = all_tables().tables, read_sample(database.engine)
    revisions = [_revision(number, new) for new in (Uuid7(),) for number in range(evidence // PER_REVISION)]
    insert_rows(database, tables["components"], map(_component, range(COMPONENTS)))
    insert_rows(database, tables["revisions"], map(dict, revisions))
    insert_rows(database, tables["evidence"], _evidence(sample, revisions))
    verdicts: dict[str, list[str]] = {}
    insert_rows(database, tables["verdicts"], _verdicts(sample, revisions, verdicts))
    insert_rows(database, tables["releases"], _releases(revisions, verdicts))
    insert_rows(database, tables["jobs"], _jobs())
    # Each event moves the one row of the head; within a transaction PostgreSQL keeps all that it was.
    insert_rows(
        database, tables["audit_events"], _audit(database, evidence // PER_REVISION), batch_size=_EVENTS
    )
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def _audit(database: Database, count: int) -> Iterator[dict[str, Any]]:
    heads = all_tables().tables["audit_head"]
    with database.engine.connect() as connection:
        seq, digest = connection.execute(select(heads.c.seq, heads.c.hash)).one()
    return audit_rows(count, map(_at, range(count)), Head(seq, digest))


def _at(number: int) -> datetime:
    return _START + timedelta(seconds=number)


def _name(number: int) -> str:
    return f"component-{number:04}"


def _component(number: int) -> dict[str, Any]:
    return {
        "name": _name(number),
        "title": f"Component {number}",
        "owner": f"team-{number % OWNERS:02}",
        "description": "What it is for, and whom to ask. " * 3,
        "version": 1,
        "created_at": _START,
        "updated_at": _START,
    }


def _revision(number: int, new_id: Uuid7) -> dict[str, Any]:
    busy = number % _BUSY_SHARE == 0
    return {
        "id": new_id(),
        "component": BUSY if busy else _name(number % (COMPONENTS - 1) + 1),
        "commit_sha": f"{number:08x}{number * 2654435761 % 2**64:016x}{number:016x}",
        "branch": "main",
        "registered_at": _at(number * PER_REVISION),
    }


def _evidence(sample: Sample, revisions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    new_id = Uuid7()
    for number, revision in enumerate(revisions):
        for place in range(PER_REVISION):
            at = _at(number * PER_REVISION + place)
            yield {
                **sample.evidence[place % len(sample.evidence)],
                "id": new_id(),
                "revision_id": revision["id"],
                "component": revision["component"],
                "slot": f"part-{place}",
                "taken_at": at,
                "received_at": at,
            }


def _verdicts(
    sample: Sample, revisions: list[dict[str, Any]], made: dict[str, list[str]]
) -> Iterator[dict[str, Any]]:
    new_id = Uuid7()
    for number, revision in enumerate(revisions):
        made[revision["id"]] = []
        for environment in ENVIRONMENTS:
            identifier = new_id()
            made[revision["id"]].append(identifier)
            yield {
                **sample.verdict,
                "id": identifier,
                "revision_id": revision["id"],
                "component": revision["component"],
                "commit_sha": revision["commit_sha"],
                "environment": environment,
                # One state is rare, so that a filter by it cannot stop soon.
                "state": "error" if number < COMPONENTS else "pass" if number % 3 else "fail",
                "given_at": _at(number * PER_REVISION + PER_REVISION - 1),
            }


def _releases(revisions: list[dict[str, Any]], verdicts: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    new_id, counted = Uuid7(), dict.fromkeys(map(_name, range(COMPONENTS)), 0)
    for revision in revisions:
        component = revision["component"]
        counted[component] += 1
        if counted[component] % 10 > 1:
            continue
        version = f"1.{counted[component]}.0"
        yield {
            "id": new_id(),
            "component": component,
            "commit_sha": revision["commit_sha"],
            "version": version,
            "tag": f"prod/v{version}",
            "environment": ENVIRONMENTS[counted[component] % 10],
            "verdict_id": verdicts[revision["id"]][0],
            "notes": "What is new in it. " * 20,
            "edition": 1,
            "created_at": revision["registered_at"],
            "updated_at": revision["registered_at"],
        }


def _jobs() -> Iterator[dict[str, Any]]:
    new_id = Uuid7()
    for number in range(JOBS):
        at = _at(number)
        yield {
            "id": new_id(),
            "task": "blobs.collect",
            "key": None,
            "payload": {},
            "state": "done" if number % 100 else "failed",
            "not_before": at,
            "attempt": 1,
            "tries_left": 0,
            "created_at": at,
            "ended_at": at,
        }
