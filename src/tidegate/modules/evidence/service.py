"""Use cases of evidence: submit a report and get the verdicts with the answer; read what was submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import BinaryIO

from tidegate.domain.catalog import Revision
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Evidence
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.new_findings import NewFindings
from tidegate.modules.evidence.ports import EvidenceStore, Judge, SubmissionMetrics, Submission
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import digest_of_source
from tidegate.readers.subprocess_reader import ReadReport, read_report

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a sender's clock may be before its times are refused."""

SMALL = 1024 * 1024
"""Bytes up to which reading a report once more costs less than asking first whether it is there already."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a sender said of a report; `taken_at` and `baseline` are None where nothing was said."""

    component: str
    commit: str
    slot: str
    digest: str
    taken_at: datetime | None
    baseline: str | None


class EvidenceService:
    """Takes reports in, and tells what was taken in."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        evidence: EvidenceStore,
        catalog: CatalogService,
        audit: AuditService,
        blobs: BlobStore,
        judges: Callable[[], Sequence[Judge]],
        new_findings: NewFindings,
        limits: Limits,
        clock: Clock,
        new_id: NewId,
        metrics: SubmissionMetrics,
    ) -> None:
        self._uow = uow
        self._evidence = evidence
        self._catalog = catalog
        self._audit = audit
        self._blobs = blobs
        self._judges = judges
        self._new_findings = new_findings
        self._limits = limits
        self._clock = clock
        self._new_id = new_id
        self._metrics = metrics

    def submit(
        self,
        source: Source,
        *,
        component: str,
        commit: str,
        slot: str,
        format: str | None = None,
        taken_at: datetime | None = None,
        baseline: str | None = None,
    ) -> Submission:
        """Keep a report byte for byte, read it, and judge the revision anew in the same transaction.

        A report that cannot be understood is kept as unreadable evidence, which blocks. The same bytes sent
        again for the same slot change nothing and answer with what was said before, unless `taken_at` says
        that the tool has run again since.
        """
        began, arrived = perf_counter(), self._clock.now()
        taken_at = _accepted(taken_at, arrived)
        sent = _Sent(component, commit, slot, digest_of_source(source), taken_at, baseline)
        if source.size > SMALL:
            known = self._repeated_before(sent)
            if known is not None:
                return known
        # Bytes first, row second: a crash in between leaves bytes that nobody names, no row without bytes.
        # No snapshot of the database, and no connection, is held meanwhile: reading may take a minute.
        report = read_report(
            source,
            slot=slot,
            taken_at=taken_at or arrived,
            limits=self._limits,
            digest=sent.digest,
            format=format,
            meanwhile=lambda: self._keep(source),
        )
        fingerprints = self._new_findings.keep(report)
        with self._uow.transaction():
            revision, earlier = self._open(component, commit)
            # Somebody may have submitted these very bytes while we were reading them.
            known = self._repeated(sent, revision, earlier)
            if known is not None:
                return known
            # Asked once the lock is held, so that time does not run backwards from verdict to verdict.
            now = self._clock.now()
            stored = self._record(sent, revision, report, fingerprints, size=source.size, at=now)
            everything = self._new_findings.measured(component, (*earlier, stored), at=now)
            rulings = tuple(
                ruling
                for judge in self._judges()
                for ruling in judge.judge_revision(revision, everything, at=now)
            )
        self._metrics.evidence(
            format=report.evidence.format, size=source.size, seconds=perf_counter() - began
        )
        return Submission(stored, repeated=False, rulings=rulings)

    def evidence(self, evidence_id: str) -> StoredEvidence:
        """Return one submission; raises `NotFound`."""
        found = self._evidence.get(evidence_id)
        if found is None:
            raise NotFound("evidence", evidence_id)
        return found

    def content(self, evidence_id: str) -> tuple[StoredEvidence, BinaryIO]:
        """Open the bytes of a report as its tool wrote them; the caller closes the stream."""
        found = self.evidence(evidence_id)
        return found, self._blobs.open(found.facts.digest)

    def of_revision(self, component: str, commit: str, request: PageRequest) -> Page[StoredEvidence]:
        """Return one page of a revision's submissions, newest first."""
        return self._evidence.page(self._catalog.revision(component, commit).id, request)

    def facts_of(self, revision: Revision, *, at: datetime) -> tuple[Evidence, ...]:
        """Return what verdicts see of a revision: all submissions, oldest first, with what is new."""
        return self._new_findings.measured(revision.component, self._evidence.of_revision(revision.id), at=at)

    def history(
        self, *, last: int, component: str | None = None
    ) -> Iterator[tuple[Revision, tuple[Evidence, ...], datetime]]:
        """Go through the newest revisions that have evidence, newest first: what verdicts saw last."""
        for revision_id in self._evidence.newest_revisions(last=last, component=component):
            revision = self._catalog.revision_by_id(revision_id)
            stored = self._evidence.of_revision(revision_id)
            at = max(one.received_at for one in stored)
            yield revision, self._new_findings.measured(revision.component, stored, at=at), at

    def _open(self, component: str, commit: str) -> tuple[Revision, tuple[StoredEvidence, ...]]:
        """Return the revision, registered now if it was not, and what was submitted for it so far.

        One submission of a revision at a time: each verdict has to see the evidence of those before.
        """
        revision, is_new = self._catalog.register_revision(component, commit)
        if is_new:
            return revision, ()
        self._catalog.lock_revision(revision)
        return revision, self._evidence.of_revision(revision.id)

    def _record(
        self,
        sent: _Sent,
        revision: Revision,
        report: ReadReport,
        fingerprints: str | None,
        *,
        size: int,
        at: datetime,
    ) -> StoredEvidence:
        stored = StoredEvidence(
            id=self._new_id(),
            revision_id=revision.id,
            component=revision.component,
            size=size,
            tool_version=report.tool_version,
            baseline=self._new_findings.baseline(
                revision, sent.baseline, has_findings=fingerprints is not None
            ),
            fingerprints=fingerprints,
            received_at=at,
            facts=report.evidence,
        )
        self._evidence.insert(stored)
        self._audit.append(
            action="evidence.submitted",
            subject=f"revision:{revision.component}@{revision.commit}",
            details={
                "evidence": stored.id,
                "digest": sent.digest,
                "slot": sent.slot,
                "format": report.evidence.format,
            },
        )
        return stored

    def _repeated_before(self, sent: _Sent) -> Submission | None:
        """Ask what `_repeated` asks before a report is read, which takes long where it is large."""
        revision = self._catalog.find_revision(sent.component, sent.commit)
        known = None
        if revision is not None:
            known = self._repeated(sent, revision, self._evidence.of_revision(revision.id))
        self._uow.release()
        return known

    def _repeated(
        self, sent: _Sent, revision: Revision, earlier: Sequence[StoredEvidence]
    ) -> Submission | None:
        """Return the answer of the submission that these bytes repeat, or None where they are news."""
        in_slot = (one for one in earlier if one.facts.slot == sent.slot)
        known = max(in_slot, key=lambda one: (one.facts.taken_at, one.facts.digest), default=None)
        if known is None or known.facts.digest != sent.digest:
            return None
        if sent.taken_at is not None and sent.taken_at > known.facts.taken_at:
            return None
        rulings = tuple(r for judge in self._judges() for r in judge.latest_rulings(revision))
        return Submission(known, repeated=True, rulings=rulings)

    def _keep(self, source: Source) -> None:
        with source.open() as stream:
            self._blobs.put(stream)


def _accepted(taken_at: datetime | None, now: datetime) -> datetime | None:
    """Return the time that a sender gave; None where it tells nothing.

    A clock that is a little ahead is no reason to refuse, but its time would outlast reports that come later
    and were taken by our own: it counts as not given.
    """
    if taken_at is None:
        return None
    if taken_at.tzinfo is None:
        raise Invalid("The time has no zone.", (("taken_at", "Write it with a zone, such as …Z."),))
    if taken_at > now + CLOCK_SKEW:
        raise Invalid(
            "The report claims to come from the future.",
            (("taken_at", f"The server's time is {now.isoformat()}; correct the sender's clock."),),
        )
    return taken_at if taken_at <= now else None
