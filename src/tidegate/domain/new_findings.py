"""What is new: the findings of all reports that count, together, against those of a baseline."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from tidegate.domain.effective_reports import EffectiveReport, effective_reports
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import FindingCounts, baseline_of, new_measures_together
from tidegate.domain.measures import Kind

Key: TypeAlias = "tuple[str, str, datetime, str]"
Compare: TypeAlias = "Callable[[Sequence[Evidence], Sequence[Evidence]], Sequence[Mapping[str, int]]]"
_Group: TypeAlias = "tuple[Kind, str]"


def key_of(evidence: Evidence) -> Key:
    """Tell one report of one slot from all others; reports are compared in this order."""
    return evidence.digest, evidence.slot, evidence.taken_at, evidence.format


def that_count(evidence: Iterable[Evidence], at: datetime) -> tuple[Evidence, ...]:
    """Return the reports whose findings are compared: the believable one of each slot, by digest."""
    return _findings(effective_reports(evidence, at))


def with_measures(
    evidence: Iterable[Evidence], measured: Mapping[Key, Mapping[str, int]]
) -> tuple[Evidence, ...]:
    """Add what was measured to the reports that it was measured for; all others stay as they are."""
    return tuple(
        (
            dataclasses.replace(one, measures={**one.measures, **measured[key_of(one)]})
            if key_of(one) in measured
            else one
        )
        for one in evidence
    )


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
    decides for all of the tool's. `evidence_of` gives the reports of a baseline. `compare` measures reports
    that use one baseline up together. A tool that the baseline has no report of, or one that cannot be
    believed, is not compared.
    """
    groups = _by_tool(that_count(evidence, at))
    pools: dict[str, list[_Group]] = {}
    for group, members in groups.items():
        newest_first = sorted(members, key=lambda one: (one.taken_at, key_of(one)), reverse=True)
        named = (sent_with(one) for one in newest_first)
        baseline = next((name for name in named if name is not None), None)
        if baseline is not None:
            pools.setdefault(baseline, []).append(group)
    measured: dict[Key, Mapping[str, int]] = {}
    for baseline, asked in pools.items():
        known = _known(evidence_of(baseline), at)
        current = _pool(groups, [group for group in asked if group in known])
        if current:
            measured |= zip(map(key_of, current), compare(current, _pool(known, asked)), strict=True)
    return with_measures(evidence, measured)


def _known(evidence: Sequence[Evidence], at: datetime) -> dict[_Group, list[Evidence]]:
    """Return the reports of a baseline by tool, without the tools of which one report is broken."""
    reports = effective_reports(evidence, at)
    broken = [report.evidence for report in reports if not report.usable]
    return {
        (kind, tool): members
        for (kind, tool), members in _by_tool(_findings(reports)).items()
        if not any(one.kind in (kind, None) and one.tool.casefold() in (tool, "") for one in broken)
    }


def _findings(reports: Iterable[EffectiveReport]) -> tuple[Evidence, ...]:
    counted = (one.evidence for one in reports if one.usable and "findings.total" in one.values)
    return tuple(sorted(counted, key=key_of))


def _by_tool(evidence: Iterable[Evidence]) -> dict[_Group, list[Evidence]]:
    groups: dict[_Group, list[Evidence]] = {}
    for one in evidence:
        if one.kind is not None:
            groups.setdefault((one.kind, one.tool.casefold()), []).append(one)
    return groups


def _pool(groups: Mapping[_Group, Sequence[Evidence]], names: Iterable[_Group]) -> list[Evidence]:
    return sorted((one for name in names for one in groups.get(name, ())), key=key_of)


class Comparisons:
    """The last comparisons with baselines: equal digests give equal numbers, so they are made once."""

    MOST = 256

    def __init__(self) -> None:
        self._made: dict[tuple[tuple[str, ...], tuple[str, ...]], Sequence[Mapping[str, int]]] = {}
        self._lock = threading.Lock()

    def get(
        self, current: tuple[str, ...], baseline: tuple[str, ...], counts: Callable[[str], FindingCounts]
    ) -> Sequence[Mapping[str, int]]:
        """Compare counts, which their digests name, with those of a baseline."""
        found = self._made.get((current, baseline))
        if found is None:
            found = new_measures_together(
                [counts(digest) for digest in current], baseline_of(counts(digest) for digest in baseline)
            )
            with self._lock:
                self._made[current, baseline] = found
                if len(self._made) > self.MOST:
                    del self._made[next(iter(self._made))]
        return found
