"""Queries of the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert, select

from tidegate.domain.audit import Entry, Head, Link
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.pages import Page, PageRequest
from tidegate.modules.audit.models import AuditEventRow, AuditHeadRow

_BATCH = 1000
# Plain rows: going through a million of them must not build a million objects that know their session.
_EVENTS = cast(Table, AuditEventRow.__table__)


class AuditRepository(Repository[AuditEventRow]):
    """Reads and extends the chain."""

    model = AuditEventRow

    def lock_head(self) -> Head:
        """Return where the chain ends; until the transaction ends nobody else can append."""
        query = select(AuditHeadRow.seq, AuditHeadRow.hash).where(AuditHeadRow.id == 1).with_for_update()
        return Head(*self.session.execute(query).one())

    def head(self) -> Head:
        """Return where the chain ends."""
        return Head(*self.session.execute(select(AuditHeadRow.seq, AuditHeadRow.hash)).one())

    def append(self, links: Sequence[Link]) -> None:
        """Write links in their order; triggers move the head along and refuse what does not follow it."""
        self.session.execute(insert(_EVENTS), [_values(link) for link in links])

    def page(self, request: PageRequest, *, subject: str | None, action: str | None) -> Page[Link]:
        """Return one page, newest first."""
        query = select(AuditEventRow)
        if subject is not None:
            query = query.where(AuditEventRow.subject == subject)
        if action is not None:
            query = query.where(AuditEventRow.action == action)
        return self.paginate(query, request, by=[AuditEventRow.seq], convert=_link, newest_first=True)

    def all(self, *, until: int) -> Iterator[Link]:
        """Go through the chain from its beginning, as many rows at a time as memory never notices."""
        after = 0
        while after < until:
            query = select(_EVENTS).where(_EVENTS.c.seq > after, _EVENTS.c.seq <= until)
            rows = self.session.execute(query.order_by(_EVENTS.c.seq).limit(_BATCH)).all()
            # Links never change, so a slow reader need not hold a connection between two batches.
            self._uow.release()
            if not rows:
                return
            for row in rows:
                yield _link(row)
            after = rows[-1].seq


def _link(row: AuditEventRow | Any) -> Link:
    entry = Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=row.details,
    )
    return Link(entry, row.prev_hash, row.hash)


def _values(link: Link) -> dict[str, object]:
    entry = link.entry
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "prev_hash": link.prev_hash,
        "hash": link.hash,
    }
