"""Queries of objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_, update

from tidegate.domain.objectives import Aim, Objective, ObjectiveKind
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.incidents.models import ObjectiveRow

_OBJECTIVES = table_of(ObjectiveRow)
_KEY = (_OBJECTIVES.c.component, _OBJECTIVES.c.environment, _OBJECTIVES.c.name)


class ObjectiveRepository(Repository[ObjectiveRow]):
    """Objectives by target and name."""

    model = ObjectiveRow

    def objective(self, component: str, environment: str, name: str) -> Objective | None:
        """Return an objective."""
        row = self._uow.execute(select(_OBJECTIVES).where(*_is(component, environment, name))).first()
        return _objective(row) if row is not None else None

    def locked(self, component: str, environment: str, name: str) -> Objective | None:
        """Return an objective as it is now; nobody else may make or change it until the transaction ends."""
        self.lock_name(f"{component}/{environment}/{name}")
        return self.objective(component, environment, name)

    def of_target(self, component: str, environment: str) -> tuple[Objective, ...]:
        """Return the objectives of a target by their names."""
        query = select(_OBJECTIVES).where(
            _OBJECTIVES.c.component == component, _OBJECTIVES.c.environment == environment
        )
        return tuple(map(_objective, self._uow.execute(query.order_by(_OBJECTIVES.c.name))))

    def page(self, request: PageRequest, *, component: str, environment: str) -> Page[Objective]:
        """Return one page of the objectives of a target, by their names."""
        query = select(ObjectiveRow).where(
            ObjectiveRow.component == component, ObjectiveRow.environment == environment
        )
        return self.paginate(query, request, by=[ObjectiveRow.name], convert=_objective)

    def after(self, key: Sequence[str], most: int) -> tuple[Objective, ...]:
        """Return the objectives that follow a key, in the order of keys."""
        query = select(_OBJECTIVES).order_by(*_KEY).limit(most)
        return tuple(map(_objective, self._uow.execute(query.where(tuple_(*_KEY) > tuple(key)))))

    def insert(self, objective: Objective) -> None:
        """Write a new objective."""
        self._uow.execute(_OBJECTIVES.insert(), _columns(objective))

    def save(self, objective: Objective) -> None:
        """Write an objective that changed."""
        where = _is(objective.component, objective.environment, objective.name)
        self._uow.execute(update(_OBJECTIVES).where(*where).values(_columns(objective)))

    def remove(self, objective: Objective) -> None:
        """Take an objective out."""
        where = _is(objective.component, objective.environment, objective.name)
        self._uow.execute(delete(_OBJECTIVES).where(*where))

    def remove_of(self, component: str, environment: str) -> None:
        """Take out the objectives of a target."""
        where = (_OBJECTIVES.c.component == component, _OBJECTIVES.c.environment == environment)
        self._uow.execute(delete(_OBJECTIVES).where(*where))


def _is(component: str, environment: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return tuple(column == value for column, value in zip(_KEY, (component, environment, name), strict=True))


def _columns(objective: Objective) -> dict[str, object]:
    aim = {name: getattr(objective.aim, name) for name in Aim.__slots__}
    return {**aim, **{name: getattr(objective, name) for name in objective.__slots__ if name != "aim"}}


def _objective(row: Any) -> Objective:
    return Objective(
        component=row.component,
        environment=row.environment,
        name=row.name,
        aim=Aim(ObjectiveKind(row.kind), row.target, row.days, row.latency_ms),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
