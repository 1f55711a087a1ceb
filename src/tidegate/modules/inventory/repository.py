"""Queries of targets; rows leave as the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.domain.facts import FactSubject
from tidegate.domain.targets import Target
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.inventory.models import TargetRow
from tidegate.modules.inventory.ports import TargetMark

_AT_ONCE = 500
_TARGETS = table_of(TargetRow)
_MARK = select(func.count(), func.sum(_TARGETS.c.version), func.max(_TARGETS.c.updated_at))
_TARGET = select(_TARGETS).where(
    _TARGETS.c.component == bindparam("component"), _TARGETS.c.environment == bindparam("environment")
)


def _saving(insert: Any) -> Any:
    statement = insert(_TARGETS)
    told = ("base_url", "owner", "interval", "version", "updated_at")
    return statement.on_conflict_do_update(
        index_elements=[_TARGETS.c.component, _TARGETS.c.environment],
        set_={name: statement.excluded[name] for name in told},
    )


_SAVE = {"sqlite": _saving(sqlite.insert), "postgresql": _saving(postgresql.insert)}


class TargetRepository(Repository[TargetRow]):
    """Targets by component and environment."""

    model = TargetRow

    def target(self, component: str, environment: str) -> Target | None:
        """Return a target."""
        row = self.first(_TARGET, component=component, environment=environment)
        return _target(row) if row is not None else None

    def target_for_update(self, component: str, environment: str) -> Target | None:
        """Return a target as it is now, locked; where there is none, nobody else may write it."""
        self.lock_for_edits()
        return self.target(component, environment)

    def save(self, target: Target) -> None:
        """Write a target that was read for update, or that was not there."""
        self.session.merge(TargetRow(**_columns(target)))
        self.session.flush()

    def remove(self, target: Target) -> None:
        """Take a target away."""
        statement = _TARGETS.delete().where(
            _TARGETS.c.component == target.component, _TARGETS.c.environment == target.environment
        )
        self._uow.execute(statement)

    def lock_for_edits(self) -> None:
        """Let nobody else write targets until the transaction ends: an import may write all of them."""
        self.lock_name("edits")

    def of_subjects(self, subjects: Sequence[FactSubject]) -> Iterator[Target]:
        """Go through the targets of these subjects, for a thousand or so at a time."""
        wanted = frozenset(subjects)
        components = sorted({one.component for one in subjects})
        for start in range(0, len(components), _AT_ONCE):
            some = components[start : start + _AT_ONCE]
            query = select(_TARGETS).where(_TARGETS.c.component.in_(some))
            if len(components) == 1:
                query = query.where(_TARGETS.c.environment.in_(sorted({one.environment for one in subjects})))
            for row in self._uow.execute(query).all():
                if FactSubject(row.component, row.environment) in wanted:
                    yield _target(row)

    def save_all(self, targets: Sequence[Target]) -> None:
        """Write targets that are new or were read under `lock_for_edits`."""
        if targets:
            dialect = self.session.get_bind().dialect.name
            self._uow.execute(_SAVE[dialect], [_columns(target) for target in targets])

    def page(
        self,
        request: PageRequest,
        *,
        component: str | None,
        environment: str | None,
        names: Sequence[str] | None,
    ) -> Page[Target]:
        """Return one page in the order of components and environments; `names` are those to be seen."""
        query = select(TargetRow)
        if component is not None:
            query = query.where(TargetRow.component == component)
        if environment is not None:
            query = query.where(TargetRow.environment == environment)
        if names is not None:
            query = query.where(TargetRow.component.in_(names))
        return self.paginate(query, request, by=[TargetRow.component, TargetRow.environment], convert=_target)

    def mark(self) -> TargetMark:
        """Return what is another after each change of a target."""
        row = self._uow.execute(_MARK).one()
        return row[0], row[1] or 0, row[2]

    def stream(self) -> Iterator[Target]:
        """Go through all targets in their order."""
        query = select(_TARGETS).order_by(_TARGETS.c.component, _TARGETS.c.environment)
        return map(_target, self.session.execute(query.execution_options(yield_per=5_000)))


def _columns(target: Target) -> dict[str, object]:
    return {name: getattr(target, name) for name in target.__slots__}


def _target(row: TargetRow | Any) -> Target:
    return Target(
        component=row.component,
        environment=row.environment,
        base_url=row.base_url,
        contract=row.contract,
        owner=row.owner,
        interval=row.interval,
        paused=row.paused,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
