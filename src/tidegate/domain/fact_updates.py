"""What telling facts does to those that hold: some begin, end or are confirmed, others come too late."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tidegate.domain.errors import Conflict
from tidegate.domain.facts import (
    PROBE_SOURCE,
    Fact,
    FactChange,
    FactSubject,
    FactValue,
    FieldName,
    Side,
    Statement,
)
from tidegate.domain.gates import DEFAULT_FACT_AGE
from tidegate.domain.probing import PROBED_FIELDS

SEEN_STEP = timedelta(seconds=30)
"""How far a confirmation must be from the one before to be written: probes confirm every minute."""

Known = Mapping[tuple[FactSubject, FieldName], Fact]


class FactEdit(NamedTuple):
    """A change of a field that was decided on what held then (`before`): None stands for no value.

    A tuple, since a workbook may come to a million of them.
    """

    component: str
    environment: str
    field: FieldName
    before: FactValue | None
    after: FactValue | None


@dataclass(slots=True)
class FactUpdate:
    """The writes that telling facts comes to, in the order in which they were told."""

    begun: list[Fact] = field(default_factory=list)
    ended: list[Fact] = field(default_factory=list)
    confirmed: list[Fact] = field(default_factory=list)
    changes: list[FactChange] = field(default_factory=list)
    too_late: list[Statement] = field(default_factory=list)
    """Statements older than what is known: they change nothing."""


def leave_to_probes(known: Iterable[Fact], fields: Collection[FieldName], now: datetime) -> None:
    """Raise `Conflict` for fields that probes observe; what none has seen for a day is anybody's again.

    Who may report facts is often the pipeline that wants to ship: it does not outvote what looked at the
    target, nor does it tell what a probe did not find.
    """
    probed = [fact for fact in known if fact.source == PROBE_SOURCE and now - fact.seen_at < DEFAULT_FACT_AGE]
    if not probed:
        return
    subject = probed[0].subject
    taken = sorted({*PROBED_FIELDS, *(fact.field for fact in probed)}.intersection(fields))
    if taken:
        them = "it" if len(taken) == 1 else "them"
        raise Conflict(
            f"Probes observe {', '.join(taken)} of {subject}, and only who may describe the target"
            f" (`target.describe`) may say otherwise. Leave {them} out, or have the target probed now:"
            f" tidegate probe {subject.component} {subject.environment}"
        )


def update_facts(
    known: Known, statements: Iterable[Statement], *, side: Side, source: str, at: datetime
) -> FactUpdate:
    """Compare what is told as of `at` with what holds; of a field told twice the last value counts."""
    update = FactUpdate()
    last = {(one.subject, one.field): one for one in statements}
    for key, statement in last.items():
        before = known.get(key)
        if before is None:
            _begin(update, statement, side, source, at)
        elif at < before.seen_at:
            update.too_late.append(statement)
        elif same_value(before.value, statement.value):
            if before.source != source or at - before.seen_at >= SEEN_STEP:
                update.confirmed.append(before)
        elif at == before.since:
            update.too_late.append(statement)
        else:
            update.ended.append(before)
            _begin(update, statement, side, source, at, before.value)
    return update


def too_late(fact: Fact, ended: Fact | None) -> bool:
    """Tell whether a fact that would begin is of a time for which its field's history is written already.

    `ended` is the last value that the field has had, None for none: what was withdrawn is not said again by
    a report of before.
    """
    if ended is None or ended.until is None:
        return False
    return fact.since < ended.until or fact.since <= ended.since


def withdraw_facts(facts: Iterable[Fact]) -> FactUpdate:
    """Say that facts hold no longer, and nothing in their place."""
    update = FactUpdate()
    for fact in facts:
        update.ended.append(fact)
        update.changes.append(FactChange(fact.subject, fact.field, fact.value, None))
    return update


def same_value(one: FactValue, other: FactValue) -> bool:
    """Tell whether two values are the same; true and 1 are not."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _begin(
    update: FactUpdate,
    statement: Statement,
    side: Side,
    source: str,
    at: datetime,
    before: FactValue | None = None,
) -> None:
    update.begun.append(
        Fact(statement.subject, side, statement.field, statement.value, source, since=at, seen_at=at)
    )
    update.changes.append(FactChange(statement.subject, statement.field, before, statement.value))
