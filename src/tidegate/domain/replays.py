"""All that a verdict was made of, as a document, so that it can be made again, byte for byte."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from tidegate.domain.canonical import Json, canonical_json, clean
from tidegate.domain.coverage_joins import Joins, joins_from_document, joins_to_document
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import restore
from tidegate.domain.gates import Gate
from tidegate.domain.measures import BY_NAME, Kind, Value
from tidegate.domain.times import read_time, write_time
from tidegate.domain.verdicts import ENGINE, Verdict, judge, subject_document
from tidegate.domain.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a verdict is made of; equal inputs are equal bytes, whatever order they were gathered in."""

    gate: Gate
    evidence: tuple[Evidence, ...]
    waivers: tuple[Waiver, ...]
    at: datetime
    subject: Subject
    joins: Joins = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        gate: Gate,
        evidence: Iterable[Evidence],
        waivers: Iterable[Waiver],
        at: datetime,
        subject: Subject,
        joins: Joins = MappingProxyType({}),
    ) -> Inputs:
        """Gather the inputs and put them in order; only waivers that may concern the verdict stay.

        `joins` is what `join_for` makes of the coverage of several reports: kept, since a replay has neither
        the reports nor their lines.
        """
        facts = sorted(evidence, key=lambda item: canonical_json(evidence_document(item)))
        rules = {rule.id for rule in gate.rules}
        concerning = [w for w in waivers if any(w.concerns(gate.name, rule, subject) for rule in rules)]
        ordered = sorted(concerning, key=lambda item: canonical_json(item.to_document()))
        return cls(gate, tuple(facts), tuple(ordered), at, subject, joins)

    def judge(self) -> Verdict:
        """Make the verdict."""
        return judge(self.gate, self.evidence, self.waivers, self.at, self.subject, self.joins)

    def to_document(self) -> dict[str, Json]:
        """Return the inputs as plain values."""
        return {
            "engine": ENGINE,
            "gate": self.gate.to_document(),
            "evidence": [evidence_document(item) for item in self.evidence],
            "waivers": [waiver.to_document() for waiver in self.waivers],
            "at": write_time(self.at),
            "subject": subject_document(self.subject),
            "joins": joins_to_document(self.joins),
        }

    def canonical(self) -> bytes:
        """Return the bytes that are kept beside the verdict."""
        return canonical_json(self.to_document())

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> Inputs:
        """Read what `to_document` wrote.

        Raises `Invalid` where something is missing or of the wrong type, or another engine made it.
        """
        engine = document.get("engine")
        if engine != ENGINE:
            raise Invalid(
                f"The verdict was made by engine {engine!r}; this is engine {ENGINE!r}. "
                "Replay it with the version of Tidegate that made it."
            )
        try:
            return cls.of(
                restore(_mapping(document["gate"])),
                [_evidence(_mapping(item)) for item in _list(document["evidence"])],
                [Waiver.from_document(_mapping(item)) for item in _list(document["waivers"])],
                read_time(str(document["at"])),
                _subject(_mapping(document["subject"])),
                joins_from_document([_mapping(item) for item in _list(document["joins"])]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"This is not a record of a verdict's inputs: {error}.") from None


def replay(document: Mapping[str, object]) -> Verdict:
    """Make a verdict again from the record of its inputs; raises `Invalid`."""
    return Inputs.from_document(document).judge()


def evidence_document(evidence: Evidence) -> dict[str, Json]:
    """Return evidence as plain values.

    A value that JSON cannot hold exactly is written as a text, and read as a value that no measure may have.
    """
    return {
        "digest": evidence.digest,
        "slot": clean(evidence.slot),
        "kind": None if evidence.kind is None else str(evidence.kind),
        "format": evidence.format,
        "tool": clean(evidence.tool),
        "taken_at": write_time(evidence.taken_at),
        "measures": {name: _exact(name, value) for name, value in evidence.measures.items()},
        "ran": evidence.ran,
        "why_not": None if evidence.why_not is None else clean(evidence.why_not),
        "unreadable": None if evidence.unreadable is None else clean(evidence.unreadable),
    }


def _exact(name: str, value: Value) -> Json:
    measure = BY_NAME.get(name)
    if isinstance(value, float) and (
        measure is None or measure.type is not float or not math.isfinite(value)
    ):
        return repr(value)  # canonical JSON writes 3.0 as 3, which would be read as a whole number
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    return value


def _evidence(document: Mapping[str, object]) -> Evidence:
    kind = document["kind"]
    ran = document["ran"]
    if not isinstance(ran, bool):
        raise TypeError("ran must be true or false")
    return Evidence(
        digest=str(document["digest"]),
        slot=str(document["slot"]),
        kind=None if kind is None else Kind(str(kind)),
        format=str(document["format"]),
        tool=str(document["tool"]),
        taken_at=read_time(str(document["taken_at"])),
        measures={name: _value(name, value) for name, value in _mapping(document["measures"]).items()},
        ran=ran,
        why_not=_optional(document["why_not"]),
        unreadable=_optional(document["unreadable"]),
    )


def _value(name: str, value: object) -> Value:
    if isinstance(value, str):
        return float(value) if not value.lstrip("-").isdigit() else int(value)
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"{name} must be a number or a truth value")
    measure = BY_NAME.get(name)
    if measure is not None and measure.type is float and type(value) is int:
        return float(value)  # canonical JSON writes 12.0 as 12
    return value


def _subject(document: Mapping[str, object]) -> Subject:
    return Subject(str(document["component"]), str(document["revision"]), _optional(document["environment"]))


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("a mapping was expected")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value
