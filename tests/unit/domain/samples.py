"""Small gates, evidence and waivers that the domain's tests are written with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tidegate.domain.canonical import digest_of
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind, Value
from tidegate.domain.states import State
from tidegate.domain.waivers import Waiver

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SUBJECT = Subject("shop", "0f" * 20, "production")


def rule(that: str, *needs: str, **more: object) -> dict[str, object]:
    """Return a rule as a document has it; its id is `r` unless given."""
    return {"id": "r", "that": that, "needs": list(needs) or ["tests"], **more}


def gate(*rules: dict[str, object], name: str = "g") -> Gate:
    """Return a gate of these rules."""
    return complete(draft_of({"name": name, "rules": list(rules)}))


def report(
    kind: Kind | None,
    measures: Mapping[str, Value] | None = None,
    *,
    tool: str = "tool",
    slot: str = "",
    hours_old: float = 1,
    ran: bool = True,
    why_not: str | None = None,
    unreadable: str | None = None,
) -> Evidence:
    """Return evidence whose digest follows from what it says; its slot is its kind unless given."""
    text = repr((kind, sorted((measures or {}).items()), tool, slot, hours_old, ran, unreadable))
    return Evidence(
        digest=digest_of(text.encode()),
        slot=slot or str(kind),
        kind=kind,
        format="sample",
        tool=tool,
        taken_at=NOON - timedelta(hours=hours_old),
        measures=measures or {},
        ran=ran,
        why_not=why_not,
        unreadable=unreadable,
    )


def suite(failed: int = 0, passed: int = 10, **more: object) -> Evidence:
    """Return a report of tests."""
    measures: dict[str, Value] = {
        "tests.total": passed + failed,
        "tests.passed": passed,
        "tests.failed": failed,
        "tests.errors": 0,
    }
    return report(Kind.TESTS, measures, **more)  # type: ignore[arg-type]  # keywords are report's own


def waiver(
    *,
    identity: str = "w",
    days: float = 7,
    covers: frozenset[State] = frozenset({State.FAIL}),
    environment: str | None = None,
    given: Mapping[str, str] | None = None,
    **more: str,
) -> Waiver:
    """Return a waiver of rule `r` of gate `g` for the sample subject, granted a day before noon."""
    texts = {
        "gate": "g",
        "rule": "r",
        "component": "shop",
        "owner": "ann",
        "approver": "ben",
        "reason": "a fix is on its way",
        **more,
        **(given or {}),
    }
    return Waiver(
        id=identity,
        gate=texts["gate"],
        rule=texts["rule"],
        component=texts["component"],
        owner=texts["owner"],
        approver=texts["approver"],
        reason=texts["reason"],
        granted_at=NOON - timedelta(days=1),
        expires_at=NOON + timedelta(days=days),
        environment=texts.get("environment", environment),
        covers=covers,
    )
