"""Facts: what was declared or observed of a component or of a target, by whom and when."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from tidegate.domain.canonical import clean
from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Invalid

FieldName: TypeAlias = str
FactValue: TypeAlias = "str | int | float | bool"

FIELD_PATTERN = r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*"
LONGEST_FIELD = 100
LONGEST_VALUE = 1000
"""Characters of a text that is a fact's value."""
_FIELD = re.compile(FIELD_PATTERN)
_CONTROL = re.compile(r"[\x00-\x1f]")
LARGEST_NUMBER = 2**53 - 1
"""The largest number that is a fact's value, and below zero the smallest."""
PROBE_SOURCE = "probe"
"""The source of what probes observe; who is told apart by a token or a name has another one."""
NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that a file does not tell: by any rule that asks for an age, it is too long ago."""


class Side(StrEnum):
    """Whether a fact says what should be or what is."""

    DECLARED = "declared"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True, order=True)
class FactSubject:
    """What a fact is about: a target (a component in an environment), or a component wherever it runs.

    `environment` is "" for a component as such, so that subjects have an order.
    """

    component: str
    environment: str = ""

    def __str__(self) -> str:
        """Write it as people read it: `harbour/production`, or `harbour`."""
        return f"{self.component}/{self.environment}" if self.environment else self.component

    @classmethod
    def parse(cls, text: str) -> FactSubject:
        """Read `COMPONENT` or `COMPONENT/ENVIRONMENT`; raises `Invalid`."""
        component, slash, environment = text.partition("/")
        checked_name("component", component)
        if slash:
            checked_name("environment", environment)
        return cls(component, environment)


@dataclass(frozen=True, slots=True)
class Statement:
    """One value that somebody gives for a field of a subject."""

    subject: FactSubject
    field: FieldName
    value: FactValue


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its source.

    It holds since `since` and was last confirmed at `seen_at`; `until` is when another value, or none, took
    its place, None for what holds now.
    """

    subject: FactSubject
    side: Side
    field: FieldName
    value: FactValue
    source: str
    since: datetime
    seen_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FactChange:
    """What became of a field: None stands for no value."""

    subject: FactSubject
    field: FieldName
    before: FactValue | None
    after: FactValue | None


def checked_field(name: str) -> FieldName:
    """Return a field's name; raises `Invalid` for one that no rule could name."""
    if len(name) > LONGEST_FIELD or not _FIELD.fullmatch(name):
        raise Invalid(
            f"{clean(name)[:200]!r} cannot name a field: use lower-case letters, digits, '_' and '-' in "
            f"parts that are joined by dots, such as health.state, at most {LONGEST_FIELD} characters.",
            (("field", "not a field's name"),),
        )
    return name


def checked_value(field: FieldName, value: object) -> FactValue:
    """Return a fact's value; raises `Invalid` for what is no text, number or truth value, or too long."""
    if isinstance(value, str):
        if len(value) > LONGEST_VALUE:
            raise _not_a_value(field, f"it has {len(value):,} characters, {LONGEST_VALUE:,} are kept")
        if _CONTROL.search(value):
            raise _not_a_value(field, "it holds a control character")
        return clean(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_NUMBER:
        return value
    # A larger one has no fraction: JSON shows it as a whole number, and that is too large when it is read.
    if isinstance(value, float) and math.isfinite(value) and abs(value) <= LARGEST_NUMBER:
        return int(value) if value.is_integer() else value
    raise _not_a_value(field, "a fact is a text, a number that JSON holds exactly, true or false")


def _not_a_value(field: FieldName, why: str) -> Invalid:
    return Invalid(f"The value of {field} cannot be kept: {why}.", ((f"/facts/{field}", why),))


def checked_statements(subject: FactSubject, values: Mapping[str, object]) -> tuple[Statement, ...]:
    """Return what is said of a subject; raises `Invalid` that names every fault."""
    problems: list[tuple[str, str]] = []
    statements: list[Statement] = []
    for field, value in values.items():
        try:
            statements.append(Statement(subject, checked_field(field), checked_value(field, value)))
        except Invalid as error:
            problems.append((f"/facts/{_step(field)}", str(error)))
    if problems:
        listed = " ".join(text for _, text in problems[:5])
        raise Invalid(f"{len(problems)} of {len(values)} facts cannot be kept. {listed}", tuple(problems))
    return tuple(statements)


def _step(field: str) -> str:
    """Write what may be any text as a step of a JSON pointer."""
    return clean(field)[:LONGEST_FIELD].replace("~", "~0").replace("/", "~1")
