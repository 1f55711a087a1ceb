"""Queries over releases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, true, update

from tidegate.domain.records import StoredRelease
from tidegate.kernel.db.repository import Repository, bound_values, table_of, values_table
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.releases.models import ReleaseRow

_RELEASES = table_of(ReleaseRow)
# Every submission asks this; made once, it costs little.
_NEWEST = (
    select(_RELEASES)
    .where(_RELEASES.c.component == bindparam("component"))
    .order_by(_RELEASES.c.created_at.desc(), _RELEASES.c.id.desc())
    .limit(1)
)


@cache
def _newest_into(components: int, environments: int) -> Select[Any]:
    """Look up the newest release of each of so many components into each of so many environments."""
    component, environment = values_table("component", components), values_table("environment", environments)
    newest = (
        select(func.max(_RELEASES.c.id))
        .where(_RELEASES.c.component == component.c.value, _RELEASES.c.environment == environment.c.value)
        .correlate(component, environment)
        .scalar_subquery()
    )
    places = select(newest).select_from(component.join(environment, true()))
    return select(_RELEASES).where(_RELEASES.c.id.in_(places))


class ReleaseRepository(Repository[ReleaseRow]):
    """Releases, found by component and version."""

    model = ReleaseRow

    def insert(self, release: StoredRelease) -> None:
        """Write a new release."""
        self.add(
            ReleaseRow(
                id=release.id,
                component=release.component,
                commit_sha=release.commit,
                version=release.version,
                tag=release.tag,
                environment=release.environment,
                verdict_id=release.verdict_id,
                notes=release.notes,
                edition=release.edition,
                created_at=release.created_at,
                updated_at=release.updated_at,
                created_by=release.created_by,
            )
        )

    def save_notes(self, release: StoredRelease) -> None:
        """Write a release's notes and edition."""
        self.session.execute(
            update(ReleaseRow)
            .where(ReleaseRow.id == release.id)
            .values(notes=release.notes, edition=release.edition, updated_at=release.updated_at)
        )

    def release(self, component: str, version: str) -> StoredRelease | None:
        """Return a release by its version."""
        row = self.one_or_none(ReleaseRow.component == component, ReleaseRow.version == version)
        return _stored(row) if row else None

    def release_for_update(self, component: str, version: str) -> StoredRelease | None:
        """Return a release by its version, locked until the transaction ends."""
        row = self.get_for_update(ReleaseRow.component == component, ReleaseRow.version == version)
        return _stored(row) if row else None

    def newest(self, component: str) -> StoredRelease | None:
        """Return the component's last release; versions only ever rise, so it is the highest too."""
        row = self.first(_NEWEST, component=component)
        return _stored(row) if row else None

    def newest_of(self, names: Sequence[str], environments: Sequence[str]) -> tuple[StoredRelease, ...]:
        """Return the newest release of each of these components into each of these environments."""
        if not names or not environments:
            return ()
        values = bound_values("component", names) | bound_values("environment", environments)
        rows = self.session.execute(_newest_into(len(names), len(environments)), values)
        return tuple(_stored(row) for row in rows)

    def components_with(self, tag: str) -> tuple[str, ...]:
        """Return the names of the components that were released under a tag."""
        query = select(_RELEASES.c.component).where(_RELEASES.c.tag == tag).distinct()
        return tuple(self.session.scalars(query))

    def tagged(self, tag: str, components: Sequence[str], *, most: int) -> tuple[StoredRelease, ...]:
        """Return releases of these components under a tag, in the order of their names."""
        query = select(_RELEASES).where(_RELEASES.c.tag == tag, _RELEASES.c.component.in_(components))
        rows = self.session.execute(query.order_by(_RELEASES.c.component).limit(most))
        return tuple(_stored(row) for row in rows)

    def of_revisions(self, components: Sequence[str], commits: Sequence[str]) -> tuple[StoredRelease, ...]:
        """Return the releases of these components from these commits, oldest first."""
        query = (
            select(_RELEASES)
            .where(_RELEASES.c.component.in_(components), _RELEASES.c.commit_sha.in_(commits))
            .order_by(_RELEASES.c.id)
        )
        return tuple(_stored(row) for row in self.session.execute(query)) if commits else ()

    def page(self, component: str, request: PageRequest) -> Page[StoredRelease]:
        """Return one page of the component's releases, newest first."""
        query = select(ReleaseRow).where(ReleaseRow.component == component)
        return self.paginate(query, request, by=[ReleaseRow.id], convert=_stored, newest_first=True)


def _stored(row: ReleaseRow | Any) -> StoredRelease:
    return StoredRelease(
        id=row.id,
        component=row.component,
        commit=row.commit_sha,
        version=row.version,
        tag=row.tag,
        environment=row.environment,
        verdict_id=row.verdict_id,
        notes=row.notes,
        edition=row.edition,
        created_at=row.created_at,
        updated_at=row.updated_at,
        created_by=row.created_by,
    )
