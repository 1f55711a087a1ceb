"""Queries over trusted publishers and used tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select

from tidegate.domain.access import Binding, Role
from tidegate.domain.publishers import Provider, TrustedPublisher
from tidegate.kernel.db.repository import Repository, delete_in_batches, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.federation.models import TrustedPublisherRow, UsedTokenRow

_PUBLISHERS, _USED = table_of(TrustedPublisherRow), table_of(UsedTokenRow)
# Every exchange asks these; made once, they cost little.
_PUBLISHER = select(_PUBLISHERS).where(_PUBLISHERS.c.name == bindparam("name"))
_OF_ISSUER = (
    select(_PUBLISHERS).where(_PUBLISHERS.c.issuer == bindparam("issuer")).order_by(_PUBLISHERS.c.name)
)
_WAS_USED = select(_USED.c.digest).where(_USED.c.digest == bindparam("digest"))
_USE = insert(_USED)


class PublisherRepository(Repository[TrustedPublisherRow]):
    """Trusted publishers by name and by issuer."""

    model = TrustedPublisherRow

    def publisher(self, name: str) -> TrustedPublisher | None:
        """Return a publisher."""
        row = self.first(_PUBLISHER, name=name)
        return None if row is None else _publisher(row)

    def of_issuer(self, issuer: str) -> tuple[TrustedPublisher, ...]:
        """Return the publishers whose tokens an issuer signs, in the order of their names."""
        return tuple(_publisher(row) for row in self._uow.execute(_OF_ISSUER, {"issuer": issuer}))

    def insert(self, publisher: TrustedPublisher) -> None:
        """Write a new publisher."""
        binding = publisher.binding
        self.add(
            TrustedPublisherRow(
                name=publisher.name,
                provider=str(publisher.provider),
                issuer=publisher.issuer,
                claims=dict(publisher.claims),
                role=str(binding.role),
                component=binding.component,
                owner=binding.owner,
                environment=binding.environment,
                created_at=publisher.created_at,
                created_by=publisher.created_by,
            )
        )

    def remove(self, name: str) -> None:
        """Delete a publisher."""
        self.session.execute(delete(TrustedPublisherRow).where(TrustedPublisherRow.name == name))

    def page(self, request: PageRequest) -> Page[TrustedPublisher]:
        """Return one page in the order of names."""
        query = select(TrustedPublisherRow)
        return self.paginate(query, request, by=[TrustedPublisherRow.name], convert=_publisher)


class UsedTokenRepository(Repository[UsedTokenRow]):
    """Tokens that were exchanged."""

    model = UsedTokenRow

    def take(self, digest: str, *, until: datetime) -> bool:
        """Note that a token is used now; False where it was before. Of two at once one waits."""
        self.lock_name(digest)
        if self.first(_WAS_USED, digest=digest) is not None:
            return False
        self._uow.execute(_USE, {"digest": digest, "expires_at": until})
        return True

    def forget_before(self, moment: datetime) -> int:
        """Delete those that nobody would accept any more; returns how many."""
        return delete_in_batches(self._uow, UsedTokenRow, UsedTokenRow.expires_at < moment)


def _publisher(row: Any) -> TrustedPublisher:
    return TrustedPublisher(
        name=row.name,
        provider=Provider(row.provider),
        issuer=row.issuer,
        claims=cast("dict[str, str]", row.claims),
        binding=Binding(Role(row.role), row.component, row.owner, row.environment),
        created_at=row.created_at,
        created_by=row.created_by,
    )
