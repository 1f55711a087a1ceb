"""Parity: two ordered streams of facts side by side, and what became of each field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import NO_TIME, Fact, FactValue, Side
from tidegate.domain.parity_rules import Expect, ParityRule, ParityRules
from tidegate.domain.parity_values import agree
from tidegate.domain.times import write_time

Key: TypeAlias = "tuple[str, str, str]"
"""Component, environment and field: what two facts are joined by."""


class ParityStatus(StrEnum):
    """What became of a field; the left side is what should be, the right one what is."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNDECLARED = "undeclared"
    UNOBSERVED = "unobserved"
    STALE = "stale"


FINDINGS = (
    ParityStatus.MISMATCH,
    ParityStatus.UNOBSERVED,
    ParityStatus.UNDECLARED,
    ParityStatus.STALE,
)
"""Whatever is no match, what is worst first."""


@dataclass(frozen=True, slots=True)
class ParityRow:
    """One field on both sides, and what that comes to; `environment` is "" between two environments."""

    component: str
    environment: str
    field: str
    status: ParityStatus
    left: Fact | None
    right: Fact | None
    rule: ParityRule

    @property
    def key(self) -> Key:
        """What the row is found by."""
        return self.component, self.environment, self.field

    def to_document(self) -> dict[str, Json]:
        """Write the row as reports keep it."""
        return {
            "component": self.component,
            "environment": self.environment or None,
            "field": self.field,
            "status": str(self.status),
            "left": _cell(self.left),
            "right": _cell(self.right),
            "compared": self.rule.comparison,
        }


def _cell(fact: Fact | None) -> Json:
    if fact is None:
        return None
    return {
        "environment": fact.subject.environment or None,
        "value": fact.value,
        "source": fact.source,
        "since": _time(fact.since),
        "seen_at": _time(fact.seen_at),
    }


def _time(moment: datetime) -> Json:
    return None if moment == NO_TIME else write_time(moment)


@dataclass(slots=True)
class ParityCounts:
    """How many fields came to what; `ignored` are those that rules leave out."""

    by_status: Counter[ParityStatus] = field(default_factory=Counter)
    ignored: int = 0
    accepted: int = 0

    @property
    def compared(self) -> int:
        """How many rows there are."""
        return self.by_status.total()

    @property
    def findings(self) -> int:
        """How many rows are no match and not accepted."""
        return self.compared - self.by_status[ParityStatus.MATCH] - self.accepted

    def to_document(self) -> dict[str, int]:
        """Write the counts as reports keep them."""
        known = {str(status): self.by_status[status] for status in ParityStatus}
        return {**known, "ignored": self.ignored, "accepted": self.accepted}

    @classmethod
    def from_document(cls, document: Mapping[str, int]) -> ParityCounts:
        """Read them back."""
        by_status = Counter({status: document[str(status)] for status in ParityStatus})
        return cls(by_status, document["ignored"], document["accepted"])


@dataclass(frozen=True, slots=True)
class Moments:
    """For which moment each side is looked at: what was observed must have been seen shortly before it."""

    left: datetime
    right: datetime


def compare(
    left: Iterable[Fact],
    right: Iterable[Fact],
    rules: ParityRules,
    moments: Moments,
    counts: ParityCounts,
    *,
    across: bool = False,
) -> Iterator[ParityRow]:
    """Go through both sides once and return every row in the order of component, environment and field.

    Neither side is held in memory: both must be in that order, without doubles (`Invalid`). With `across` the
    sides are two environments, and facts of the same component and field are compared. Fields that rules
    leave out are counted and not returned.
    """
    for key, one, other in _joined(_keyed(left, "left", across), _keyed(right, "right", across)):
        fact = one or other
        rule = rules.of(key[2], target=fact is not None and bool(fact.subject.environment))
        status = _status(one, other, rule, moments)
        if status is None:
            counts.ignored += 1
            continue
        counts.by_status[status] += 1
        yield ParityRow(*key, status, one, other, rule)


def _status(left: Fact | None, right: Fact | None, rule: ParityRule, moments: Moments) -> ParityStatus | None:
    if rule.ignore:
        return None
    if left is None:
        return None if rule.expect is Expect.RIGHT else ParityStatus.UNDECLARED
    if right is None:
        return None if rule.expect is Expect.LEFT else ParityStatus.UNOBSERVED
    if _is_stale(left, rule, moments.left) or _is_stale(right, rule, moments.right):
        return ParityStatus.STALE
    same = agree(rule.compare, left.value, right.value, rule.tolerance)
    return ParityStatus.MATCH if same else ParityStatus.MISMATCH


def _is_stale(fact: Fact, rule: ParityRule, at: datetime) -> bool:
    return rule.max_age is not None and fact.side is Side.OBSERVED and at - fact.seen_at > rule.max_age


_Keyed: TypeAlias = "Iterator[tuple[Key, Fact]]"


def _keyed(facts: Iterable[Fact], side: str, across: bool) -> _Keyed:
    """Give each fact its key; raises `Invalid` where the order is broken: what is skipped is never found."""
    before: Key | None = None
    for fact in facts:
        subject = fact.subject
        key = (subject.component, "" if across else subject.environment, fact.field)
        if before is not None and key <= before:
            what = "is there twice" if key == before else f"comes after {'/'.join(before)}"
            raise Invalid(f"The {side} side cannot be compared: {'/'.join(key)} {what}.")
        before = key
        yield key, fact


def _joined(left: _Keyed, right: _Keyed) -> Iterator[tuple[Key, Fact | None, Fact | None]]:
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        if one[0] == other[0]:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)
        elif one[0] < other[0]:
            yield one[0], one[1], None
            one = next(left, None)
        else:
            yield other[0], None, other[1]
            other = next(right, None)
    while one is not None:
        yield one[0], one[1], None
        one = next(left, None)
    while other is not None:
        yield other[0], None, other[1]
        other = next(right, None)


def left_differing(declared: Sequence[Fact], observed: Sequence[Fact], rules: ParityRules) -> list[str]:
    """Return the fields whose sides differed when both were known for the last time, in their order.

    Both sides are of one subject, the newest of each field first. What was never known on both sides at once
    never differed.
    """
    found: list[str] = []
    for field_name in sorted({fact.field for fact in declared}):
        rule = rules.of(field_name, target=bool(declared[0].subject.environment))
        one = [fact for fact in declared if fact.field == field_name]
        other = [fact for fact in observed if fact.field == field_name]
        pair = _last_together(one, other)
        if pair and not rule.ignore and not agree(rule.compare, *pair, rule.tolerance):
            found.append(field_name)
    return found


def _last_together(one: Sequence[Fact], other: Sequence[Fact]) -> tuple[FactValue, FactValue] | None:
    """Return the last two values that held at the same time; both sides are newest first."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        a, b = one[left], other[right]
        if b.until is not None and a.since >= b.until:
            left += 1
        elif a.until is not None and b.since >= a.until:
            right += 1
        else:
            return a.value, b.value
    return None
