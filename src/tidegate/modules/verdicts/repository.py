"""Queries over verdicts; each is shown with the revision that it is about."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from tidegate.domain.records import StoredVerdict
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.verdicts.models import VerdictRow


class VerdictRepository(Repository[VerdictRow]):
    """Verdicts, found by revision and state."""

    model = VerdictRow

    def insert(self, stored: StoredVerdict) -> None:
        """Write a verdict; one plain statement, since every submission waits for it."""
        self.session.execute(
            insert(VerdictRow).values(
                id=stored.id,
                number=stored.number,
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
            select(VerdictRow.environment, VerdictRow.gate, func.max(VerdictRow.number).label("number"))
            .where(VerdictRow.revision_id == revision_id)
            .group_by(VerdictRow.environment, VerdictRow.gate)
            .subquery()
        )
        rows = self.session.scalars(
            select(VerdictRow)
            .join(
                newest,
                (newest.c.environment == VerdictRow.environment)
                & (newest.c.gate == VerdictRow.gate)
                & (newest.c.number == VerdictRow.number),
            )
            .where(VerdictRow.revision_id == revision_id)
            .order_by(VerdictRow.environment, VerdictRow.gate)
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
        number=row.number,
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
