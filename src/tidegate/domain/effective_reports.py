"""Which reports count: the newest of each slot, what is wrong with them, and what they measure together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter, ne
from typing import Any, TypeAlias, cast

from tidegate.domain.canonical import clean
from tidegate.domain.evidence import Evidence, ToolRun, another_commit
from tidegate.domain.gates import Need
from tidegate.domain.measures import BY_NAME, Combine, Kind, Measure, Value, combine
from tidegate.domain.times import write_time

SKEW = timedelta(minutes=5)
"""How far a report's clock may be ahead of ours before it counts as an error."""

_LONGEST = 300  # characters of a report's own words in a reason
_LARGEST = 2**40  # no report counts that far, and sums of thousands stay exact in JSON

RUN_AGAIN = "run the tool again so that it does its work, and submit its report"

Group: TypeAlias = "tuple[str | None, str, bool]"


@dataclass(frozen=True, slots=True)
class EffectiveReport:
    """One report that counts, or one tool's part of it, with its faults worked out once.

    `values` are its measures as far as they are what the declarations say; `error` tells why it cannot be
    believed although it could be read, and `remedy` what fixes that. Reports of one `group` meet the same
    needs. `submitted` is the report that it is a part of, or itself.
    """

    evidence: Evidence
    values: Mapping[str, Value]
    unreadable: str | None
    error: str | None
    group: Group
    submitted: Evidence
    remedy: str = RUN_AGAIN

    @property
    def usable(self) -> bool:
        """Tell whether the report can be believed."""
        return self.unreadable is None and self.error is None


@dataclass(frozen=True, slots=True)
class Selection:
    """The reports that speak to one set of needs.

    `relevant` are all that are asked for, in the order of their digests, named by `digests`; `faulty` are
    those of them that cannot be believed. `readable` are those that measure: the newest readable one of each
    slot.
    """

    needs: tuple[Need, ...]
    relevant: tuple[EffectiveReport, ...]
    faulty: tuple[EffectiveReport, ...]
    readable: tuple[EffectiveReport, ...]
    unmet: tuple[Need, ...]
    measuring: tuple[tuple[Kind, Mapping[str, Value]], ...]
    digests: tuple[str, ...]

    def values(self, wanted: Sequence[Measure], union: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """Combine what the reports measure; `union` holds what several coverage reports do together."""
        return combine(self.measuring, wanted, union)


def effective_reports(
    evidence: Iterable[Evidence], at: datetime, *, revision: str = ""
) -> tuple[EffectiveReport, ...]:
    """Return the reports that count at a time, in the order of their digests.

    Of each slot that is its newest report that can be believed, and every later one that cannot: a broken
    report never makes a verdict better by taking the place of a good one. A report that several tools share
    takes its slot as one, and counts tool by tool. `revision` is the commit that reports must not contradict.
    """
    latest = at + SKEW
    slots: dict[str, list[tuple[Evidence, tuple[EffectiveReport, ...]]]] = {}
    for one in _in_order(evidence, _BY_TIME):
        parts = _parts(one, latest, revision)
        if all([part.usable for part in parts]):
            slots[one.slot] = [(one, parts)]
        else:
            slots.setdefault(one.slot, []).append((one, parts))
    effective = {id(one): parts for reports in slots.values() for one, parts in reports}
    wholes = [one for reports in slots.values() for one, _ in reports]
    return tuple([part for one in _in_order(wholes, _BY_DIGEST) for part in effective[id(one)]])


def usable_at_any_time(evidence: Evidence) -> bool:
    """Tell whether a report can be believed from its own time on, whenever and of what commit it is judged.

    One that names a commit may be of another one, so it is not among them.
    """
    if evidence.commits or any(run.commits for run in evidence.runs):
        return False
    return all(part.usable for part in _parts(evidence, evidence.taken_at, ""))


def select(reports: Sequence[EffectiveReport], needs: tuple[Need, ...]) -> Selection:
    """Choose the reports that a rule with these needs speaks of."""
    relevant = _asked_for(reports, needs)
    newest: dict[str, Evidence] = {}
    for report in relevant:
        if report.unreadable is None:
            known = newest.setdefault(report.evidence.slot, report.submitted)
            if known is not report.submitted and _later(report.submitted, known):
                newest[report.evidence.slot] = report.submitted
    readable = tuple([r for r in relevant if r.unreadable is None and newest[r.evidence.slot] is r.submitted])
    examples = [report.evidence for report in _examples(relevant)]
    unmet = tuple(need for need in needs if not any(need.satisfied_by(evidence) for evidence in examples))
    measuring = tuple((r.evidence.kind, r.values) for r in readable if r.evidence.kind is not None)
    faulty = tuple(report for report in relevant if not report.usable)
    digests = tuple(dict.fromkeys([report.evidence.digest for report in relevant]))
    return Selection(needs, relevant, faulty, readable, unmet, measuring, digests)


def _asked_for(reports: Sequence[EffectiveReport], needs: tuple[Need, ...]) -> tuple[EffectiveReport, ...]:
    """Return the reports that meet one of the needs; each group is asked once."""
    asked = {r.group for r in _examples(reports) if any(need.met_by(r.evidence) for need in needs)}
    return tuple([report for report in reports if report.group in asked])


def _examples(reports: Iterable[EffectiveReport]) -> Iterable[EffectiveReport]:
    """Return one report of each group."""
    return {report.group: report for report in reports}.values()


def why_not_measured(name: str, selection: Selection) -> str | None:
    """Say why a measure has no value, or None where a fault of the reports explains it already."""
    measure = BY_NAME[name]
    parts = [BY_NAME[part] for part in measure.over or ()] or [measure]
    asked = [r for r in selection.readable if r.evidence.kind in measure.kinds]
    lacking = [r for r in asked if any(part.name not in r.values for part in parts)]
    if not asked:
        explained = selection.faulty or selection.unmet
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


_BY_TIME = attrgetter("taken_at", "digest", "slot")
_BY_DIGEST = attrgetter("digest", "slot", "taken_at")


def _in_order(evidence: Iterable[Evidence], by: Callable[[Evidence], tuple[Any, ...]]) -> list[Evidence]:
    """Sort evidence by everything that it says, each once, so that nothing depends on the order given."""
    ordered = sorted(evidence, key=by)
    if all(map(ne, map(by, ordered), map(by, ordered[1:]))):
        return ordered  # as nearly always: the rest is only compared where it decides
    once = {(by(one), _rest(one)): one for one in ordered}
    return [once[key] for key in sorted(once)]


def _later(one: Evidence, other: Evidence) -> bool:
    return (_BY_TIME(one), _rest(one)) > (_BY_TIME(other), _rest(other))


def _rest(evidence: Evidence) -> tuple[object, ...]:
    return (
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


def _run(run: ToolRun) -> tuple[object, ...]:
    return run.kind, run.tool, run.ran, run.why_not or "", _sorted(run.measures), run.commits


def _sorted(measures: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in measures.items()))


_Checked: TypeAlias = "tuple[Evidence, Mapping[str, Value], str | None, str | None, Group]"


def _parts(evidence: Evidence, latest: datetime, revision: str) -> tuple[EffectiveReport, ...]:
    """Work out the faults of a report, tool by tool; one that was taken after `latest` has a wrong date."""
    if evidence.memo is None:
        object.__setattr__(evidence, "memo", tuple(map(_check, evidence.by_tool())))
    checked = cast("tuple[_Checked, ...]", evidence.memo)
    return tuple([_effective(each, evidence, latest, revision) for each in checked])


def _effective(checked: _Checked, submitted: Evidence, latest: datetime, revision: str) -> EffectiveReport:
    evidence, values, unreadable, error, group = checked
    if unreadable is not None or not evidence.ran:
        return EffectiveReport(evidence, values, unreadable, error, group, submitted)
    remedy = RUN_AGAIN
    if evidence.taken_at > latest:
        # Whether it was taken before or after the others of its slot does not follow from a wrong date.
        error = f"{_label(evidence)} is dated {write_time(evidence.taken_at)}, which is still to come"
        remedy = (
            "set right the clock that dated it; it blocks until then, and only a report of a later time "
            "takes its place"
        )
    elif evidence.commits and (named := another_commit(evidence.commits, revision)) is not None:
        error = (
            f"{_label(evidence)} says that it is of commit {clean(named)}, and commit {clean(revision)} is "
            "judged"
        )
        remedy = "run the tool on the commit that is judged, and submit its report"
    return EffectiveReport(evidence, values, unreadable, error, group, submitted, remedy)


def _check(evidence: Evidence) -> _Checked:
    """Return a report's values and faults, as far as they do not depend on time and commit, and its group."""
    # All that `Need.met_by` and `Need.satisfied_by` ask a report for.
    group = (evidence.kind and str(evidence.kind), evidence.tool, evidence.unreadable is None)
    if evidence.unreadable is not None or evidence.kind is None:
        why = _brief(evidence.unreadable or "not even the kind of evidence could be told")
        return evidence, {}, why, None, group
    values, unfit = _fit(evidence.measures)
    values["tool.ran"] = evidence.ran
    error = None
    if not evidence.ran:
        error = f"{_label(evidence)} did not do its work: {_brief(evidence.why_not or 'its report says so')}"
    elif unfit:
        error = f"{_label(evidence)} gives {unfit}, which is no possible value"
    return evidence, values, None, error, group


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
