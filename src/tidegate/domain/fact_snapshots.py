"""The facts that a verdict rests on: exactly those that its rules read, as they were when it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from tidegate.domain.canonical import Json, canonical_json, clean, digest_of
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.facts import Fact, FactSubject, FieldName, Side, checked_field, checked_value
from tidegate.domain.gates import Gate
from tidegate.domain.times import read_time, write_time

FactKey: TypeAlias = "tuple[Side, FieldName]"


@dataclass(frozen=True, slots=True)
class FactSnapshot:
    """Facts of one target in the order of sides and fields; each side of a field is there once at most."""

    facts: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, gate: Gate, facts: Iterable[Fact], at: datetime, subject: Subject) -> FactSnapshot:
        """Take those that the gate's rules read, of what holds of the subject at a time.

        Facts of another component or environment are left out, and those that hold no longer. Raises
        `Invalid` where one is told twice, or has a value that none can have.
        """
        target, asked = target_of(subject), facts_asked(gate)
        taken: dict[FactKey, Fact] = {}
        for fact in facts:
            key = (fact.side, fact.field)
            if fact.subject != target or key not in asked or (fact.until is not None and fact.until <= at):
                continue
            if key in taken:
                raise Invalid(
                    f"{fact.field} of {target} is {fact.side} twice: by {taken[key].source} and by "
                    f"{fact.source}. Leave one of them out.",
                    ((fact.field, "told twice"),),
                )
            value = checked_value(fact.field, fact.value)
            taken[key] = replace(fact, value=value, source=clean(fact.source), until=None)
        return cls(tuple(taken[key] for key in sorted(taken)))

    def get(self, side: Side, field: FieldName) -> Fact | None:
        """Return one side of a field; None where nothing is known of it."""
        return next((fact for fact in self.facts if (fact.side, fact.field) == (side, field)), None)

    def to_document(self) -> list[Json]:
        """Return the facts as plain values; whose they are, the verdict's subject says."""
        return [fact_document(fact) for fact in self.facts]

    @property
    def digest(self) -> str:
        """Name the snapshot by its canonical bytes."""
        return digest_of(canonical_json(self.to_document()))


NO_FACTS = FactSnapshot()


def target_of(subject: Subject) -> FactSubject | None:
    """Return what a verdict's facts are about; None where no environment is named."""
    return None if not subject.environment else FactSubject(subject.component, subject.environment)


def facts_asked(gate: Gate) -> frozenset[FactKey]:
    """Return the sides of fields that a gate's rules read."""
    return frozenset((name.side, name.field) for rule in gate.rules for name in rule.expression.facts)


def fact_document(fact: Fact) -> dict[str, Json]:
    """Return a fact as plain values."""
    return {
        "field": fact.field,
        "side": str(fact.side),
        "value": fact.value,
        "source": fact.source,
        "since": write_time(fact.since),
        "seen_at": write_time(fact.seen_at),
    }


def restore_facts(documents: Iterable[Mapping[str, object]], subject: Subject) -> tuple[Fact, ...]:
    """Read what `to_document` wrote; raises `KeyError`, `ValueError` or `Invalid`."""
    target = target_of(subject)
    if target is None:
        return ()
    return tuple(
        Fact(
            subject=target,
            side=Side(str(one["side"])),
            field=checked_field(str(one["field"])),
            value=checked_value(str(one["field"]), one["value"]),
            source=str(one["source"]),
            since=read_time(str(one["since"])),
            seen_at=read_time(str(one["seen_at"])),
        )
        for one in documents
    )
