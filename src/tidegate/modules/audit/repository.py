"""Queries of the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import insert, select

from tidegate.domain.audit import Entry, Head, Row
from tidegate.domain.canonical import Json
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.models import AuditEventRow, AuditHeadRow

_BATCH = 1000
# Plain rows: going through a million of them must not build a million objects that know their session.
_EVENTS, _HEADS = table_of(AuditEventRow), table_of(AuditHeadRow)
_INSERT = insert(_EVENTS)
_HEAD = select(_HEADS.c.seq, _HEADS.c.hash).where(_HEADS.c.id == 1)
_HEAD_FOR_UPDATE = _HEAD.with_for_update()


class AuditRepository(Repository[AuditEventRow]):
    """Reads and extends the chain."""

    model = AuditEventRow

    def lock_head(self) -> Head | None:
        """Return the chain's last row, None where there is none, and let nobody else append meanwhile."""
        return _head(*self._uow.execute(_HEAD_FOR_UPDATE).one())

    def head(self) -> Head | None:
        """Return the chain's last row, None where there is none yet."""
        return _head(*self.session.execute(_HEAD).one())

    def append(self, rows: Sequence[Row]) -> None:
        """Write rows in their order; triggers move the head along and refuse what does not follow it."""
        self._uow.execute(_INSERT, [_values(row) for row in rows])

    def page(
        self, request: PageRequest, *, subject: str | None, action: str | None, actor: str | None
    ) -> Page[Row]:
        """Return one page, newest first."""
        query = select(AuditEventRow)
        if subject is not None:
            query = query.where(AuditEventRow.subject == subject)
        if action is not None:
            query = query.where(AuditEventRow.action == action)
        if actor is not None:
            query = query.where(AuditEventRow.actor == actor)
        return self.paginate(query, request, by=[AuditEventRow.seq], convert=_entry, newest_first=True)

    def all(self, *, until: int, after: int = 0) -> Iterator[Row]:
        """Go through the chain, from its beginning or after a row, in pieces that memory never notices."""
        while after < until:
            query = select(_EVENTS).where(_EVENTS.c.seq > after, _EVENTS.c.seq <= until)
            rows = self.session.execute(query.order_by(_EVENTS.c.seq).limit(_BATCH)).all()
            # Rows never change, so a slow reader need not hold a connection between two batches.
            self._uow.release()
            if not rows:
                return
            for row in rows:
                yield _entry(row)
            after = rows[-1].seq


def _head(seq: int, digest: str) -> Head | None:
    return Head(seq, digest) if seq else None


def _entry(row: AuditEventRow | Any) -> Row:
    entry = Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=cast(Mapping[str, Json], row.details),
    )
    return Row(entry, row.prev_hash, row.hash)


def _values(row: Row) -> dict[str, object]:
    entry = row.entry
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }
