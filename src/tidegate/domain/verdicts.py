"""What a gate said of a subject: the verdict, rule by rule, as it is stored, compared and signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.canonical import Json, canonical_json, clean, digest_of
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_snapshots import fact_document
from tidegate.domain.facts import Fact
from tidegate.domain.gates import On
from tidegate.domain.measures import Value
from tidegate.domain.states import State
from tidegate.domain.times import write_time

ENGINE = "4"
"""Version of how verdicts are made; it changes with every change that could alter a verdict's bytes."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule found.

    `state` is the worst of `found`. `measured` holds the measures that the expression uses, as far as they
    are known. `evidence` are the digests of the reports that it speaks of. `waiver` excuses every state in
    `found`; the rule's state stays what it is. `change` is the smallest change that would make it pass.
    `warnings` say by what a number may be worse than the truth; they are part of `reason` too. `facts` are
    those that the expression reads, as far as they are known; None where it reads none.
    """

    rule: str
    title: str
    on: On
    state: State
    found: tuple[State, ...]
    asked: str
    account: str
    measured: Mapping[str, Value]
    evidence: tuple[str, ...]
    waiver: str | None
    expired_waivers: tuple[str, ...]
    reason: str
    change: str | None
    warnings: tuple[str, ...] = ()
    facts: tuple[Fact, ...] | None = None

    @property
    def blocks(self) -> bool:
        """Tell whether this rule alone keeps its gate closed."""
        return self.on is On.BLOCK and self.state is not State.PASS and self.waiver is None

    def to_document(self) -> dict[str, Json]:
        """Return the rule's part of the verdict as plain values."""
        document: dict[str, Json] = {
            "rule": self.rule,
            "title": self.title,
            "on": str(self.on),
            "state": str(self.state),
            "found": [str(state) for state in self.found],
            "blocks": self.blocks,
            "asked": self.asked,
            "account": self.account,
            "measured": dict(self.measured),
            "evidence": list(self.evidence),
            "waiver": self.waiver,
            "expired_waivers": list(self.expired_waivers),
            "reason": self.reason,
            "change": self.change,
            "warnings": list(self.warnings),
        }
        # Left out where a rule reads none: such a verdict is the same bytes as before rules could.
        if self.facts is not None:
            document["facts"] = [fact_document(fact) for fact in self.facts]
        return document


@dataclass(frozen=True, slots=True)
class ReportFault:
    """Why one report cannot be counted on: the cause is said here, once, and not under each rule.

    `state` is `unreadable` or `error`; `slot` is where the report was submitted, often its path.
    """

    report: str
    slot: str
    state: State
    reason: str

    def to_document(self) -> dict[str, Json]:
        """Return the fault as plain values."""
        return {
            "report": self.report,
            "slot": clean(self.slot),
            "state": str(self.state),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate said of a subject at a time; never edited.

    `faults` are those of the reports that any of its rules speaks of, in the order of their digests.
    `facts_digest` names the snapshot of the facts that its rules read; None where none of them reads any.
    """

    gate: str
    gate_digest: str
    subject: Subject
    at: datetime
    state: State
    rules: tuple[RuleVerdict, ...]
    faults: tuple[ReportFault, ...] = ()
    engine: str = ENGINE
    facts_digest: str | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the release may ship."""
        return self.state is State.PASS

    def to_document(self) -> dict[str, Json]:
        """Return the verdict as plain values, equal for equal inputs."""
        document: dict[str, Json] = {
            "engine": self.engine,
            "gate": {"name": self.gate, "digest": self.gate_digest},
            "subject": subject_document(self.subject),
            "at": write_time(self.at),
            "state": str(self.state),
            "faults": [fault.to_document() for fault in self.faults],
            "rules": [rule.to_document() for rule in self.rules],
        }
        if self.facts_digest is not None:
            document["facts_digest"] = self.facts_digest
        return document

    def canonical(self) -> bytes:
        """Return the bytes that are stored, compared and signed."""
        return canonical_json(self.to_document())

    @property
    def digest(self) -> str:
        """Name the verdict by its canonical bytes."""
        return digest_of(self.canonical())


def subject_document(subject: Subject) -> dict[str, Json]:
    """Return a subject as plain values."""
    return {
        "component": subject.component,
        "revision": subject.revision,
        "environment": subject.environment,
    }
