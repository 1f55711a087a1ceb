"""Use cases of evidence: submit a report and get the verdicts with the answer; read what was submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, BinaryIO, Protocol

import msgspec

from tidegate.domain.catalog import Revision
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Severity, Tally
from tidegate.domain.newness import Comparisons, key_of, with_new_findings
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.readers.apart import Taken, take_in
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import digest_of_source

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a sender's clock may be before its times are refused."""

SMALL = 1024 * 1024
"""Bytes up to which reading a report once more costs less than asking first whether it is there already."""

_COUNTS = msgspec.json.Decoder(dict[Severity, dict[str, int]])


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict as it was recorded; `changed` tells whether its state differs from the one before.

    `verdict` is the verdict's document, as `Verdict.to_document` writes it.
    """

    id: str
    environment: str
    changed: bool
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a submission; `repeated` where the same bytes already counted for that slot."""

    evidence: StoredEvidence
    repeated: bool
    rulings: tuple[Ruling, ...]


class Judge(Protocol):
    """Somebody who has something to say once a revision's evidence has changed."""

    def judge_revision(
        self, revision: Revision, facts: Sequence[Evidence], *, at: datetime
    ) -> Sequence[Ruling]:
        """Judge by all that is there now, and record it."""
        ...

    def latest_rulings(self, revision: Revision) -> Sequence[Ruling]:
        """Return what was said last, without judging again."""
        ...


class Shipped(Protocol):
    """Somebody who knows which revision of a component was shipped last."""

    def shipped_revision(self, component: str) -> str | None:
        """Return the commit of the component's newest release, or None before the first one."""
        ...


class Scales(Protocol):
    """Somebody who wants to know how much was taken in, and how long that took."""

    def evidence(self, *, format: str, size: int, seconds: float) -> None:
        """Note one report, from its last byte to its verdicts."""
        ...


class EvidenceStore(Protocol):
    """Where submissions are kept."""

    def insert(self, stored: StoredEvidence) -> None:
        """Write a new submission."""
        ...

    def get(self, evidence_id: str) -> StoredEvidence | None:
        """Return one submission by its identifier."""
        ...

    def of_revision(self, revision_id: str) -> tuple[StoredEvidence, ...]:
        """Return every submission for the revision, oldest first."""
        ...

    def newest_revisions(self, *, last: int, component: str | None) -> tuple[str, ...]:
        """Return the identifiers of the newest revisions that have evidence, newest first."""
        ...

    def page(self, revision_id: str, request: PageRequest) -> Page[StoredEvidence]:
        """Return one page of the revision's submissions, newest first."""
        ...


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
        shipped: Callable[[], Sequence[Shipped]],
        comparisons: Comparisons,
        limits: Limits,
        clock: Clock,
        new_id: NewId,
        scales: Scales,
    ) -> None:
        self._uow = uow
        self._evidence = evidence
        self._catalog = catalog
        self._audit = audit
        self._blobs = blobs
        self._judges = judges
        self._shipped = shipped
        self._comparisons = comparisons
        self._limits = limits
        self._clock = clock
        self._new_id = new_id
        self._scales = scales

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
        began = perf_counter()
        digest, rerun_at = digest_of_source(source), taken_at
        if source.size > SMALL:
            known = self._repeated_before(component, commit, slot, digest, rerun_at)
            if known is not None:
                return known
        taken_at = self._accept_time(taken_at, self._clock.now())
        # Bytes first, row second: a crash in between leaves bytes that nobody names, no row without bytes.
        # No snapshot of the database, and no connection, is held meanwhile: reading may take a minute.
        report = take_in(
            source,
            slot=slot,
            taken_at=taken_at,
            limits=self._limits,
            digest=digest,
            format=format,
            meanwhile=lambda: self._keep(source),
        )
        facts = report.evidence
        fingerprints = self._keep_fingerprints(report)
        with self._uow.transaction():
            revision, earlier = self._open(component, commit)
            # Somebody may have submitted these very bytes while we were reading them.
            known = self._repeated(revision, earlier, slot, digest, rerun_at)
            if known is not None:
                return known
            # Asked once the lock is held, so that time does not run backwards from verdict to verdict.
            now = self._clock.now()
            stored = StoredEvidence(
                id=self._new_id(),
                revision_id=revision.id,
                component=component,
                size=source.size,
                tool_version=report.tool_version,
                baseline=self._baseline(revision, baseline, has_findings=fingerprints is not None),
                fingerprints=fingerprints,
                received_at=now,
                facts=facts,
            )
            self._evidence.insert(stored)
            self._audit.append(
                action="evidence.submitted",
                subject=f"revision:{component}@{revision.commit}",
                details={"evidence": stored.id, "digest": facts.digest, "slot": slot, "format": facts.format},
            )
            everything = self._with_new_findings(component, (*earlier, stored), now)
            rulings = tuple(
                ruling
                for judge in self._judges()
                for ruling in judge.judge_revision(revision, everything, at=now)
            )
        self._scales.evidence(format=facts.format, size=source.size, seconds=perf_counter() - began)
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
        return self._with_new_findings(revision.component, self._evidence.of_revision(revision.id), at)

    def history(
        self, *, last: int, component: str | None = None
    ) -> Iterator[tuple[Revision, tuple[Evidence, ...], datetime]]:
        """Go through the newest revisions that have evidence, newest first: what verdicts saw last."""
        for revision_id in self._evidence.newest_revisions(last=last, component=component):
            revision = self._catalog.revision_by_id(revision_id)
            stored = self._evidence.of_revision(revision_id)
            at = max(one.received_at for one in stored)
            yield revision, self._with_new_findings(revision.component, stored, at), at

    def _accept_time(self, taken_at: datetime | None, now: datetime) -> datetime:
        if taken_at is None:
            return now
        if taken_at.tzinfo is None:
            raise Invalid("The time has no zone.", (("taken_at", "Write it with a zone, such as …Z."),))
        if taken_at > now + CLOCK_SKEW:
            raise Invalid(
                "The report claims to come from the future.",
                (("taken_at", f"The server's time is {now.isoformat()}; correct the sender's clock."),),
            )
        return taken_at

    def _open(self, component: str, commit: str) -> tuple[Revision, tuple[StoredEvidence, ...]]:
        """Return the revision, registered now if it was not, and what was submitted for it so far.

        One submission of a revision at a time: each verdict has to see the evidence of those before.
        """
        revision, is_new = self._catalog.register_revision(component, commit)
        if is_new:
            return revision, ()
        self._catalog.lock_revision(revision)
        return revision, self._evidence.of_revision(revision.id)

    def _repeated_before(
        self, component: str, commit: str, slot: str, digest: str, taken_at: datetime | None
    ) -> Submission | None:
        """Ask what `_repeated` asks before a report is read, which takes long where it is large."""
        revision = self._catalog.find_revision(component, commit)
        earlier = () if revision is None else self._evidence.of_revision(revision.id)
        known = None if revision is None else self._repeated(revision, earlier, slot, digest, taken_at)
        self._uow.release()
        return known

    def _repeated(
        self,
        revision: Revision,
        earlier: Sequence[StoredEvidence],
        slot: str,
        digest: str,
        taken_at: datetime | None,
    ) -> Submission | None:
        """Return the answer of the submission that these bytes repeat, or None where they are news."""
        in_slot = (one for one in earlier if one.facts.slot == slot)
        known = max(in_slot, key=lambda one: (one.facts.taken_at, one.facts.digest), default=None)
        if known is None or known.facts.digest != digest:
            return None
        if taken_at is not None and taken_at > known.facts.taken_at:
            return None
        rulings = tuple(r for judge in self._judges() for r in judge.latest_rulings(revision))
        return Submission(known, repeated=True, rulings=rulings)

    def _baseline(self, revision: Revision, named: str | None, *, has_findings: bool) -> str | None:
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

    def _with_new_findings(
        self, component: str, submitted: Sequence[StoredEvidence], at: datetime
    ) -> tuple[Evidence, ...]:
        if all(one.baseline is None for one in submitted):
            return tuple(one.facts for one in submitted)
        stored = {key_of(one.facts): one for one in submitted}

        def of_baseline(commit: str) -> Sequence[Evidence]:
            revision = self._catalog.find_revision(component, commit)
            known = self._evidence.of_revision(revision.id) if revision else ()
            stored.update((key_of(one.facts), one) for one in known)
            return [one.facts for one in known]

        def compare(current: Sequence[Evidence], baseline: Sequence[Evidence]) -> Sequence[Mapping[str, int]]:
            return self._comparisons.get(
                tuple(stored[key_of(one)].fingerprints or "" for one in current),
                tuple(stored[key_of(one)].fingerprints or "" for one in baseline),
                self._tally,
            )

        return with_new_findings(
            [one.facts for one in submitted],
            sent_with=lambda one: stored[key_of(one)].baseline,
            evidence_of=of_baseline,
            compare=compare,
            at=at,
        )

    def _tally(self, digest: str) -> Tally:
        return Tally(_COUNTS.decode(self._blobs.get(digest)))

    def _keep_fingerprints(self, report: Taken) -> str | None:
        """Keep how often each finding occurs, by severity, for this revision's verdicts and later ones."""
        if not report.evidence.ran or "findings.total" not in report.evidence.measures:
            return None
        return self._blobs.put_bytes(report.counts()).digest

    def _keep(self, source: Source) -> None:
        with source.open() as stream:
            self._blobs.put(stream)
