"""Use cases of evidence: submit a report and get the verdicts with the answer; read what was submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import BinaryIO

from tidegate.domain.access import Permission
from tidegate.domain.catalog import Revision
from tidegate.domain.coverage_union import JoinedCoverage
from tidegate.domain.effective_reports import EffectiveReport
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Value
from tidegate.domain.records import StoredEvidence, StoredVerdict
from tidegate.domain.submissions import of_its_run, repeated
from tidegate.kernel.access import Access
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId, next_after
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.coverage_lines import CoverageLines
from tidegate.modules.evidence.effective import EffectiveEvidence, Submitted
from tidegate.modules.evidence.intake import KeptReport, ReportIntake
from tidegate.modules.evidence.new_findings import NewFindings, with_new_of
from tidegate.modules.evidence.ports import (
    IncomingReport,
    Judge,
    JudgedEvidence,
    Submission,
    SubmissionMetrics,
    SubmittedReport,
)
from tidegate.modules.evidence.repository import EvidenceRepository
from tidegate.readers.base import Item, Limits, Source
from tidegate.readers.evidence import read_evidence
from tidegate.readers.items import ItemCollector, ReportItems
from tidegate.readers.subprocess_reader import LARGE


class EvidenceService:
    """Takes reports in, and tells what was taken in."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        evidence: EvidenceRepository,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        blobs: BlobStore,
        judges: Callable[[], Sequence[Judge]],
        intake: ReportIntake,
        effective: EffectiveEvidence,
        new_findings: NewFindings,
        coverage_lines: CoverageLines,
        limits: Limits,
        clock: Clock,
        new_id: NewId,
        metrics: SubmissionMetrics,
    ) -> None:
        self._uow = uow
        self._evidence = evidence
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._blobs = blobs
        self._judges = judges
        self._intake = intake
        self._effective = effective
        self._new_findings = new_findings
        self._coverage_lines = coverage_lines
        self._limits = limits
        self._clock = clock
        self._new_id = new_id
        self._metrics = metrics

    def submit(
        self, reports: Sequence[IncomingReport], *, component: str, commit: str, baseline: str | None = None
    ) -> Submission:
        """Keep reports byte for byte, read them, record all or none, and judge the revision with all of them.

        Each has a slot of its own. One that cannot be understood is kept as unreadable evidence, which
        blocks. The same report once more (`domain.submissions`) adds no evidence, and is judged now like
        any: gates, environments and the age of evidence may have changed since.
        """
        began, arrived = perf_counter(), self._clock.now()
        times = [self._intake.accept(report, arrived=arrived) for report in reports]
        # Bytes first, rows second: a crash in between leaves bytes that nobody names, no row without bytes.
        # No snapshot of the database, and no connection, is held meanwhile: reading may take a minute.
        kept = [
            self._intake.keep(
                report,
                component=component,
                commit=commit,
                baseline=baseline,
                taken_at=taken_at,
                arrived=arrived,
            )
            for report, taken_at in zip(reports, times, strict=True)
        ]
        with self._uow.transaction():
            revision, is_new, earlier = self._open(component, commit)
            # Asked once the lock is held, so that time does not run backwards from verdict to verdict.
            now = self._clock.now()
            submitted = self._record_all(kept, revision, earlier, baseline, at=now)
            newer = [one.evidence for one in submitted if not one.repeated]
            counting = self._effective.with_newer(revision.id, earlier, newer)
            facts = self._new_findings.measured(component, counting, at=now)
            rulings = tuple(
                ruling
                for judge in self._judges()
                for ruling in judge.judge_revision(revision, facts, at=now, is_new=is_new)
            )
        seconds = perf_counter() - began
        for one in submitted:
            if not one.repeated:
                stored = one.evidence
                self._metrics.evidence(format=stored.facts.format, size=stored.size, seconds=seconds)
        return Submission(submitted, rulings)

    def evidence(self, evidence_id: str) -> StoredEvidence:
        """Return one submission; raises `NotFound`."""
        found = self._evidence.get(evidence_id)
        if found is None or not self._access.may_see(Permission.READ, component=found.component):
            raise NotFound("evidence", evidence_id)
        return found

    def content(self, evidence_id: str) -> tuple[StoredEvidence, BinaryIO]:
        """Open the bytes of a report as its tool wrote them; the caller closes the stream."""
        found = self.evidence(evidence_id)
        return found, self._blobs.open(found.facts.digest)

    def items(self, evidence_id: str, *, most: int, only_new: bool = False) -> ReportItems:
        """Read a report again for the failing cases and findings that it names, up to `most` of each kind.

        `only_new` leaves out the findings that its baseline has as well. Raises `NotFound`, and `Invalid` for
        a report that is too large to be read while somebody waits, or that was compared with no baseline.
        """
        found = self.evidence(evidence_id)
        new = self.new_problems(evidence_id) if only_new else None
        if only_new and new is None:
            raise Invalid(
                "The report was compared with no baseline, so nothing tells which findings are new in it.",
                (("/new", "Leave it out, or submit the report with a baseline."),),
            )
        if found.size >= LARGE:
            raise Invalid(
                f"The report has {found.size:,} bytes, and items are listed of reports below {LARGE:,}. "
                f"Download /api/v1/evidence/{evidence_id}/content, then: tidegate read --all FILE"
            )
        collector = ItemCollector(most)

        def collect(item: Item) -> None:
            if new is None or not isinstance(item, Finding) or (item.severity, item.key) in new:
                collector.add(item)

        facts = found.facts
        if facts.unreadable is None:
            with self._blobs.open(facts.digest) as stream:
                source = Source.of_bytes(stream.read(), facts.slot)
            read_evidence(
                source,
                slot=facts.slot,
                taken_at=facts.taken_at,
                limits=self._limits,
                digest=facts.digest,
                format=facts.format,
                on_item=collect,
            )
        return collector.items()

    def new_problems(self, evidence_id: str) -> frozenset[tuple[Severity, str]] | None:
        """Name the problems that a report's baseline has not; see `NewFindings.problems_of`."""
        return self._new_findings.problems_of(self.evidence(evidence_id))

    def of_revision(self, component: str, commit: str, request: PageRequest) -> Page[StoredEvidence]:
        """Return one page of a revision's submissions, newest first."""
        return self._evidence.page(self._catalog.revision(component, commit).id, request)

    def facts_of(self, revision: Revision, *, at: datetime) -> JudgedEvidence:
        """Return what verdicts see of a revision's submissions, with what is new."""
        submitted = self._effective.of_revision(revision.id, revision.commit)
        return self._new_findings.measured(revision.component, submitted, at=at)

    def facts_until(
        self, given: StoredVerdict, until: str | None, new_findings: Mapping[str, Mapping[str, Value]]
    ) -> Iterator[Evidence]:
        """Go through what a verdict saw when a submission was the newest one; see `JudgedEvidence`."""
        seen = self._effective.until(given.revision_id, given.commit, until).submissions if until else ()
        for one in seen:
            yield with_new_of(one.id, one.facts, new_findings)

    def join_coverage(self, reports: Sequence[EffectiveReport]) -> JoinedCoverage:
        """Join the coverage of several reports by source line."""
        return self._coverage_lines.join(reports)

    def history(
        self, *, last: int, component: str | None = None
    ) -> Iterator[tuple[Revision, tuple[Evidence, ...], datetime]]:
        """Go through the newest revisions that have evidence, newest first: what verdicts saw last."""
        for newest_id in self._evidence.newest_of_revisions(last=last, component=component):
            newest = self.evidence(newest_id)
            revision = self._catalog.revision_by_id(newest.revision_id)
            facts = self.facts_of(revision, at=newest.received_at)
            yield revision, facts.evidence, newest.received_at

    def _open(self, component: str, commit: str) -> tuple[Revision, bool, Submitted]:
        """Return the revision, registered now if it was not, and what was submitted for it so far.

        One submission of a revision at a time: each verdict has to see the evidence of those before.
        """
        revision, is_new = self._catalog.register_revision(component, commit)
        if is_new:
            return revision, True, Submitted.none(revision.commit)
        self._catalog.lock_revision(revision)
        return revision, False, self._effective.of_revision(revision.id, revision.commit)

    def _record_all(
        self,
        kept: Sequence[KeptReport],
        revision: Revision,
        earlier: Submitted,
        baseline: str | None,
        *,
        at: datetime,
    ) -> tuple[SubmittedReport, ...]:
        """Record what does not count already; slots differ, so that only what was there before is asked."""
        compared_with = {
            has_findings: self._new_findings.baseline(revision, baseline, has_findings=has_findings)
            for has_findings in {one.fingerprints is not None for one in kept}
        }
        submitted, last = [], earlier.last
        for one in kept:
            known = compared_with[one.fingerprints is not None]
            facts = of_its_run(one.sent, one.evidence, earlier.submissions)
            stored = repeated(one.sent, facts, one.tool_version, known, earlier.submissions)
            submitted.append(
                SubmittedReport(
                    stored
                    or self._record(
                        replace(one, evidence=facts), revision, known, identifier=self._next_id(last), at=at
                    ),
                    repeated=stored is not None,
                )
            )
            if stored is None:
                last = submitted[-1].evidence.id
        return tuple(submitted)

    def _next_id(self, last: str | None) -> str:
        """Make an identifier above those of the revision's evidence, whatever clock they were made by.

        What was read of a revision is named by the last one: nothing may come before it later.
        """
        identifier = self._new_id()
        return identifier if last is None or identifier > last else next_after(last)

    def _record(
        self, kept: KeptReport, revision: Revision, baseline: str | None, *, identifier: str, at: datetime
    ) -> StoredEvidence:
        stored = StoredEvidence(
            id=identifier,
            revision_id=revision.id,
            component=revision.component,
            size=kept.size,
            tool_version=kept.tool_version,
            baseline=baseline,
            fingerprints=kept.fingerprints,
            received_at=at,
            facts=kept.evidence,
        )
        self._evidence.insert(stored)
        self._audit.append(
            action="evidence.submitted",
            subject=f"revision:{revision.component}@{revision.commit}",
            details={
                "evidence": stored.id,
                "digest": kept.sent.digest,
                "slot": kept.sent.slot,
                "format": kept.evidence.format,
            },
        )
        return stored
