"""Queries over verdicts; each is shown with the revision that it is about."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from tidegate.kernel.db.repository import Repository
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.verdicts.models import VerdictRow
from tidegate.modules.verdicts.service import StoredVerdict


class VerdictRepository(Repository[VerdictRow]):
    """Verdicts, found by revision and state."""

    model = VerdictRow

    def insert(self, stored: StoredVerdict) -> None:
        """Write a verdict; one plain statement, since every submission waits for it."""
        self.session.execute(
            insert(VerdictRow).values(
                id=stored.id,
                revision_id=stored.revision_id,
                component=stored.component,
                commit_sha=stored.commit,
                environment=stored.environment,
                gate=stored.gate,
                gate_digest=stored.gate_digest,
                state=stored.state,
                digest=stored.digest,
                document=stored.document,
                inputs=stored.inputs,
                given_at=stored.given_at,
            )
        )

    def get(self, verdict_id: str) -> StoredVerdict | None:
        """Return one verdict by its identifier."""
        row = self.one_or_none(VerdictRow.id == verdict_id)
        return _stored(row) if row else None

    def latest(self, revision_id: str) -> tuple[StoredVerdict, ...]:
        """Return the newest verdict of a revision for each environment and gate, by environment."""
        newest = (
            select(func.max(VerdictRow.id))
            .where(VerdictRow.revision_id == revision_id)
            .group_by(VerdictRow.environment, VerdictRow.gate)
        )
        rows = self.session.scalars(
            select(VerdictRow).where(VerdictRow.id.in_(newest)).order_by(VerdictRow.environment, VerdictRow.gate)
        )
        return tuple(_stored(row) for row in rows)

    def page(
        self, request: PageRequest, *, revision_id: str | None, state: str | None
    ) -> Page[StoredVerdict]:
        """Return one page of verdicts, newest first."""
        query = select(VerdictRow)
        if revision_id is not None:
            query = query.where(VerdictRow.revision_id == revision_id)
        if state is not None:
            query = query.where(VerdictRow.state == state)
        return self.paginate(query, request, by=[VerdictRow.id], convert=_stored, newest_first=True)


def _stored(row: VerdictRow) -> StoredVerdict:
    return StoredVerdict(
        id=row.id,
        revision_id=row.revision_id,
        component=row.component,
        commit=row.commit_sha,
        environment=row.environment,
        gate=row.gate,
        gate_digest=row.gate_digest,
        state=row.state,
        digest=row.digest,
        document=row.document,
        inputs=row.inputs,
        given_at=row.given_at,
    )
