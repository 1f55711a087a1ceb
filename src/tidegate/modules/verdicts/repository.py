"""Queries over verdicts; each is shown with the revision that it is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select

from tidegate.domain.records import LastVerdict, StoredVerdict
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.verdicts.models import VerdictRow

# Every submission asks these; made once, they cost little.
_VERDICTS = table_of(VerdictRow)
_INSERT = insert(_VERDICTS)
_BY_ID = select(_VERDICTS).where(_VERDICTS.c.id == bindparam("id"))
_NUMBERS = (
    select(_VERDICTS.c.environment, _VERDICTS.c.gate, func.max(_VERDICTS.c.number).label("number"))
    .where(_VERDICTS.c.revision_id == bindparam("revision_id"))
    .group_by(_VERDICTS.c.environment, _VERDICTS.c.gate)
    .subquery()
)
_LAST_VERDICTS = (
    select(_VERDICTS.c.environment, _VERDICTS.c.gate, _VERDICTS.c.number, _VERDICTS.c.state)
    .join(
        _NUMBERS,
        (_NUMBERS.c.environment == _VERDICTS.c.environment)
        & (_NUMBERS.c.gate == _VERDICTS.c.gate)
        & (_NUMBERS.c.number == _VERDICTS.c.number),
    )
    .where(_VERDICTS.c.revision_id == bindparam("revision_id"))
)


class VerdictRepository(Repository[VerdictRow]):
    """Verdicts, found by revision and state."""

    model = VerdictRow

    def insert(self, stored: StoredVerdict) -> None:
        """Write a verdict; one plain statement, since every submission waits for it."""
        self._uow.execute(
            _INSERT,
            dict(
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
            ),
        )

    def get(self, verdict_id: str) -> StoredVerdict | None:
        """Return one verdict by its identifier."""
        row = self.first(_BY_ID, id=verdict_id)
        return _stored(row) if row else None

    def last_verdicts(self, revision_id: str) -> dict[tuple[str, str], LastVerdict]:
        """Return the last verdict on a revision, by environment and gate."""
        rows = self._uow.execute(_LAST_VERDICTS, {"revision_id": revision_id})
        return {(row.environment, row.gate): LastVerdict(row.number, row.state) for row in rows}

    def page(
        self, request: PageRequest, *, component: str | None, revision_id: str | None, state: str | None
    ) -> Page[StoredVerdict]:
        """Return one page of verdicts, newest first."""
        query = select(VerdictRow)
        if revision_id is not None:
            query = query.where(VerdictRow.revision_id == revision_id)
        elif component is not None:
            query = query.where(VerdictRow.component == component)
        if state is not None:
            query = query.where(VerdictRow.state == state)
        return self.paginate(query, request, by=[VerdictRow.id], convert=_stored, newest_first=True)


def _stored(row: VerdictRow | Any) -> StoredVerdict:
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
