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
from tidegate.domain.evidence import Evidence, Subject, ToolRun
from tidegate.domain.fact_snapshots import NO_FACTS, FactSnapshot, facts_asked, restore_facts
from tidegate.domain.facts import Fact
from tidegate.domain.gate_documents import restore
from tidegate.domain.gates import Gate
from tidegate.domain.judging import judge
from tidegate.domain.measures import BY_NAME, Kind, Value
from tidegate.domain.times import read_time, write_time
from tidegate.domain.verdicts import ENGINE, Verdict, subject_document
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
    facts: FactSnapshot = NO_FACTS

    @classmethod
    def of(
        cls,
        gate: Gate,
        evidence: Iterable[Evidence],
        waivers: Iterable[Waiver],
        at: datetime,
        subject: Subject,
        joins: Joins = MappingProxyType({}),
        facts: Iterable[Fact] = (),
    ) -> Inputs:
        """Gather the inputs and put them in order; only waivers and facts that may concern the verdict stay.

        `joins` is what `join_for` makes of the coverage of several reports: kept, since a replay has neither
        the reports nor their lines.
        """
        reports = sorted(evidence, key=lambda item: canonical_json(evidence_document(item)))
        rules = {rule.id for rule in gate.rules}
        concerning = [w for w in waivers if any(w.concerns(gate.name, rule, subject) for rule in rules)]
        ordered = sorted(concerning, key=lambda item: canonical_json(item.to_document()))
        snapshot = FactSnapshot.of(gate, facts, at, subject)
        return cls(gate, tuple(reports), tuple(ordered), at, subject, joins, snapshot)

    def judge(self) -> Verdict:
        """Make the verdict."""
        return judge(self.gate, self.evidence, self.waivers, self.at, self.subject, self.joins, self.facts)

    def to_document(self) -> dict[str, Json]:
        """Return the inputs as plain values; facts are left out where no rule can read any."""
        document: dict[str, Json] = {
            "engine": ENGINE,
            "gate": self.gate.to_document(),
            "evidence": [evidence_document(item) for item in self.evidence],
            "waivers": [waiver.to_document() for waiver in self.waivers],
            "at": write_time(self.at),
            "subject": subject_document(self.subject),
            "joins": joins_to_document(self.joins),
        }
        if facts_asked(self.gate):
            document["facts"] = self.facts.to_document()
        return document

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
            subject = _subject(_mapping(document["subject"]))
            return cls.of(
                restore(_mapping(document["gate"])),
                [_evidence(_mapping(item)) for item in _list(document["evidence"])],
                [Waiver.from_document(_mapping(item)) for item in _list(document["waivers"])],
                read_time(str(document["at"])),
                subject,
                joins_from_document([_mapping(item) for item in _list(document["joins"])]),
                restore_facts(map(_mapping, _list(document.get("facts", []))), subject),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"This is not a record of a verdict's inputs: {error}.") from None


def replay(document: Mapping[str, object]) -> Verdict:
    """Recompute a verdict from the record of its inputs; raises `Invalid`."""
    return Inputs.from_document(document).judge()


def evidence_document(evidence: Evidence) -> dict[str, Json]:
    """Return evidence as plain values.

    A value that JSON cannot hold exactly is written as a text, and read as a value that no measure may have.
    """
    document: dict[str, Json] = {
        "digest": evidence.digest,
        "slot": clean(evidence.slot),
        "kind": None if evidence.kind is None else str(evidence.kind),
        "format": evidence.format,
        "tool": clean(evidence.tool),
        "taken_at": write_time(evidence.taken_at),
        "measures": _measures(evidence.measures),
        "ran": evidence.ran,
        "why_not": None if evidence.why_not is None else clean(evidence.why_not),
        "unreadable": None if evidence.unreadable is None else clean(evidence.unreadable),
    }
    # Few reports say these of themselves; left out where they do not, the record stays small.
    if evidence.made_at is not None:
        document["made_at"] = write_time(evidence.made_at)
    if evidence.commits:
        document["commits"] = [clean(each) for each in evidence.commits]
    if evidence.runs:
        document["runs"] = runs_document(evidence.runs)
    return document


def runs_document(runs: Iterable[ToolRun]) -> list[Json]:
    """Return the parts of a report that several tools share as plain values."""
    return [
        {
            "kind": str(run.kind),
            "tool": clean(run.tool),
            "measures": _measures(run.measures),
            "ran": run.ran,
            "why_not": None if run.why_not is None else clean(run.why_not),
            "commits": [clean(each) for each in run.commits],
        }
        for run in runs
    ]


def restore_runs(documents: object) -> tuple[ToolRun, ...]:
    """Read what `runs_document` wrote; raises `KeyError`, `TypeError` or `ValueError`."""
    return tuple(_run(_mapping(each)) for each in _list(documents))


def _run(document: Mapping[str, object]) -> ToolRun:
    return ToolRun(
        kind=Kind(str(document["kind"])),
        tool=str(document["tool"]),
        measures={name: _value(name, value) for name, value in _mapping(document["measures"]).items()},
        ran=_truth(document["ran"]),
        why_not=_optional(document["why_not"]),
        commits=tuple(str(each) for each in _list(document["commits"])),
    )


def _measures(measures: Mapping[str, Value]) -> dict[str, Json]:
    return {name: _exact(name, value) for name, value in measures.items()}


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
    made_at = document.get("made_at")
    return Evidence(
        digest=str(document["digest"]),
        slot=str(document["slot"]),
        kind=None if kind is None else Kind(str(kind)),
        format=str(document["format"]),
        tool=str(document["tool"]),
        taken_at=read_time(str(document["taken_at"])),
        measures={name: _value(name, value) for name, value in _mapping(document["measures"]).items()},
        ran=_truth(document["ran"]),
        why_not=_optional(document["why_not"]),
        unreadable=_optional(document["unreadable"]),
        made_at=None if made_at is None else read_time(str(made_at)),
        commits=tuple(str(each) for each in _list(document.get("commits", []))),
        runs=restore_runs(document.get("runs", [])),
    )


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("ran must be true or false")
    return value


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
