"""Queries over evidence; rows become `StoredEvidence` here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select

from tidegate.domain.evidence import Evidence
from tidegate.domain.measures import Kind
from tidegate.domain.records import StoredEvidence
from tidegate.domain.replays import restore_runs, runs_document
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.evidence.models import EvidenceRow

# Every submission asks these; made once, they cost little.
_EVIDENCE = table_of(EvidenceRow)
_INSERT = insert(_EVIDENCE)
_BY_ID = select(_EVIDENCE).where(_EVIDENCE.c.id == bindparam("id"))
_OF_REVISION = select(_EVIDENCE).where(_EVIDENCE.c.revision_id == bindparam("revision_id"))
_ALL_OF_REVISION = _OF_REVISION.order_by(_EVIDENCE.c.id)


class EvidenceRepository(Repository[EvidenceRow]):
    """Evidence, found by revision, slot and digest."""

    model = EvidenceRow

    def insert(self, stored: StoredEvidence) -> None:
        """Write a new submission; one plain statement, since every pipeline step waits for it."""
        facts = stored.facts
        self.session.execute(
            _INSERT,
            dict(
                id=stored.id,
                revision_id=stored.revision_id,
                component=stored.component,
                slot=facts.slot,
                digest=facts.digest,
                size=stored.size,
                format=facts.format,
                kind=facts.kind,
                tool=facts.tool,
                tool_version=stored.tool_version,
                ran=facts.ran,
                why_not=facts.why_not,
                unreadable=facts.unreadable,
                measures=dict(facts.measures),
                baseline=stored.baseline,
                fingerprints=stored.fingerprints,
                made_at=facts.made_at,
                commits=list(facts.commits) or None,
                runs=runs_document(facts.runs) or None,
                taken_at=facts.taken_at,
                received_at=stored.received_at,
            ),
        )

    def get(self, evidence_id: str) -> StoredEvidence | None:
        """Return one submission by its identifier."""
        row = self.first(_BY_ID, id=evidence_id)
        return _stored(row) if row else None

    def of_revision(self, revision_id: str) -> tuple[StoredEvidence, ...]:
        """Return every submission for the revision, oldest first."""
        rows = self.session.execute(_ALL_OF_REVISION, {"revision_id": revision_id})
        return tuple(_stored(row) for row in rows)

    def newest_revisions(self, *, last: int, component: str | None) -> tuple[str, ...]:
        """Return the identifiers of the newest revisions that have evidence, newest first."""
        query = select(EvidenceRow.revision_id, func.max(EvidenceRow.id).label("newest"))
        if component is not None:
            query = query.where(EvidenceRow.component == component)
        grouped = query.group_by(EvidenceRow.revision_id).subquery()
        rows = self.session.scalars(
            select(grouped.c.revision_id).order_by(grouped.c.newest.desc()).limit(last)
        )
        return tuple(rows)

    def page(self, revision_id: str, request: PageRequest) -> Page[StoredEvidence]:
        """Return one page of the revision's submissions, newest first."""
        return self.paginate(
            select(EvidenceRow).where(EvidenceRow.revision_id == revision_id),
            request,
            by=[EvidenceRow.id],
            convert=_stored,
            newest_first=True,
        )


def _stored(row: EvidenceRow | Any) -> StoredEvidence:
    facts = Evidence(
        digest=row.digest,
        slot=row.slot,
        kind=Kind(row.kind) if row.kind else None,
        format=row.format,
        tool=row.tool,
        taken_at=row.taken_at,
        measures=row.measures,
        ran=row.ran,
        why_not=row.why_not,
        unreadable=row.unreadable,
        made_at=row.made_at,
        commits=tuple(row.commits or ()),
        runs=restore_runs(row.runs or []),
    )
    return StoredEvidence(
        id=row.id,
        revision_id=row.revision_id,
        component=row.component,
        size=row.size,
        tool_version=row.tool_version,
        baseline=row.baseline,
        fingerprints=row.fingerprints,
        received_at=row.received_at,
        facts=facts,
    )
