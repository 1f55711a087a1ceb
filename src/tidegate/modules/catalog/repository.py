"""Queries of the catalog; rows leave as the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.domain.access import Binding
from tidegate.domain.catalog import Component, Environment, Revision
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.catalog.models import ComponentRow, EnvironmentRow, RevisionRow

_COMPONENTS, _ENVIRONMENTS = table_of(ComponentRow), table_of(EnvironmentRow)
_REVISIONS = table_of(RevisionRow)
# What every submission asks is made once.
_COMPONENT = select(_COMPONENTS).where(_COMPONENTS.c.name == bindparam("name"))
_ENVIRONMENT = select(_ENVIRONMENTS).where(_ENVIRONMENTS.c.name == bindparam("name"))
_GUARDED = (
    select(_ENVIRONMENTS)
    .where(_ENVIRONMENTS.c.gate.is_not(None))
    .order_by(_ENVIRONMENTS.c.rank, _ENVIRONMENTS.c.name)
)
_REVISION: Select[Any] = select(_REVISIONS).where(
    _REVISIONS.c.component == bindparam("component"), _REVISIONS.c.commit_sha == bindparam("commit_sha")
)
_REVISION_FOR_UPDATE = _REVISION.with_for_update()
_COMPONENT_WITH_REVISION = (
    select(_REVISIONS)
    .select_from(_COMPONENTS)
    .outerjoin(
        _REVISIONS,
        (_REVISIONS.c.component == _COMPONENTS.c.name) & (_REVISIONS.c.commit_sha == bindparam("commit_sha")),
    )
    .where(_COMPONENTS.c.name == bindparam("component"))
)
_NEW_REVISION = {
    dialect: insert(_REVISIONS)
    .on_conflict_do_nothing(index_elements=[_REVISIONS.c.component, _REVISIONS.c.commit_sha])
    .returning(_REVISIONS.c.id)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class ComponentRepository(Repository[ComponentRow]):
    """Components by name."""

    model = ComponentRow

    def component(self, name: str) -> Component | None:
        """Return a component."""
        row = self.first(_COMPONENT, name=name)
        return _component(row) if row is not None else None

    def component_for_update(self, name: str) -> Component | None:
        """Return a component as it is now, locked; where there is none, nobody else may write it."""
        row = self.get_for_update(ComponentRow.name == name)
        if row is None:
            self.lock_name(name)
            row = self.get_for_update(ComponentRow.name == name)
        return _component(row) if row is not None else None

    def save(self, component: Component, *, new: bool) -> None:
        """Write a component that is new, or that was read for update."""
        if new:
            self.add(ComponentRow(**_columns(component)))
        else:
            self.session.merge(ComponentRow(**_columns(component)))
            self.session.flush()

    def owner_of(self, component: str) -> str | None:
        """Return a component's owner, or None where there is no such component."""
        found = self.component(component)
        return found.owner if found is not None else None

    def page(
        self, request: PageRequest, *, owner: str | None, visible: Sequence[Sequence[Binding]]
    ) -> Page[Component]:
        """Return one page in the order of names, of what a role of each set in `visible` reaches."""
        query = select(ComponentRow).where(*_within(visible))
        if owner is not None:
            query = query.where(ComponentRow.owner == owner)
        return self.paginate(query, request, by=[ComponentRow.name], convert=_component)

    def names(self, visible: Sequence[Sequence[Binding]]) -> tuple[str, ...]:
        """Return the names of all components that a role of each set in `visible` reaches."""
        query = select(_COMPONENTS.c.name).where(*_within(visible)).order_by(_COMPONENTS.c.name)
        return tuple(self.session.scalars(query))

    def owners(self) -> dict[str, str]:
        """Return the owners of all components by their names."""
        rows = self._uow.execute(select(_COMPONENTS.c.name, _COMPONENTS.c.owner))
        return {row.name: row.owner for row in rows}

    def titles(self, names: Collection[str]) -> dict[str, str]:
        """Return the titles of these components by their names."""
        query = select(_COMPONENTS.c.name, _COMPONENTS.c.title).where(_COMPONENTS.c.name.in_(names))
        return {row.name: row.title for row in self._uow.execute(query)}

    def beginning_with(
        self, text: str, *, most: int, visible: Sequence[Sequence[Binding]]
    ) -> tuple[Component, ...]:
        """Return components named so at the beginning, of what a role of each set in `visible` reaches."""
        named = _COMPONENTS.c.name.startswith(text, autoescape=True)
        query = select(_COMPONENTS).where(named, *_within(visible))
        rows = self.session.execute(query.order_by(_COMPONENTS.c.name).limit(most))
        return tuple(_component(row) for row in rows)

    def among(
        self, names: Sequence[str], *, most: int, visible: Sequence[Sequence[Binding]]
    ) -> tuple[str, ...]:
        """Return those of these names that a role of each set in `visible` reaches, in their order."""
        query = select(_COMPONENTS.c.name).where(_COMPONENTS.c.name.in_(names), *_within(visible))
        return tuple(self.session.scalars(query.order_by(_COMPONENTS.c.name).limit(most)))


class EnvironmentRepository(Repository[EnvironmentRow]):
    """Environments by name."""

    model = EnvironmentRow

    def environment(self, name: str) -> Environment | None:
        """Return an environment."""
        row = self.first(_ENVIRONMENT, name=name)
        return _environment(row) if row is not None else None

    def environment_for_update(self, name: str) -> Environment | None:
        """Return an environment as it is now, locked; where there is none, nobody else may write it."""
        row = self.get_for_update(EnvironmentRow.name == name)
        if row is None:
            self.lock_name(name)
            row = self.get_for_update(EnvironmentRow.name == name)
        return _environment(row) if row is not None else None

    def save(self, environment: Environment, *, new: bool) -> None:
        """Write an environment that is new, or that was read for update."""
        if new:
            self.add(EnvironmentRow(**_columns(environment)))
        else:
            self.session.merge(EnvironmentRow(**_columns(environment)))
            self.session.flush()

    def page(self, request: PageRequest) -> Page[Environment]:
        """Return one page, lowest rank first."""
        by = [EnvironmentRow.rank, EnvironmentRow.name]
        return self.paginate(select(EnvironmentRow), request, by=by, convert=_environment)

    def names(self) -> frozenset[str]:
        """Return the names of all environments."""
        return frozenset(row.name for row in self._uow.execute(select(_ENVIRONMENTS.c.name)))

    def guarded(self) -> tuple[Environment, ...]:
        """Return every environment that names a gate, lowest rank first."""
        return tuple(_environment(row) for row in self._uow.execute(_GUARDED))


class RevisionRepository(Repository[RevisionRow]):
    """Revisions by component and commit."""

    model = RevisionRow

    def revision(self, component: str, commit: str) -> Revision | None:
        """Return a revision."""
        row = self.first(_REVISION, component=component, commit_sha=commit)
        return _revision(row) if row is not None else None

    def find(self, component: str, commit: str) -> tuple[bool, Revision | None]:
        """Tell whether there is the component, and return its revision, in one statement."""
        row = self.first(_COMPONENT_WITH_REVISION, component=component, commit_sha=commit)
        if row is None:
            return False, None
        return True, _revision(row) if row.id is not None else None

    def by_id(self, revision_id: str) -> Revision | None:
        """Return a revision by its identifier."""
        row = self.one_or_none(RevisionRow.id == revision_id)
        return _revision(row) if row is not None else None

    def revision_for_update(self, component: str, commit: str) -> Revision | None:
        """Return a revision as it is now, locked."""
        row = self.first(_REVISION_FOR_UPDATE, component=component, commit_sha=commit)
        return _revision(row) if row is not None else None

    def lock_revision(self, component: str, commit: str) -> None:
        """Let nobody else have this revision for update; SQLite's one write lock does that already."""
        if self.session.get_bind().dialect.name == "postgresql":
            self._uow.execute(_REVISION_FOR_UPDATE, {"component": component, "commit_sha": commit})

    def insert_if_new(self, revision: Revision) -> bool:
        """Write a new revision; false where somebody else has registered it meanwhile.

        Two jobs of one pipeline submit for the same new commit at the same moment: the later one waits for
        the earlier one's transaction here, and then finds its row instead of failing.
        """
        statement = _NEW_REVISION[self.session.get_bind().dialect.name]
        return self.first(statement, **_revision_columns(revision)) is not None

    def save(self, revision: Revision) -> None:
        """Write what has become known of a revision that was read for update."""
        self.session.merge(RevisionRow(**_revision_columns(revision)))
        self.session.flush()

    def beginning_with(self, digits: str, *, most: int) -> tuple[Revision, ...]:
        """Return revisions, of any component, whose commits begin with these digits; newest first."""
        # A range, which the index answers in any collation: "g" comes after every hexadecimal digit.
        within = _REVISIONS.c.commit_sha.between(digits, digits + "g")
        return self._found(select(_REVISIONS).where(within), most)

    def of_artifact(self, digest: str, *, most: int) -> tuple[Revision, ...]:
        """Return revisions, of any component, from which this was built; newest first."""
        return self._found(select(_REVISIONS).where(_REVISIONS.c.artifact == digest), most)

    def _found(self, query: Select[Any], most: int) -> tuple[Revision, ...]:
        rows = self.session.execute(query.order_by(_REVISIONS.c.id.desc()).limit(most))
        return tuple(_revision(row) for row in rows)

    def page(self, request: PageRequest, *, component: str, artifact: str | None) -> Page[Revision]:
        """Return one page, newest first."""
        query = select(RevisionRow).where(RevisionRow.component == component)
        if artifact is not None:
            query = query.where(RevisionRow.artifact == artifact)
        return self.paginate(query, request, by=[RevisionRow.id], convert=_revision, newest_first=True)


def _reached(role: Binding) -> ColumnElement[bool]:
    """Say in SQL which components a role reaches."""
    if role.component is not None:
        return ComponentRow.name == role.component
    return ComponentRow.owner == role.owner if role.owner is not None else true()


def _within(visible: Sequence[Sequence[Binding]]) -> list[ColumnElement[bool]]:
    return [or_(false(), *map(_reached, roles)) for roles in visible]


def _columns(thing: Component | Environment) -> dict[str, object]:
    return {name: getattr(thing, name) for name in thing.__slots__}


def _component(row: ComponentRow | Any) -> Component:
    return Component(
        name=row.name,
        title=row.title,
        owner=row.owner,
        description=row.description,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _environment(row: EnvironmentRow | Any) -> Environment:
    return Environment(
        name=row.name,
        rank=row.rank,
        gate=row.gate,
        description=row.description,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _revision(row: RevisionRow | Any) -> Revision:
    return Revision(
        id=row.id,
        component=row.component,
        commit=row.commit_sha,
        artifact=row.artifact,
        branch=row.branch,
        committed_at=row.committed_at,
        registered_at=row.registered_at,
    )


def _revision_columns(revision: Revision) -> dict[str, object]:
    return {
        "id": revision.id,
        "component": revision.component,
        "commit_sha": revision.commit,
        "artifact": revision.artifact,
        "branch": revision.branch,
        "committed_at": revision.committed_at,
        "registered_at": revision.registered_at,
    }
