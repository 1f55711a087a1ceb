"""What is new: the findings of all reports that count, together, against those of a baseline."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from tidegate.domain.baseline_matching import new_measures
from tidegate.domain.effective_reports import EffectiveReport, effective_reports
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Counts, baseline_of
from tidegate.domain.measures import Kind

Key: TypeAlias = "tuple[str, str, datetime, str]"
Part: TypeAlias = "tuple[Key, str]"
Compare: TypeAlias = "Callable[[Sequence[Evidence], Sequence[Evidence]], Sequence[Mapping[str, int]]]"
_Group: TypeAlias = "tuple[Kind, str]"


def key_of(evidence: Evidence) -> Key:
    """Tell one report of one slot from all others; reports are compared in this order."""
    return evidence.digest, evidence.slot, evidence.taken_at, evidence.format


def part_of(evidence: Evidence) -> Part:
    """Tell what one tool says in one report from what others say there, and from all other reports."""
    return key_of(evidence), evidence.tool.casefold()


def that_count(evidence: Iterable[Evidence], at: datetime) -> tuple[Evidence, ...]:
    """Return what is compared: the believable report of each slot, tool by tool, by digest."""
    return _findings(effective_reports(evidence, at))


def with_measures(
    evidence: Iterable[Evidence], measured: Mapping[Part, Mapping[str, int]]
) -> tuple[Evidence, ...]:
    """Add what was measured to the reports that it was measured for; all others stay as they are."""
    return tuple(_with_measures(one, measured) for one in evidence)


def _with_measures(one: Evidence, measured: Mapping[Part, Mapping[str, int]]) -> Evidence:
    if not one.runs:
        new = measured.get(part_of(one))
        return one if new is None else dataclasses.replace(one, measures={**one.measures, **new})
    key = key_of(one)
    runs = tuple(
        dataclasses.replace(run, measures={**run.measures, **measured.get((key, run.tool.casefold()), {})})
        for run in one.runs
    )
    return dataclasses.replace(one, runs=runs)


def with_new_findings(
    evidence: Sequence[Evidence],
    *,
    sent_with: Callable[[Evidence], str | None],
    evidence_of: Callable[[str], Sequence[Evidence]],
    compare: Compare,
    at: datetime,
) -> tuple[Evidence, ...]:
    """Add `findings.new.*` to the reports that count, each tool's against the same tool's of its baseline.

    `sent_with` names the baseline that a report was sent with; the newest report of a tool that has one
    decides for all of the tool's. `evidence_of` gives the reports of a baseline, which is a commit. `compare`
    measures reports that use one baseline up together; both get a tool's part of reports that several share.
    A tool that the baseline has no report of, or one that cannot be believed, is not compared.
    """
    groups = _by_tool(that_count(evidence, at))
    pools: dict[str, list[_Group]] = {}
    for group, members in groups.items():
        newest_first = sorted(members, key=lambda one: (one.taken_at, key_of(one)), reverse=True)
        named = (sent_with(one) for one in newest_first)
        baseline = next((name for name in named if name is not None), None)
        if baseline is not None:
            pools.setdefault(baseline, []).append(group)
    measured: dict[Part, Mapping[str, int]] = {}
    for baseline, asked in pools.items():
        known = _known(evidence_of(baseline), baseline, at)
        current = _pool(groups, [group for group in asked if group in known])
        if current:
            measured |= zip(map(part_of, current), compare(current, _pool(known, asked)), strict=True)
    return with_measures(evidence, measured)


def _known(evidence: Sequence[Evidence], commit: str, at: datetime) -> dict[_Group, list[Evidence]]:
    """Return the reports of a baseline by tool, without the tools of which one report is broken."""
    reports = effective_reports(evidence, at, revision=commit)
    broken = [report.evidence for report in reports if not report.usable]
    return {
        (kind, tool): members
        for (kind, tool), members in _by_tool(_findings(reports)).items()
        if not any(_may_be(one, kind, tool) for one in broken)
    }


def _may_be(broken: Evidence, kind: Kind, tool: str) -> bool:
    """Tell whether a report that cannot be believed may be a tool's; one of no known kind may be any's."""
    any_kind = broken.kind in (kind, None) or (broken.kind is Kind.ANALYSIS and not broken.tool)
    return any_kind and broken.tool.casefold() in (tool, "")


def _findings(reports: Iterable[EffectiveReport]) -> tuple[Evidence, ...]:
    counted = (one.evidence for one in reports if one.usable and "findings.total" in one.values)
    return tuple(sorted(counted, key=part_of))


def _by_tool(evidence: Iterable[Evidence]) -> dict[_Group, list[Evidence]]:
    groups: dict[_Group, list[Evidence]] = {}
    for one in evidence:
        if one.kind is not None:
            groups.setdefault((one.kind, one.tool.casefold()), []).append(one)
    return groups


def _pool(groups: Mapping[_Group, Sequence[Evidence]], names: Iterable[_Group]) -> list[Evidence]:
    return sorted((one for name in names for one in groups.get(name, ())), key=part_of)


Counted: TypeAlias = "tuple[str, str]"
"""The digest of what a report counts, and the tool whose part it is; no tool where one wrote all of it."""


class Comparisons:
    """The last comparisons with baselines: equal digests give equal numbers, so they are made once."""

    MOST = 256

    def __init__(self) -> None:
        self._made: dict[tuple[tuple[Counted, ...], tuple[Counted, ...]], Sequence[Mapping[str, int]]] = {}
        self._lock = threading.Lock()

    def get(
        self,
        current: tuple[Counted, ...],
        baseline: tuple[Counted, ...],
        counts: Callable[[Counted], Counts | None],
    ) -> Sequence[Mapping[str, int]]:
        """Compare counts, which their digests name, with those of a baseline.

        Where `counts` has none of one of them, nothing is measured: half a comparison would call new what
        is known, or known what is new.
        """
        found = self._made.get((current, baseline))
        if found is None:
            found = self._compare([counts(each) for each in current], [counts(each) for each in baseline])
            with self._lock:
                self._made[current, baseline] = found
                if len(self._made) > self.MOST:
                    del self._made[next(iter(self._made))]
        return found

    @staticmethod
    def _compare(
        current: Sequence[Counts | None], baseline: Sequence[Counts | None]
    ) -> Sequence[Mapping[str, int]]:
        now = [counts for counts in current if counts is not None]
        known = [counts for counts in baseline if counts is not None]
        if (len(now), len(known)) != (len(current), len(baseline)):
            return [{} for _ in current]
        return new_measures(now, baseline_of(known))
