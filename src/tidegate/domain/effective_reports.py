"""Which reports count: the newest of each slot, what is wrong with them, and what they measure together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from tidegate.domain.canonical import clean
from tidegate.domain.evidence import Evidence, ToolRun, another_commit
from tidegate.domain.gates import Need
from tidegate.domain.measures import BY_NAME, Combine, Kind, Measure, Value, combine
from tidegate.domain.times import write_time

SKEW = timedelta(minutes=5)
"""How far a report's clock may be ahead of ours before it counts as an error."""

_LONGEST = 300  # characters of a report's own words in a reason
_LARGEST = 2**40  # no report counts that far, and sums of thousands stay exact in JSON

_Order: TypeAlias = "tuple[Any, ...]"  # texts, moments and tuples of them, alike in every report


@dataclass(frozen=True, slots=True)
class EffectiveReport:
    """One report that stands, or one tool's part of it, with its faults worked out once.

    `values` are its measures as far as they are what the declarations say; `error` tells why it cannot be
    believed although it could be read. `order` is the whole report's place among all: newer ones come later.
    """

    evidence: Evidence
    values: Mapping[str, Value]
    unreadable: str | None
    error: str | None
    order: _Order

    @property
    def usable(self) -> bool:
        """Tell whether the report can be believed."""
        return self.unreadable is None and self.error is None


@dataclass(frozen=True, slots=True)
class Selection:
    """The reports that speak to one set of needs.

    `relevant` are all that are asked for, in the order of their digests. `readable` are those that measure:
    the newest readable one of each slot.
    """

    needs: tuple[Need, ...]
    relevant: tuple[EffectiveReport, ...]
    readable: tuple[EffectiveReport, ...]
    unmet: tuple[Need, ...]
    measuring: tuple[tuple[Kind, Mapping[str, Value]], ...]

    def values(self, wanted: Sequence[Measure]) -> dict[str, Value]:
        """Combine what the reports measure."""
        return combine(self.measuring, wanted)


def effective_reports(
    evidence: Iterable[Evidence], at: datetime, *, revision: str = ""
) -> tuple[EffectiveReport, ...]:
    """Return the reports that count at a time, in the order of their digests.

    Of each slot that is its newest report that can be believed, and every later one that cannot: a broken
    report never makes a verdict better by taking the place of a good one. A report that several tools share
    takes its slot as one, and counts tool by tool. `revision` is the commit that reports must not contradict.
    """
    slots: dict[str, list[tuple[_Key, tuple[EffectiveReport, ...]]]] = {}
    for key in sorted(set(map(_Key, evidence)), key=lambda key: key.order):
        parts = tuple(_report(part, at, revision, key.order) for part in key.evidence.by_tool())
        if all(part.usable for part in parts):
            slots[key.evidence.slot] = [(key, parts)]
        else:
            slots.setdefault(key.evidence.slot, []).append((key, parts))
    effective = [each for reports in slots.values() for each in reports]
    ordered = sorted(effective, key=lambda each: each[0].by_digest)
    return tuple(part for _, parts in ordered for part in parts)


def select(reports: Sequence[EffectiveReport], needs: tuple[Need, ...]) -> Selection:
    """Choose the reports that a rule with these needs speaks of."""
    relevant = tuple(r for r in reports if any(need.met_by(r.evidence) for need in needs))
    newest: dict[str, _Order] = {}
    for report in relevant:
        if report.unreadable is None:
            known = newest.get(report.evidence.slot)
            if known is None or known < report.order:
                newest[report.evidence.slot] = report.order
    readable = tuple(r for r in relevant if r.unreadable is None and newest[r.evidence.slot] == r.order)
    unmet = tuple(need for need in needs if not any(need.satisfied_by(r.evidence) for r in relevant))
    measuring = tuple((r.evidence.kind, r.values) for r in readable if r.evidence.kind is not None)
    return Selection(needs, relevant, readable, unmet, measuring)


def why_not_measured(name: str, selection: Selection) -> str | None:
    """Say why a measure has no value, or None where a fault of the reports explains it already."""
    measure = BY_NAME[name]
    parts = [BY_NAME[part] for part in measure.over or ()] or [measure]
    asked = [r for r in selection.readable if r.evidence.kind in measure.kinds]
    lacking = [r for r in asked if any(part.name not in r.values for part in parts)]
    if not asked:
        explained = any(not r.usable for r in selection.relevant) or selection.unmet
        return None if explained else f"{name} is not measured: no report that is needed speaks of it."
    if not lacking:
        return f"{name} is not measured: its denominator, {parts[-1].name}, is 0."
    if all(r.error is not None for r in lacking):
        return None
    tools = sorted({_label(r.evidence) for r in lacking if r.error is None})
    return f"{name} is not measured: {', '.join(tools)} {_silence(name)}."


def _silence(name: str) -> str:
    if name.startswith("findings.new."):
        return "was not compared with a baseline, or does not rate every finding"
    if name.startswith("findings.") and name not in ("findings.total", "findings.suppressed"):
        return "does not say how bad every finding is"
    return "does not give it"


def _label(evidence: Evidence) -> str:
    return f"{clean(evidence.tool) or 'a tool without a name'} ({evidence.format})"


def _brief(text: str) -> str:
    """Take from a report's own words what fits into a sentence."""
    words = " ".join(clean(text).split()).rstrip(".")
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


class _Key:
    """Sorts and compares evidence by everything that it says, so that nothing depends on the order given."""

    __slots__ = ("evidence", "order", "by_digest")

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        rest = (
            evidence.kind or "",
            evidence.format,
            evidence.tool,
            evidence.ran,
            evidence.why_not or "",
            evidence.unreadable or "",
            _sorted(evidence.measures),
            write_time(evidence.made_at) if evidence.made_at else "",
            evidence.commits,
            tuple(map(_run, evidence.runs)),
        )
        self.order = (evidence.taken_at, evidence.digest, evidence.slot, rest)
        self.by_digest = (evidence.digest, evidence.slot, evidence.taken_at, rest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.order == other.order

    def __hash__(self) -> int:
        return hash(self.evidence.digest)


def _run(run: ToolRun) -> tuple[object, ...]:
    return run.kind, run.tool, run.ran, run.why_not or "", _sorted(run.measures), run.commits


def _sorted(measures: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in measures.items()))


def _report(evidence: Evidence, at: datetime, revision: str, order: _Order) -> EffectiveReport:
    if evidence.unreadable is not None or evidence.kind is None:
        why = _brief(evidence.unreadable or "not even the kind of evidence could be told")
        return EffectiveReport(evidence, {}, why, None, order)
    values, unfit = _fit(evidence.measures)
    values["tool.ran"] = evidence.ran
    error = None
    if not evidence.ran:
        error = f"{_label(evidence)} did not do its work: {_brief(evidence.why_not or 'its report says so')}"
    elif evidence.taken_at > at + SKEW:
        # Whether it was taken before or after the others of its slot cannot be told from a wrong date.
        error = (
            f"{_label(evidence)} is dated {write_time(evidence.taken_at)}, which is still to come: "
            "set right the clock that dated it; it blocks until then, and only a report of a later time "
            "takes its place"
        )
    elif (named := another_commit(evidence.commits, revision)) is not None:
        error = (
            f"{_label(evidence)} says that it is of commit {clean(named)}, and commit {clean(revision)} is "
            "judged: run the tool on the commit that is judged"
        )
    elif unfit:
        error = f"{_label(evidence)} gives {unfit}, which is no possible value"
    return EffectiveReport(evidence, values, None, error, order)


def _fit(measures: Mapping[str, Value]) -> tuple[dict[str, Value], str | None]:
    """Take the values that are what their measures' declarations say, and name the first that is not."""
    values: dict[str, Value] = {}
    unfit: list[str] = []
    for name, value in measures.items():
        measure = BY_NAME.get(name)
        if measure is None or measure.combine is Combine.RATIO:
            continue
        if type(value) is int and measure.type is not bool and 0 <= value <= _LARGEST:
            values[name] = value if measure.type is int else float(value)
        elif type(value) is float and measure.type is float and 0 <= value <= _LARGEST:
            values[name] = value
        elif type(value) is bool and measure.type is bool:
            values[name] = value
        else:
            as_float = measure.type is float and type(value) is int and abs(value) < 2**53
            unfit.append(f"{name} = {float(value) if as_float else value}")
    return values, min(unfit, default=None)
