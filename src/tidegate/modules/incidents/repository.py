"""Queries of incidents and of their history; rows leave as dataclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, update

from tidegate.domain.incidents import IncidentEventKind, IncidentSource, IncidentState
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.incidents.models import IncidentEventRow, IncidentRow
from tidegate.modules.incidents.ports import Incident, IncidentEvent

_INCIDENTS, _EVENTS = table_of(IncidentRow), table_of(IncidentEventRow)
_MOST_EVENTS = 200
_MANY = 200
_CHANGED = (
    "title",
    "reason",
    "public_title",
    "state",
    "flapping",
    "times",
    "opened_at",
    "assignee",
    "acknowledged_at",
    "acknowledged_by",
    "closed_at",
    "closed_by",
    "version",
    "updated_at",
)
_SAVE = (
    update(_INCIDENTS)
    .where(_INCIDENTS.c.id == bindparam("of_id"))
    .values({name: bindparam(f"to_{name}") for name in _CHANGED})
)
ACTIVE = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


class IncidentRepository(Repository[IncidentRow]):
    """Incidents by identifier, state and target."""

    model = IncidentRow

    def incident(self, incident_id: str) -> Incident | None:
        """Return an incident."""
        row = self.one_or_none(IncidentRow.id == incident_id)
        return _incident(row) if row is not None else None

    def locked(self, ids: Sequence[str]) -> Mapping[str, Incident]:
        """Return incidents as they are now, locked until the transaction ends."""
        found: dict[str, Incident] = {}
        wanted = sorted(ids)
        for start in range(0, len(wanted), _MANY):
            query = select(_INCIDENTS).where(_INCIDENTS.c.id.in_(wanted[start : start + _MANY]))
            for row in self._uow.execute(query.order_by(_INCIDENTS.c.id).with_for_update()):
                found[row.id] = _incident(row)
        return found

    def write(
        self,
        *,
        new: Sequence[Incident],
        changed: Sequence[Incident],
        events: Sequence[tuple[str, IncidentEvent]],
    ) -> None:
        """Write incidents that are new and those that changed, and what happened to them."""
        if new:
            self._uow.execute(_INCIDENTS.insert(), [_columns(one) for one in new])
        if changed:
            self._uow.execute(_SAVE, [_saved(one) for one in changed])
        if events:
            names = ("number", "at", "by", "kind", "note")
            rows = [{"incident_id": of, **{name: getattr(one, name) for name in names}} for of, one in events]
            self._uow.execute(_EVENTS.insert(), rows)

    def page(
        self,
        request: PageRequest,
        *,
        states: Sequence[IncidentState],
        component: str | None,
        environment: str | None,
        names: Sequence[str] | None,
    ) -> Page[Incident]:
        """Return one page, newest first; `names` are the components that are to be seen."""
        query = select(IncidentRow)
        if states:
            query = query.where(IncidentRow.state.in_([str(one) for one in states]))
        if component is not None:
            query = query.where(IncidentRow.component == component)
        if environment is not None:
            query = query.where(IncidentRow.environment == environment)
        if names is not None:
            query = query.where(IncidentRow.component.in_(names))
        return self.paginate(query, request, by=[IncidentRow.id], convert=_incident, newest_first=True)

    def history(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        """Return what happened last to an incident, newest first."""
        query = select(_EVENTS).where(_EVENTS.c.incident_id == incident_id).order_by(_EVENTS.c.number.desc())
        return tuple(
            IncidentEvent(row.number, row.at, row.by, IncidentEventKind(row.kind), row.note)
            for row in self._uow.execute(query.limit(_MOST_EVENTS))
        )

    def active(self, names: Sequence[str] | None) -> int:
        """Return how many incidents are open or acknowledged, of the components that are to be seen."""
        query = select(func.count()).where(_INCIDENTS.c.state.in_([str(one) for one in ACTIVE]))
        if names is not None:
            query = query.where(_INCIDENTS.c.component.in_(names))
        count: int = self._uow.execute(query).scalar_one()
        return count

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many incidents that are not closed there are by source and state."""
        query = select(_INCIDENTS.c.source, _INCIDENTS.c.state, func.count()).where(
            _INCIDENTS.c.state.in_([str(one) for one in IncidentState if one is not IncidentState.CLOSED])
        )
        rows = self._uow.execute(query.group_by(_INCIDENTS.c.source, _INCIDENTS.c.state))
        return {(row[0], row[1]): row[2] for row in rows}


def _columns(incident: Incident) -> dict[str, object]:
    return {name: getattr(incident, name) for name in incident.__slots__}


def _saved(incident: Incident) -> dict[str, object]:
    return {"of_id": incident.id, **{f"to_{name}": getattr(incident, name) for name in _CHANGED}}


def _incident(row: IncidentRow | Any) -> Incident:
    values = {name: getattr(row, name) for name in Incident.__slots__}
    return Incident(
        **{**values, "source": IncidentSource(row.source), "state": IncidentState(row.state)},
    )
