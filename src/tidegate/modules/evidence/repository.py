"""Queries over evidence; rows become `StoredEvidence` here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, case, func, insert, select
from sqlalchemy.orm import aliased

from tidegate.domain.evidence import Evidence
from tidegate.domain.measures import Kind
from tidegate.domain.records import StoredEvidence
from tidegate.domain.replays import restore_runs, runs_document
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.evidence.models import EvidenceRow

# Every submission asks these; made once, they cost little.
_EVIDENCE = table_of(EvidenceRow)
_INSERT = insert(_EVIDENCE)
_BY_ID = select(_EVIDENCE).where(_EVIDENCE.c.id == bindparam("id"))
_OF_REVISION = select(_EVIDENCE).where(_EVIDENCE.c.revision_id == bindparam("revision_id"))
_UNTIL = _EVIDENCE.c.id <= bindparam("until")
_ALL = {
    False: _OF_REVISION.order_by(_EVIDENCE.c.id),
    True: _OF_REVISION.where(_UNTIL).order_by(_EVIDENCE.c.id),
}
_SINCE = _OF_REVISION.where(_EVIDENCE.c.id >= bindparam("since")).order_by(_EVIDENCE.c.id)
_READABLE = _EVIDENCE.c.ran & _EVIDENCE.c.unreadable.is_(None) & _EVIDENCE.c.kind.is_not(None)


def _newest_in_slots(of_revision: Select[Any]) -> Select[Any]:
    readable_at = case((_READABLE, _EVIDENCE.c.taken_at))
    rows = of_revision.add_columns(
        func.max(readable_at).over(partition_by=_EVIDENCE.c.slot).label("readable_at"),
        func.max(_EVIDENCE.c.id).over().label("last"),
    ).subquery()
    # Those of the same moment stay: which of them counts, `effective` tells by the order of arrival.
    return (
        select(rows)
        .where(rows.c.readable_at.is_(None) | (rows.c.taken_at >= rows.c.readable_at))
        .order_by(rows.c.id)
    )


_NEWEST_IN_SLOTS = {
    False: _newest_in_slots(_OF_REVISION),
    True: _newest_in_slots(_OF_REVISION.where(_UNTIL)),
}


class EvidenceRepository(Repository[EvidenceRow]):
    """Evidence, found by revision, slot and digest."""

    model = EvidenceRow

    def insert(self, stored: StoredEvidence) -> None:
        """Write a new submission; one plain statement, since every pipeline step waits for it."""
        facts = stored.facts
        self._uow.execute(
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
                lines=facts.lines,
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

    def of_revision(self, revision_id: str, *, until: str | None) -> tuple[StoredEvidence, ...]:
        """Return every submission for the revision up to one of them, oldest first."""
        rows = self.session.execute(_ALL[until is not None], {"revision_id": revision_id, "until": until})
        return tuple(_stored(row) for row in rows)

    def since(self, revision_id: str, evidence_id: str) -> tuple[StoredEvidence, ...]:
        """Return one submission for the revision and those after it, oldest first."""
        rows = self.session.execute(_SINCE, {"revision_id": revision_id, "since": evidence_id})
        return tuple(_stored(row) for row in rows)

    def newest_in_slots(
        self, revision_id: str, *, until: str | None
    ) -> tuple[tuple[StoredEvidence, ...], str | None]:
        """Return what `of_revision` does without what a later readable report of its slot replaces.

        The second is the identifier of the newest submission, be it among them or not.
        """
        query = _NEWEST_IN_SLOTS[until is not None]
        rows = self.session.execute(query, {"revision_id": revision_id, "until": until}).all()
        return tuple(_stored(row) for row in rows), rows[0].last if rows else None

    def newest_of_revisions(self, *, last: int, component: str | None) -> tuple[str, ...]:
        """Return the newest submission of each of the newest revisions that have any, newest first.

        Goes from the newest submission back until it has enough, one step down an index for each: grouping
        all that was ever submitted would cost more with each submission.
        """
        later = aliased(EvidenceRow)
        newest = (
            select(later.id)
            .where(later.revision_id == EvidenceRow.revision_id)
            .order_by(later.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(EvidenceRow.id).where(EvidenceRow.id == newest)
        if component is not None:
            query = query.where(EvidenceRow.component == component)
        return tuple(self.session.scalars(query.order_by(EvidenceRow.id.desc()).limit(last)))

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
        lines=row.lines,
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
