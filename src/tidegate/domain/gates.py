"""Gates and rules: what must hold of a revision's evidence; a version is named by its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from tidegate.domain.canonical import Json, canonical_json, digest_of
from tidegate.domain.evidence import Evidence
from tidegate.domain.expressions import MAX_COMBINED_LENGTH, Expression, compile_expression
from tidegate.domain.fact_names import FACTS, Aspect
from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NAME_RULE = (
    "up to 64 lower-case letters, digits, dots, hyphens and underscores, starting with a letter or digit"
)

_DURATION = re.compile(r"([1-9]\d{0,5})([smhdw])")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}

MAX_TOOL, MAX_BUILDER = 64, 200
"""Characters of a tool's name, and of a builder's id, which is a URI."""

ANALYSED = frozenset({Kind.LINT, Kind.TYPES, Kind.SAST, Kind.SECRETS, Kind.DEPENDENCIES})
"""What a tool may be looking for of which nobody said so; a need may name it under each of these kinds."""


DEFAULT_FACT_AGE = timedelta(hours=24)
"""How old an observed value may be where a rule does not say it: last week tells nothing of now.

Verdicts are judged again from their records, which do not repeat it: another value would change old ones.
"""

_OBSERVED = frozenset({Aspect.OBSERVED, Aspect.SINCE})


class On(StrEnum):
    """What a rule that does not pass does to its gate."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """Evidence that a rule asks for: a kind, or what one tool says of it (`lint/flake8`)."""

    kind: Kind
    tool: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.tool}" if self.tool else str(self.kind)

    def met_by(self, evidence: Evidence) -> bool:
        """Tell whether a report is what the need asks for.

        A report that cannot be read might be any tool's unless it says whose it is, and one of which not even
        the kind is known might be anything: both are taken for what is needed, so that they block.
        """
        if evidence.kind is None:
            return True
        if evidence.kind is Kind.ANALYSIS and self.kind in ANALYSED:
            return self._met_by_analysis(evidence)
        if evidence.kind is not self.kind:
            return False
        if not self.tool or (evidence.unreadable is not None and not evidence.tool):
            return True
        if self.kind is Kind.PROVENANCE:
            return evidence.tool == self.tool  # a URI: who differs by a letter is another builder
        return canonical_tool(evidence.tool) == canonical_tool(self.tool)

    def satisfied_by(self, evidence: Evidence) -> bool:
        """Tell whether a report is enough for the need, not only something to be heard with it.

        What a tool found of which nobody knows what it looks for counts against `sast`; that it found nothing
        is no evidence of security, unless the need names the tool.
        """
        if evidence.kind is None:
            return False
        return self.met_by(evidence) and (bool(self.tool) or evidence.kind is self.kind)

    def _met_by_analysis(self, evidence: Evidence) -> bool:
        if evidence.unreadable is not None:
            return True
        if not self.tool:
            return self.kind is Kind.SAST
        return canonical_tool(evidence.tool) == canonical_tool(self.tool)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold: an expression, the evidence it speaks of, and how fresh that must be.

    `needs` is sorted; it is empty only where the expression reads facts alone. `max_age` of None lets
    evidence of any age count; observed facts are never older than `fact_age`. Raises `InvalidExpression`
    where `that` cannot be compiled.
    """

    id: str
    title: str
    that: str
    needs: tuple[Need, ...]
    max_age: timedelta | None = None
    on: On = On.BLOCK
    expression: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "that", tidy(self.that))
        object.__setattr__(self, "needs", tuple(sorted(set(self.needs))))
        object.__setattr__(self, "expression", compile_expression(self.that, MAX_COMBINED_LENGTH))

    @property
    def fact_age(self) -> timedelta | None:
        """Return how long ago an observed fact may have been seen; None where ages alone are read."""
        if self.max_age is None and any(name.aspect in _OBSERVED for name in self.expression.facts):
            return DEFAULT_FACT_AGE
        return self.max_age

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Return what the rule needs as its document writes it; facts, where it reads some, last."""
        return (*map(str, self.needs), *([FACTS] if self.expression.facts else ()))

    def to_document(self) -> dict[str, Json]:
        """Return the rule as it stands in the gate's canonical form."""
        return {
            "id": self.id,
            "title": self.title,
            "that": self.that,
            "needs": list(self.asked_for),
            "max_age": None if self.max_age is None else format_duration(self.max_age),
            "on": str(self.on),
        }


@dataclass(frozen=True, slots=True)
class Gate:
    """A named set of rules that are complete: those of its floor are among them.

    `floor` is the digest of the gate that it extends. `digest` names this version; it is computed from the
    canonical form, so formatting, comments and the order of keys do not matter, and the order of rules does.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    floor: str | None = None
    digest: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.canonical()))

    def to_document(self) -> dict[str, Json]:
        """Return the canonical form as plain values; `gate_documents.restore` reads it again."""
        return {
            "name": self.name,
            "title": self.title,
            "floor": self.floor,
            "rules": [rule.to_document() for rule in self.rules],
        }

    def canonical(self) -> bytes:
        """Return the bytes whose digest names this version."""
        return canonical_json(self.to_document())


def tidy(that: str) -> str:
    """Write an expression's white space in one way, where it cannot be part of a text or end a comment."""
    return that.strip() if any(sign in that for sign in "'\"#/") else " ".join(that.split())


def parse_duration(text: str) -> timedelta | None:
    """Read `90s`, `30m`, `24h`, `7d` or `2w`; None for anything else."""
    found = _DURATION.fullmatch(text.strip())
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else None


def format_duration(duration: timedelta) -> str:
    """Write a duration of whole seconds in the largest unit that divides it."""
    seconds = int(duration.total_seconds())
    unit, size = next((unit, size) for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"
