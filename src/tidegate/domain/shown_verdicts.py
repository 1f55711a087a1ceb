"""A verdict as command line and pages show it, read from its document: a new one or one of the past."""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.domain.canonical import Json, canonical_json, digest_of
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactValue
from tidegate.domain.judging import READABLE
from tidegate.domain.measures import Value
from tidegate.domain.wording import number

MORE_MAY_BE_NEEDED = "more may be needed once every report can be counted on"
_ALL_READABLE = "fix each report that cannot be read"
_SHORT = 12
_MORE = re.compile(r"And \d+ more of the kind\.")


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that a rule read, as the verdict keeps it."""

    field: str
    side: str
    value: FactValue
    source: str
    since: str
    seen_at: str

    @property
    def value_text(self) -> str:
        """Write the value as JSON does, so that a text shows as one."""
        return canonical_json(self.value).decode()

    @property
    def origin(self) -> str:
        """Say who told it and when, such as `observed at 2026-11-21T02:26:48.000Z by prober`."""
        moment = "at a time that is not told" if self.seen_at.startswith("0001-") else f"at {self.seen_at}"
        return f"{self.side} {moment} by {self.source}"

    @property
    def text(self) -> str:
        """Write all of it on one line."""
        return f"{self.field} {self.value_text}, {self.origin}"


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule's part of a verdict, as `RuleVerdict.to_document` writes it."""

    rule: str
    title: str
    on: str
    state: str
    blocks: bool
    asked: str
    measured: Mapping[str, Value]
    evidence: tuple[str, ...]
    waiver: str | None
    reason: str
    change: str | None
    expired: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: tuple[ShownFact, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether the rule holds."""
        return self.state == "pass"

    @property
    def only_faults(self) -> bool:
        """Tell whether nothing is wrong but reports that cannot be counted on, which are named apart."""
        return bool(self.found) and set(self.found) <= {"unreadable", "error"} and bool(self.evidence)

    @property
    def label(self) -> str:
        """Return the state and, where it does not block although it is not passed, why."""
        # A report that cannot be read must not hide that what could be read fails.
        state = f"{self.state}, fail" if self.state != "fail" and "fail" in self.found else self.state
        if self.passed or self.blocks:
            return state
        return f"{state} (waived)" if self.waiver else f"{state} (warns)"

    @property
    def why(self) -> str:
        """Return the reason where what was asked and what was measured do not tell it already."""
        if self.waiver or self.state not in ("pass", "fail"):
            return self.reason
        expired = f"Expired, and no excuse any more: {', '.join(self.expired)}."
        return " ".join([*self.warnings, *([expired] if self.expired and not self.passed else [])])

    @property
    def measured_text(self) -> str:
        """Write what was measured, such as `tests.failed 2, tests.errors 0`, and which facts were read."""
        measured = [f"{name} {number(value)}" for name, value in self.measured.items()]
        read = [f"{fact.field} {fact.value_text} ({fact.side})" for fact in self.facts]
        return ", ".join(measured + read) or "nothing"


@dataclass(frozen=True, slots=True)
class ShownFault:
    """Why one report cannot be counted on, as `ReportFault.to_document` writes it."""

    report: str
    slot: str
    state: str
    reason: str

    @property
    def cause(self) -> str:
        """Return the reason without the name of the report, which stands beside it, with the path to type."""
        return self.reason.removeprefix(f"{self.slot}: ").replace(":PATH", ":" + shlex.quote(self.slot))

    @property
    def advice(self) -> str:
        """Say how a file that is no report is left out; a report that a tool spoilt is not to be."""
        if self.state != "unreadable":
            return ""
        pattern = shlex.quote(glob.escape(self.slot)) if self.slot else "PATTERN"
        return f"If it is no report: --ignore {pattern}"


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict, as `Verdict.to_document` writes it; `document` is that very document.

    `recorded` tells that it is one of the past, which says nothing of now.
    """

    gate: str
    gate_digest: str
    component: str
    revision: str
    environment: str | None
    at: str
    state: str
    rules: tuple[ShownRule, ...]
    faults: tuple[ShownFault, ...]
    document: Mapping[str, Json] = field(repr=False)
    recorded: bool = False

    @classmethod
    def of(cls, document: Mapping[str, Json], *, recorded: bool = False) -> ShownVerdict:
        """Read a verdict's document; raises `Invalid` where it is none."""
        try:
            gate, subject = _mapping(document["gate"]), _mapping(document["subject"])
            rules, faults = document["rules"], document["faults"]
            if not isinstance(rules, list) or not isinstance(faults, list):
                raise TypeError("rules and faults must be lists")
            environment = subject["environment"]
            shown = tuple(_fault(_mapping(fault)) for fault in faults)
            return cls(
                gate=str(gate["name"]),
                gate_digest=str(gate["digest"]),
                component=str(subject["component"]),
                revision=str(subject["revision"]),
                environment=None if environment is None else str(environment),
                at=str(document["at"]),
                state=str(document["state"]),
                rules=tuple(_without(_rule(_mapping(rule)), shown) for rule in rules),
                faults=shown,
                document=document,
                recorded=recorded,
            )
        except (KeyError, TypeError) as error:
            raise Invalid(
                f"This is not a verdict's document: {error} is missing or of another type."
            ) from None

    @property
    def passed(self) -> bool:
        """Tell whether the release may ship."""
        return self.state == "pass"

    @property
    def blocking(self) -> tuple[ShownRule, ...]:
        """Return the rules that keep the gate closed."""
        return tuple(rule for rule in self.rules if rule.blocks)

    @property
    def subject(self) -> str:
        """Name what was judged, such as `api at 4780d9b3c1aa for production`."""
        where = f" for {self.environment}" if self.environment else ""
        revision = "This revision" if self.revision == "unknown" else self.revision[:_SHORT]
        if self.component == "unknown":
            return revision + where
        return f"{self.component}{'' if self.revision == 'unknown' else f' at {revision}'}{where}"

    @property
    def conclusion(self) -> str:
        """Say in one line how it ended and what that means."""
        total = f"{len(self.rules)} {'rule' if len(self.rules) == 1 else 'rules'}"
        if self.passed:
            holding = sum(rule.passed for rule in self.rules)
            waived = sum(rule.waiver is not None for rule in self.rules)
            excused = f", {waived} waived" if waived else ""
            warning = len(self.rules) - holding - waived
            excused += f", {warning} only {'warns' if warning == 1 else 'warn'}" if warning else ""
            hold = "holds" if holding == 1 else "hold"
            return f"PASS: {holding} of {total} {hold}{excused}. {self._may('ship')}."
        names = ", ".join(rule.rule for rule in self.blocking)
        keep = "keeps" if len(self.blocking) == 1 else "keep"
        return (
            f"{self.state.upper()}: {len(self.blocking)} of {total} {keep} the gate {self.gate} closed "
            f"({names}).{self._failing_all_the_same()} {self._may('not ship')}."
        )

    def _failing_all_the_same(self) -> str:
        """Name what fails beside the state that comes first: nobody is to think that one step is left."""
        failing = [rule for rule in self.blocking if rule.state != "fail" and "fail" in rule.found]
        if not failing:
            return ""
        names = ", ".join(rule.rule for rule in failing)
        unreadable = all("unreadable" in (rule.state, *rule.found) for rule in failing)
        why = "Whatever the reports say that cannot be read" if unreadable else "By what was read already"
        return f" {why}, {names} {'fails' if len(failing) == 1 else 'fail'}."

    def _may(self, what: str) -> str:
        if not self.recorded:
            return f"{self.subject} may {what}"
        return f"{self.subject} could {what} at {self.at}; `tidegate verdict show latest` judges it now"

    def canonical(self) -> bytes:
        """Return the canonical bytes of the document."""
        return canonical_json(self.document)

    @property
    def digest(self) -> str:
        """Name the verdict by its canonical bytes."""
        return digest_of(self.canonical())


def _rule(document: Mapping[str, Json]) -> ShownRule:
    measured, evidence = _mapping(document["measured"]), document["evidence"]
    waiver, change = document["waiver"], document["change"]
    if not isinstance(evidence, list):
        raise TypeError("evidence must be a list")
    expired = document.get("expired_waivers", [])
    found, warnings = document["found"], document.get("warnings", [])
    if not isinstance(expired, list) or not isinstance(found, list) or not isinstance(warnings, list):
        raise TypeError("expired_waivers, found and warnings must be lists")
    return ShownRule(
        rule=str(document["rule"]),
        title=str(document["title"]),
        on=str(document["on"]),
        state=str(document["state"]),
        blocks=document["blocks"] is not False,
        asked=str(document["asked"]),
        measured={name: value for name, value in measured.items() if isinstance(value, (bool, int, float))},
        evidence=tuple(str(digest) for digest in evidence),
        waiver=None if waiver is None else str(waiver),
        reason=str(document["reason"]),
        change=None if change is None else str(change),
        expired=tuple(str(one) for one in expired),
        found=tuple(str(state) for state in found),
        warnings=tuple(str(warning) for warning in warnings),
        facts=_facts(document.get("facts", [])),
    )


def _facts(documents: Json) -> tuple[ShownFact, ...]:
    if not isinstance(documents, list):
        raise TypeError("facts must be a list")
    shown: list[ShownFact] = []
    for document in map(_mapping, documents):
        value = document["value"]
        if not isinstance(value, (str, bool, int, float)):
            raise TypeError("a fact's value must be a text, a number or a truth value")
        field, side, *others = (str(document[key]) for key in ("field", "side", "source", "since", "seen_at"))
        shown.append(ShownFact(field, side, value, *others))
    return tuple(shown)


def _without(rule: ShownRule, faults: Sequence[ShownFault]) -> ShownRule:
    """Leave out of a rule, where more is wrong, what is said of the reports once and for all rules."""
    if not any(fault.report in rule.evidence for fault in faults) or rule.passed:
        return rule
    # What the measures ask for follows from the reports that count; the others may ask for more.
    if rule.only_faults:
        return replace(rule, change="; ".join(filter(None, (rule.change, MORE_MAY_BE_NEEDED))))
    reason = rule.reason
    for fault in faults:
        where = f"{fault.slot} ({fault.report[:19]})"
        for what in ("cannot be read.", "cannot be counted on."):
            reason = reason.replace(f"{where} {what}", "")
    if reason != rule.reason:
        reason = " ".join(_MORE.sub("", reason).split())
    changes = [change for change in (rule.change or "").split("; ") if change]
    changes = [_ALL_READABLE if change == READABLE else change for change in changes]
    return replace(rule, reason=reason, change="; ".join((*changes, MORE_MAY_BE_NEEDED)))


def _fault(document: Mapping[str, Json]) -> ShownFault:
    return ShownFault(*(str(document[key]) for key in ("report", "slot", "state", "reason")))


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise TypeError("a mapping was expected")
    return value
