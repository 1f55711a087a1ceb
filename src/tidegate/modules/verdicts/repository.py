"""Queries over verdicts; each is shown with the revision that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, insert, select, true, union_all

from tidegate.domain.records import LastVerdict, StoredVerdict, VerdictSummary
from tidegate.kernel.db.repository import Repository, bound_values, table_of, values_table
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.verdicts.models import VerdictRow

# Every submission asks these; made once, they cost little.
_VERDICTS = table_of(VerdictRow)
_INSERT = insert(_VERDICTS)
_BY_ID = select(_VERDICTS).where(_VERDICTS.c.id == bindparam("id"))
_AT_ONCE = 50  # environments that one statement asks for: SQLite joins at most 500 SELECTs


@cache
def _last_verdicts(count: int) -> CompoundSelect[Any]:
    """Look up the last verdict of each of so many pairs of environment and gate: one step down an index each.

    Grouping all of a revision's verdicts would cost more with each submission.
    """
    lasts = (
        select(_VERDICTS.c.environment, _VERDICTS.c.gate, _VERDICTS.c.number, _VERDICTS.c.state)
        .where(
            _VERDICTS.c.revision_id == bindparam("revision_id"),
            _VERDICTS.c.environment == bindparam(f"environment_{place}"),
            _VERDICTS.c.gate == bindparam(f"gate_{place}"),
        )
        .order_by(_VERDICTS.c.number.desc())
        .limit(1)
        .subquery()
        for place in range(count)
    )
    return union_all(*(select(last) for last in lasts))


_SUMMARY = (
    _VERDICTS.c.id,
    _VERDICTS.c.revision_id,
    _VERDICTS.c.component,
    _VERDICTS.c.commit_sha,
    _VERDICTS.c.environment,
    _VERDICTS.c.gate,
    _VERDICTS.c.gate_digest,
    _VERDICTS.c.state,
    _VERDICTS.c.given_at,
)


@cache
def _newest_in(components: int, environments: int) -> Select[Any]:
    """Look up the newest verdict on each of so many components for each of so many environments."""
    component, environment = values_table("component", components), values_table("environment", environments)
    newest = (
        select(func.max(_VERDICTS.c.id))
        .where(_VERDICTS.c.component == component.c.value, _VERDICTS.c.environment == environment.c.value)
        .correlate(component, environment)
        .scalar_subquery()
    )
    places = select(newest).select_from(component.join(environment, true()))
    return select(*_SUMMARY).where(_VERDICTS.c.id.in_(places))


_NUMBERED = (_VERDICTS.c.revision_id, _VERDICTS.c.environment, _VERDICTS.c.gate)
# The index of these columns and the number answers it alone; rows are wide.
_LAST_NUMBERS = (
    select(*_NUMBERED, func.max(_VERDICTS.c.number).label("number"))
    .where(_VERDICTS.c.revision_id.in_(bindparam("revision_ids", expanding=True)))
    .group_by(*_NUMBERED)
    .subquery()
)
_LAST_OF_REVISIONS = select(*_SUMMARY).join(
    _LAST_NUMBERS,
    and_(
        *(column == _LAST_NUMBERS.c[column.name] for column in _NUMBERED),
        _VERDICTS.c.number == _LAST_NUMBERS.c.number,
    ),
)
_BEFORE = (
    select(_VERDICTS)
    .where(
        _VERDICTS.c.component == bindparam("component"),
        _VERDICTS.c.environment == bindparam("environment"),
        _VERDICTS.c.id < bindparam("id"),
    )
    .order_by(_VERDICTS.c.id.desc())
    .limit(bindparam("most"))
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

    def last_verdicts(
        self, revision_id: str, guards: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], LastVerdict]:
        """Return the last verdict on a revision of each of these environments and gates, as far as any is."""
        found: dict[tuple[str, str], LastVerdict] = {}
        for first in range(0, len(guards), _AT_ONCE):
            some = guards[first : first + _AT_ONCE]
            values = {"revision_id": revision_id}
            for place, (environment, gate) in enumerate(some):
                values |= {f"environment_{place}": environment, f"gate_{place}": gate}
            rows = self._uow.execute(_last_verdicts(len(some)), values)
            found |= {(row.environment, row.gate): LastVerdict(row.number, row.state) for row in rows}
        return found

    def newest_of_components(
        self, names: Sequence[str], environments: Sequence[str]
    ) -> tuple[VerdictSummary, ...]:
        """Return the newest verdict on each of these components for each of these environments."""
        if not names or not environments:
            return ()
        values = bound_values("component", names) | bound_values("environment", environments)
        rows = self.session.execute(_newest_in(len(names), len(environments)), values)
        return tuple(VerdictSummary(*row) for row in rows)

    def newest_of_revisions(self, revision_ids: Sequence[str]) -> tuple[VerdictSummary, ...]:
        """Return the newest verdict on each of these revisions for each environment."""
        if not revision_ids:
            return ()
        rows = self.session.execute(_LAST_OF_REVISIONS, {"revision_ids": list(revision_ids)})
        # An environment that was given another gate has a last verdict of each.
        found = sorted((VerdictSummary(*row) for row in rows), key=lambda one: one.id)
        return tuple({(one.revision_id, one.environment): one for one in found}.values())

    def by_ids(self, verdict_ids: Sequence[str]) -> tuple[StoredVerdict, ...]:
        """Return these verdicts, oldest first."""
        query = select(_VERDICTS).where(_VERDICTS.c.id.in_(verdict_ids)).order_by(_VERDICTS.c.id)
        return tuple(_stored(row) for row in self.session.execute(query)) if verdict_ids else ()

    def before(
        self, component: str, environment: str, verdict_id: str, *, most: int
    ) -> tuple[StoredVerdict, ...]:
        """Return the verdicts on a component for an environment before one of them, newest first."""
        values = {"component": component, "environment": environment, "id": verdict_id, "most": most}
        return tuple(_stored(row) for row in self.session.execute(_BEFORE, values))

    def page(
        self,
        request: PageRequest,
        *,
        components: Sequence[str] | None,
        revision_id: str | None,
        state: str | None,
    ) -> Page[StoredVerdict]:
        """Return one page of verdicts, newest first; None does not narrow them to any component."""
        query = select(VerdictRow)
        if revision_id is not None:
            query = query.where(VerdictRow.revision_id == revision_id)
        elif components is not None and len(components) == 1:
            query = query.where(VerdictRow.component == components[0])
        elif components is not None:
            query = query.where(VerdictRow.component.in_(components))
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
