"""Which coverage reports a verdict has to join, and what came of it, as kept with the verdict's inputs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from tidegate.domain.canonical import Json, clean
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.coverage_union import CoverageReport, JoinedCoverage, join_coverage
from tidegate.domain.effective_reports import EffectiveReport
from tidegate.domain.evidence import Evidence
from tidegate.domain.gates import Gate, Rule
from tidegate.domain.measures import Kind, Value
from tidegate.domain.selections import Selection
from tidegate.domain.source_lines import SourceLines

JoinKey: TypeAlias = "tuple[tuple[str, str], ...]"
"""Names the reports that were joined: digest and slot of each, in their order."""

LinesOf: TypeAlias = "Callable[[Evidence], SourceLines | None]"
Joins: TypeAlias = "Mapping[JoinKey, JoinedCoverage]"
Join: TypeAlias = "Callable[[Sequence[EffectiveReport]], JoinedCoverage]"


def asks_for_coverage(rule: Rule) -> bool:
    """Tell whether a rule measures coverage."""
    return any(name.startswith("coverage.") for name in rule.expression.measures)


def coverage_of(selection: Selection) -> tuple[EffectiveReport, ...]:
    """Return the reports of a selection whose coverage counts, in the order of their digests."""
    return tuple(one for one in selection.readable if one.evidence.kind is Kind.COVERAGE)


def key_of_join(reports: Iterable[EffectiveReport]) -> JoinKey:
    """Name reports that are joined."""
    return tuple((one.evidence.digest, clean(one.evidence.slot)) for one in reports)


def join_reports(reports: Sequence[EffectiveReport], lines_of: LinesOf) -> JoinedCoverage:
    """Join the coverage of reports by source line.

    A report that cannot be believed lends no line to others; that it is at fault is said elsewhere.
    """
    return join_coverage(
        [
            (
                CoverageReport(_label(one.evidence), one.values, lines_of(one.evidence))
                if one.usable
                else CoverageReport("", one.values, None)
            )
            for one in reports
        ]
    )


def join_for(
    gate: Gate, evidence: Iterable[Evidence], at: datetime, join: Join, *, revision: str = ""
) -> Joins:
    """Join the coverage that the rules of a gate ask for, once for each choice of reports.

    One report alone is what it says. `revision` is the commit that is judged.
    """
    if not any(map(asks_for_coverage, gate.rules)):
        return {}
    return join_counted(gate, CountedReports.at(evidence, at, revision=revision), join)


def join_counted(gate: Gate, counted: CountedReports, join: Join) -> Joins:
    """Do what `join_for` does with reports that hold at the time that is judged."""
    wanted = {rule.needs for rule in gate.rules if asks_for_coverage(rule)}
    joins: dict[JoinKey, JoinedCoverage] = {}
    for needs in sorted(wanted, key=str):
        chosen = coverage_of(counted.select(needs))
        if len(chosen) > 1 and (key := key_of_join(chosen)) not in joins:
            joins[key] = join(chosen)
    return joins


def joins_to_document(joins: Joins) -> list[dict[str, Json]]:
    """Write joins as plain values."""
    return [
        {
            "reports": [list(report) for report in key],
            "values": dict(joined.values),
            "notes": {about: list(notes) for about, notes in joined.notes.items()},
        }
        for key, joined in sorted(joins.items())
    ]


def joins_from_document(documents: Iterable[Mapping[str, object]]) -> Joins:
    """Read what `joins_to_document` wrote; raises `KeyError` or `TypeError` for anything else."""
    joins: dict[JoinKey, JoinedCoverage] = {}
    for document in documents:
        key = tuple((str(digest), str(slot)) for digest, slot in _pairs(document["reports"]))
        values, notes = document["values"], document["notes"]
        if not isinstance(values, Mapping) or not isinstance(notes, Mapping):
            raise TypeError("values and notes of a join must be mappings")
        counts = {str(name): _whole(value) for name, value in values.items()}
        joins[key] = JoinedCoverage(
            counts, {str(about): tuple(map(str, all_)) for about, all_ in notes.items()}
        )
    return joins


class CoverageJoins:
    """The last joins: reports that their digests name give the same numbers, so they are joined once."""

    MOST = 256

    def __init__(self) -> None:
        self._made: dict[object, JoinedCoverage] = {}
        self._lock = threading.Lock()

    def get(self, reports: Sequence[EffectiveReport], lines_of: LinesOf) -> JoinedCoverage:
        """Join reports whose evidence names its lines by their digest."""
        key = tuple((*pair, *_content(one)) for pair, one in zip(key_of_join(reports), reports, strict=True))
        found = self._made.get(key)
        if found is None:
            found = join_reports(reports, lines_of)
            with self._lock:
                self._made[key] = found
                if len(self._made) > self.MOST:
                    del self._made[next(iter(self._made))]
        return found


def _content(report: EffectiveReport) -> tuple[object, ...]:
    values: tuple[tuple[str, Value], ...] = tuple(sorted(report.values.items()))
    return report.evidence.tool, report.evidence.lines, report.usable, values


def _label(evidence: Evidence) -> str:
    return f"{clean(evidence.tool) or evidence.format} ({evidence.digest[:19]})"


def _pairs(value: object) -> list[tuple[object, object]]:
    if not isinstance(value, list):
        raise TypeError("reports of a join must be a list")
    return [(pair[0], pair[1]) for pair in value]


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a value of a join must be a whole number")
    return value
