"""Queries over gates and their versions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, select, update

from tidegate.domain.records import GateVersion
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.gates.models import GateRow, GateVersionRow

_GATES, _VERSIONS = table_of(GateRow), table_of(GateVersionRow)
# Every verdict asks this; made once, it costs little.
_CURRENT = (
    select(_VERSIONS)
    .join(_GATES, (_GATES.c.name == _VERSIONS.c.gate) & (_GATES.c.current == _VERSIONS.c.digest))
    .where(_GATES.c.name == bindparam("name"))
)


class GateRepository(Repository[GateVersionRow]):
    """Gate versions, found by name and digest."""

    model = GateVersionRow

    def lock_declarations(self) -> None:
        """Let nobody else put a version of any gate in force until the transaction ends."""
        self.lock_name("declarations")

    def current(self, name: str) -> GateVersion | None:
        """Return the version in force."""
        row = self.first(_CURRENT, name=name)
        return _version(row) if row else None

    def in_force(self, names: Collection[str]) -> dict[str, str]:
        """Return the digests of these gates' versions in force, by name: one step down an index each."""
        query = select(_GATES.c.name, _GATES.c.current).where(_GATES.c.name.in_(names))
        return {row.name: row.current for row in self.session.execute(query)} if names else {}

    def version(self, digest: str) -> GateVersion | None:
        """Return a version by its digest; the name of the gate is part of what the digest is over."""
        row = self.one_or_none(GateVersionRow.digest == digest)
        return _version(row) if row else None

    def extending(self, name: str) -> tuple[GateVersion, ...]:
        """Return the versions in force that extend this gate, by name."""
        rows = self.session.scalars(
            select(GateVersionRow)
            .join(GateRow, (GateRow.name == GateVersionRow.gate) & (GateRow.current == GateVersionRow.digest))
            .where(GateVersionRow.extends == name)
            .order_by(GateVersionRow.gate)
        )
        return tuple(_version(row) for row in rows)

    def put_in_force(self, version: GateVersion, *, is_new: bool) -> None:
        """Write a version if it is new, and make it the one in force."""
        in_force = {"current": version.digest}
        changed = self.session.execute(
            update(GateRow).where(GateRow.name == version.gate).values(**in_force).returning(GateRow.name)
        ).one_or_none()
        if changed is None:
            self.session.add(GateRow(name=version.gate, **in_force))
            self.session.flush()
        if is_new:
            self.add(
                GateVersionRow(
                    id=version.id,
                    gate=version.gate,
                    number=version.number,
                    digest=version.digest,
                    canonical=version.canonical,
                    source=version.source,
                    extends=version.extends,
                    created_at=version.created_at,
                    declared_by=version.declared_by,
                    reason=version.reason,
                )
            )

    def page(self, request: PageRequest) -> Page[GateVersion]:
        """Return one page of the gates' versions in force, by name."""
        query = select(GateVersionRow).join(
            GateRow, (GateRow.name == GateVersionRow.gate) & (GateRow.current == GateVersionRow.digest)
        )
        return self.paginate(query, request, by=[GateVersionRow.gate], convert=_version)

    def versions(self, name: str, request: PageRequest) -> Page[GateVersion]:
        """Return one page of a gate's versions, newest first."""
        query = select(GateVersionRow).where(GateVersionRow.gate == name)
        return self.paginate(query, request, by=[GateVersionRow.number], convert=_version, newest_first=True)


def _version(row: GateVersionRow | Any) -> GateVersion:
    return GateVersion(
        id=row.id,
        gate=row.gate,
        number=row.number,
        digest=row.digest,
        canonical=row.canonical,
        source=row.source,
        extends=row.extends,
        created_at=row.created_at,
        declared_by=row.declared_by,
        reason=row.reason,
    )
