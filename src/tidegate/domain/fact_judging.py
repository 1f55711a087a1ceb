"""What a rule's facts are worth at a time: their values, and what is missing, too old or unbelievable."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tidegate.domain.canonical import canonical_json
from tidegate.domain.effective_reports import SKEW
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_names import Aspect
from tidegate.domain.fact_snapshots import FactSnapshot, target_of
from tidegate.domain.fact_types import Scalar, WrongType, require_types
from tidegate.domain.facts import NO_TIME, Fact, Side
from tidegate.domain.gates import Rule, format_duration
from tidegate.domain.states import State
from tidegate.domain.times import write_time

_NO_AGE = timedelta(0)


@dataclass(slots=True)
class ReadFacts:
    """The facts that a rule reads: `values` by the names in its expression, and all that is wrong with them.

    `complete` tells whether the expression can be asked: nothing lacks, and every value is of a fitting type.
    """

    facts: list[Fact] = field(default_factory=list)
    values: dict[str, Scalar] = field(default_factory=dict)
    reasons: dict[State, list[str]] = field(default_factory=dict)
    changes: dict[State, str] = field(default_factory=dict)
    complete: bool = True

    def add(self, state: State, reason: str, change: str) -> None:
        """Note a state with its reason and what would mend it."""
        self.reasons.setdefault(state, []).append(reason)
        known = self.changes.get(state)
        if known is None or change not in known.split("; "):
            self.changes[state] = change if known is None else f"{known}; {change}"


def read_facts(rule: Rule, snapshot: FactSnapshot, at: datetime, subject: Subject) -> ReadFacts:
    """Look up what a rule reads of what is known of a verdict's target."""
    read = ReadFacts()
    target = target_of(subject)
    if target is None:
        return _nowhere(rule, read)
    lacking: dict[Side, dict[str, None]] = {}
    for name in rule.expression.facts:
        fact = snapshot.get(name.side, name.field)
        if fact is None:
            lacking.setdefault(name.side, {})[name.field] = None
            continue
        if fact not in read.facts:
            read.facts.append(fact)
            _doubt(fact, rule.fact_age, at, subject, read)
        if name.aspect is Aspect.SINCE and fact.since == NO_TIME:
            reason = f"Since when {name.field} of {target} is so, is not told."
            read.add(State.MISSING, reason, f"tell since when {name.field} is so")
            continue
        read.values[name.text] = _value(name.aspect, fact, at)
    for side, fields in sorted(lacking.items()):
        _missing(side, tuple(fields), snapshot, subject, read)
    read.complete = State.MISSING not in read.reasons
    return read


def _nowhere(rule: Rule, read: ReadFacts) -> ReadFacts:
    for name in rule.expression.facts[:1]:
        reason = f"{name.text} is a fact of an environment, and none is named."
        read.add(State.MISSING, reason, "name the environment, as with --environment")
        read.complete = False
    return read


def require_fitting(rule: Rule, values: Mapping[str, Scalar], read: ReadFacts) -> None:
    """Note an error where a value, of a measure or a fact, is of another type than the rule takes it for."""
    if not rule.expression.facts or not read.complete:
        return
    try:
        require_types(rule.expression.tree, {**values, **read.values})
    except WrongType as error:
        listed = "; ".join(describe(fact) for fact in read.facts)
        read.add(State.ERROR, f"{error}. Known: {listed}.", "tell the fact, or write the rule, in that type")
        read.complete = False


def describe(fact: Fact) -> str:
    """Write a fact with its source and time, such as `version "2.0" observed at … by prober`."""
    when = "at a time that is not told" if fact.seen_at == NO_TIME else f"at {write_time(fact.seen_at)}"
    return f"{fact.field} {shown(fact.value)} {fact.side} {when} by {fact.source}"


def shown(value: Scalar) -> str:
    """Write a value as JSON does; durations and moments as gates do."""
    if isinstance(value, timedelta):
        return in_words(value)
    return write_time(value) if isinstance(value, datetime) else canonical_json(value).decode()


def in_words(span: timedelta) -> str:
    """Write a duration as CEL does, such as `26h30m`; from an hour on to the minute, rounded down."""
    seconds = int(span.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours}h{minutes}m" if minutes else f"{hours}h"
    return (
        f"{minutes}m{seconds % 60}s"
        if minutes and seconds % 60
        else f"{minutes}m" if minutes else f"{seconds}s"
    )


def _value(aspect: Aspect, fact: Fact, at: datetime) -> Scalar:
    if aspect is Aspect.AGE:
        return max(at - fact.seen_at, _NO_AGE)
    return fact.since if aspect is Aspect.SINCE else fact.value


def _missing(
    side: Side, fields: Sequence[str], snapshot: FactSnapshot, subject: Subject, read: ReadFacts
) -> None:
    there = Side.DECLARED if side is Side.OBSERVED else Side.OBSERVED
    for field_name in fields:
        other = snapshot.get(there, field_name)
        apart = "" if other is None else f"; it is only {there}, as {shown(other.value)} by {other.source}"
        reason = f"{field_name} of {target_of(subject)} is not {side}{apart}."
        read.add(State.MISSING, reason, _command(side, fields, subject))


def _doubt(fact: Fact, max_age: timedelta | None, at: datetime, subject: Subject, read: ReadFacts) -> None:
    if max(fact.since, fact.seen_at) > at + SKEW:
        reason = f"{describe(fact)} is dated later than now."
        read.add(State.ERROR, reason, f"correct the clock of {fact.source}, and tell {fact.field} again")
    if fact.side is Side.OBSERVED and max_age is not None and at - fact.seen_at > max_age:
        reason = f"{describe(fact)} was not seen since; {format_duration(max_age)} is allowed."
        read.add(State.STALE, reason, _command(fact.side, (fact.field,), subject, again=" again"))


def _command(side: Side, fields: Sequence[str], subject: Subject, again: str = "") -> str:
    verb = "observe" if side is Side.OBSERVED else "declare"
    where = (
        f"--component {shlex.quote(subject.component)} --environment {shlex.quote(subject.environment or '')}"
    )
    probe = ", or let a probe's contract read it" if side is Side.OBSERVED else ""
    listed = " ".join(f"{one}=VALUE" for one in fields)
    return f"{verb} {', '.join(fields)}{again}: tidegate fact {verb} {where} {listed}{probe}"
