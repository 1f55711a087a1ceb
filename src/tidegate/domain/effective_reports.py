"""Which reports count: the newest of each slot, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter, ne
from typing import Any, TypeAlias, cast

from tidegate.domain.canonical import clean
from tidegate.domain.evidence import Evidence, ToolRun, another_commit
from tidegate.domain.measures import BY_NAME, Combine, Kind, Value
from tidegate.domain.times import write_time

SKEW = timedelta(minutes=5)
"""How far a report's clock may be ahead of ours before it counts as an error."""

_LONGEST = 300  # characters of a report's own words in a reason
_LARGEST = 2**40  # no report counts that far, and sums of thousands stay exact in JSON

RUN_AGAIN = "run the tool again so that it does its work, and submit its report"
PROVE = (
    "submit provenance that tells its commit and that one of the builder's keys has signed, and name that key"
    " with --provenance-key FILE (on a server PROVENANCE_KEYS)"
)

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


def effective_reports(
    evidence: Iterable[Evidence], at: datetime, *, revision: str = ""
) -> tuple[EffectiveReport, ...]:
    """Return the reports that count at a time, in the order of their digests.

    Of each slot that is its newest report that can be believed, and every later one that cannot: a broken
    report never makes a verdict better by taking the place of a good one. Of one time the broken ones count
    as later: here nothing tells which came first, and who knows leaves out what was replaced, as
    `modules.evidence.effective` does by the order of arrival. A report that several tools share
    takes its slot as one, and counts tool by tool. `revision` is the commit that reports must not contradict.
    """
    counted = that_count(evidence, at + SKEW, revision)
    return tuple([part for _, parts in counted for part in parts])


def that_count(
    evidence: Iterable[Evidence], latest: datetime, revision: str
) -> list[tuple[Evidence, tuple[EffectiveReport, ...]]]:
    """Return what `effective_reports` does, report by report; what was taken after `latest` has a wrong date.

    A slot counts for itself, whatever is in others.
    """
    slots: dict[str, list[tuple[Evidence, tuple[EffectiveReport, ...]]]] = {}
    for one in _in_order(evidence, _BY_TIME):
        parts = _parts(one, latest, revision)
        if all([part.usable for part in parts]):
            broken = [
                other
                for other in slots.get(one.slot, ())
                if other[0].taken_at == one.taken_at and not all([part.usable for part in other[1]])
            ]
            slots[one.slot] = [(one, parts), *broken]
        else:
            slots.setdefault(one.slot, []).append((one, parts))
    effective = {id(one): parts for reports in slots.values() for one, parts in reports}
    wholes = [one for reports in slots.values() for one, _ in reports]
    return [(one, effective[id(one)]) for one in _in_order(wholes, _BY_DIGEST)]


def usable_at_any_time(evidence: Evidence, revision: str) -> bool:
    """Tell whether a report of this commit can be believed from its own time on, whenever it is judged."""
    return all(part.usable for part in _parts(evidence, evidence.taken_at, revision))


def label(evidence: Evidence) -> str:
    """Name the tool and format of a report."""
    return f"{clean(evidence.tool) or 'a tool without a name'} ({evidence.format})"


def _brief(text: str) -> str:
    """Take from a report's own words what fits into a sentence."""
    words = " ".join(clean(text).split()).rstrip(".")
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


SAME_REPORT: Callable[[EffectiveReport], object] = attrgetter("submitted.digest", "submitted.format")
"""What copies have in common: the same bytes, read as the same, are one report, whatever they are called."""

_BY_TIME = attrgetter("taken_at", "digest", "slot")
_BY_DIGEST = attrgetter("digest", "slot", "taken_at")


def _in_order(evidence: Iterable[Evidence], by: Callable[[Evidence], tuple[Any, ...]]) -> list[Evidence]:
    """Sort evidence by everything that it says, each once, so that nothing depends on the order given."""
    ordered = sorted(evidence, key=by)
    if all(map(ne, map(by, ordered), map(by, ordered[1:]))):
        return ordered  # as nearly always: the rest is only compared where it decides
    once = {(by(one), _rest(one)): one for one in ordered}
    return [once[key] for key in sorted(once)]


def later(one: Evidence, other: Evidence) -> bool:
    """Tell whether one report takes the place of another of its slot."""
    return (_BY_TIME(one), _rest(one)) > (_BY_TIME(other), _rest(other))


def newest_of_each(
    reports: Sequence[EffectiveReport], key: Callable[[EffectiveReport], object]
) -> tuple[EffectiveReport, ...]:
    """Leave, of all reports with one key, the parts of the one that was submitted for the latest time."""
    if len({key(report) for report in reports}) == len(reports):
        return tuple(reports)  # as nearly always: nothing has to be compared
    newest: dict[object, Evidence] = {}
    for report in reports:
        known = newest.setdefault(key(report), report.submitted)
        if known is not report.submitted and later(report.submitted, known):
            newest[key(report)] = report.submitted
    return tuple([report for report in reports if newest[key(report)] is report.submitted])


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


_Memo: TypeAlias = "tuple[bool, tuple[EffectiveReport, ...]]"


def _parts(evidence: Evidence, latest: datetime, revision: str) -> tuple[EffectiveReport, ...]:
    """Work out the faults of a report, tool by tool; one that was taken after `latest` has a wrong date."""
    if evidence.memo is None:
        made = tuple([_check(part, evidence) for part in evidence.by_tool()])
        object.__setattr__(evidence, "memo", (any([part.evidence.commits for part in made]), made))
    names_commits, parts = cast("_Memo", evidence.memo)
    if evidence.taken_at <= latest and not names_commits:
        return parts
    return tuple([_of_time_and_commit(part, latest, revision) for part in parts])


def _of_time_and_commit(report: EffectiveReport, latest: datetime, revision: str) -> EffectiveReport:
    """Add the faults that depend on when and of what commit a report is judged."""
    evidence = report.evidence
    if report.unreadable is not None or not evidence.ran:
        return report
    if evidence.taken_at > latest:
        # Whether it was taken before or after the others of its slot does not follow from a wrong date.
        return replace(
            report,
            error=f"{label(evidence)} is dated {write_time(evidence.taken_at)}, which is still to come",
            remedy="set right the clock that dated it; it blocks until then, and only a report of a later "
            "time takes its place",
        )
    named = another_commit(evidence.commits, revision)
    if named is None:
        return report
    return replace(
        report,
        error=f"{label(evidence)} says that it is of commit {clean(named)}, and commit {clean(revision)} is "
        "judged",
        remedy="run the tool on the commit that is judged, and submit its report",
    )


def _check(evidence: Evidence, submitted: Evidence) -> EffectiveReport:
    """Return a report's values and faults, as far as they do not depend on time and commit, and its group."""
    # All that `Need.met_by` and `Need.satisfied_by` ask a report for.
    group = (evidence.kind and str(evidence.kind), evidence.tool, evidence.unreadable is None)
    if evidence.unreadable is not None or evidence.kind is None:
        why = _brief(evidence.unreadable or "not even the kind of evidence could be told")
        return EffectiveReport(evidence, {}, why, None, group, submitted)
    values, unfit = _fit(evidence.measures)
    values["tool.ran"] = evidence.ran
    error, remedy = None, RUN_AGAIN
    if not evidence.ran and evidence.kind is Kind.PROVENANCE:
        # No tool to run again: what is wrong is who signed it, or which key was given.
        error = f"{label(evidence)} does not count: {_brief(evidence.why_not or 'it says so')}"
        remedy = PROVE
    elif not evidence.ran:
        error = f"{label(evidence)} did not do its work: {_brief(evidence.why_not or 'its report says so')}"
    elif unfit:
        error = f"{label(evidence)} gives {unfit}, which is no possible value"
    return EffectiveReport(evidence, values, None, error, group, submitted, remedy)


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
