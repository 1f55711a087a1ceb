"""What is new in a revision: keeps the findings of each report, compares them with those of a baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from tidegate.domain.baseline_matching import new_problems
from tidegate.domain.catalog import Revision
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Counts, FindingCounts, Severity, baseline_of
from tidegate.domain.measures import Value
from tidegate.domain.new_findings import Comparisons, Counted, key_of, with_new_findings
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.blobs import BlobStore
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.effective import EffectiveEvidence, Submitted
from tidegate.modules.evidence.ports import JudgedEvidence, Shipped
from tidegate.readers.subprocess_reader import ReadReport

_NEW = "findings.new."
_COUNTS = msgspec.json.Decoder(dict[str, dict[Severity, dict[str, int]]])


class NewFindings:
    """Tells `findings.new.*` of submissions; see `tidegate.domain.new_findings` for what counts as new."""

    def __init__(
        self,
        *,
        effective: EffectiveEvidence,
        catalog: CatalogService,
        blobs: BlobStore,
        shipped: Callable[[], Sequence[Shipped]],
        comparisons: Comparisons,
    ) -> None:
        self._effective = effective
        self._catalog = catalog
        self._blobs = blobs
        self._shipped = shipped
        self._comparisons = comparisons

    def keep(self, report: ReadReport) -> str | None:
        """Keep how often each finding occurs, by severity, for this revision's verdicts and later ones.

        Returns the digest of what was kept, None for a report without findings that can be counted.
        """
        parts = report.evidence.by_tool()
        if not any(part.ran and "findings.total" in part.measures for part in parts):
            return None
        return self._blobs.put_bytes(report.counts()).digest

    def baseline(self, revision: Revision, named: str | None, *, has_findings: bool) -> str | None:
        """Choose the commit whose findings count as known: the one that was named, else the last release.

        A revision is never its own baseline: nothing would be new in it.
        """
        if named is not None:
            found = self._catalog.find_revision(revision.component, named)
            if found is None:
                raise NotFound(f"revision of {revision.component} to compare with", named)
            if found.id == revision.id:
                raise Invalid(
                    "A revision cannot be compared with itself.",
                    (("/baseline", "Name the commit whose findings are accepted as known."),),
                )
            return named
        if not has_findings:
            return None
        commits = (one.shipped_revision(revision.component) for one in self._shipped())
        shipped = next((one for one in commits if one is not None), None)
        return None if shipped == revision.commit else shipped

    def measured(self, component: str, submitted: Submitted, *, at: datetime) -> JudgedEvidence:
        """Return what verdicts see of a revision's submissions: those that may count, with what is new."""
        seen = tuple([one.facts for one in submitted.submissions])
        if all([one.baseline is None for one in submitted.submissions]):
            counted = submitted.counted
            if not counted.hold_at(at):
                counted = CountedReports.at(seen, at, revision=submitted.commit)
            return JudgedEvidence(seen, counted, submitted.last, {})
        compared = self._compared(component, submitted.submissions, at=at)
        new: dict[str, Mapping[str, Value]] = {}
        for one, facts in zip(submitted.submissions, compared, strict=True):
            if facts is not one.facts:
                new |= _new_of(one.id, facts)
        counted = CountedReports.at(compared, at, revision=submitted.commit)
        return JudgedEvidence(compared, counted, submitted.last, new)

    def problems_of(self, stored: StoredEvidence) -> frozenset[tuple[Severity, str]] | None:
        """Name the problems of one report that its baseline has not, by severity and key.

        None where it was sent without a baseline, or where the baseline has no report of its tools.
        """
        own = self._counts_of((stored.fingerprints or "", ""))
        revision = self._catalog.find_revision(stored.component, stored.baseline) if stored.baseline else None
        if own is None or revision is None:
            return None
        tools = _tools(stored)
        there = self._effective.of_revision(revision.id, revision.commit).submissions
        known = [self._counts_of((one.fingerprints or "", "")) for one in there if tools & _tools(one)]
        counts = [one for one in known if one is not None]
        if not counts or len(counts) < len(known):
            return None
        return new_problems([own], baseline_of(counts))[0]

    def _compared(
        self, component: str, submitted: Sequence[StoredEvidence], *, at: datetime
    ) -> tuple[Evidence, ...]:
        stored = {key_of(one.facts): one for one in submitted}

        def of_baseline(commit: str) -> Sequence[Evidence]:
            revision = self._catalog.find_revision(component, commit)
            if revision is None:
                return ()
            known = self._effective.of_revision(revision.id, revision.commit).submissions
            stored.update((key_of(one.facts), one) for one in known)
            return [one.facts for one in known]

        def compare(current: Sequence[Evidence], baseline: Sequence[Evidence]) -> Sequence[Mapping[str, int]]:
            def counted(part: Evidence) -> Counted:
                whole = stored[key_of(part)]
                return whole.fingerprints or "", part.tool if whole.facts.runs else ""

            return self._comparisons.get(
                tuple(map(counted, current)), tuple(map(counted, baseline)), self._counts_of
            )

        return with_new_findings(
            [one.facts for one in submitted],
            sent_with=lambda one: stored[key_of(one)].baseline,
            evidence_of=of_baseline,
            compare=compare,
            at=at,
        )

    def _counts_of(self, counted: Counted) -> Counts | None:
        """Read what was kept of a report; None where nothing was, or it is in an older way."""
        digest, tool = counted
        if not digest:
            return None
        try:
            counts = FindingCounts(_COUNTS.decode(self._blobs.get(digest)))
        except msgspec.ValidationError:
            return None
        return counts.of(tool or None)


def _tools(stored: StoredEvidence) -> frozenset[str]:
    return frozenset(part.tool.casefold() for part in stored.facts.by_tool())


def _new_of(evidence_id: str, facts: Evidence) -> dict[str, Mapping[str, Value]]:
    """Return what was measured against a baseline, as `JudgedEvidence.new_findings` holds it."""
    parts = {evidence_id: facts.measures}
    parts |= {part_name(evidence_id, number): run.measures for number, run in enumerate(facts.runs)}
    found = {
        name: {measure: value for measure, value in measures.items() if measure.startswith(_NEW)}
        for name, measures in parts.items()
    }
    return {name: measures for name, measures in found.items() if measures}


def part_name(evidence_id: str, number: int) -> str:
    """Name one tool's part of a submission that several tools share."""
    return f"{evidence_id}/{number}"


def with_new_of(evidence_id: str, facts: Evidence, new: Mapping[str, Mapping[str, Value]]) -> Evidence:
    """Give a submission back what was measured of it against a baseline."""
    own = new.get(evidence_id)
    if own is not None:
        facts = dataclasses.replace(facts, measures={**facts.measures, **own})
    parts = [new.get(part_name(evidence_id, number), {}) for number in range(len(facts.runs))]
    if not any(parts):
        return facts
    runs = tuple(
        dataclasses.replace(run, measures={**run.measures, **part})
        for run, part in zip(facts.runs, parts, strict=True)
    )
    return dataclasses.replace(facts, runs=runs)
