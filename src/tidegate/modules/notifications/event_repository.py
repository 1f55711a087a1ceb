"""Queries of events: what happened that somebody is told of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import exists, select

from tidegate.domain.canonical import Json
from tidegate.domain.notifications import NotificationEvent, NotificationKind, NotificationSeverity
from tidegate.kernel.db.repository import Repository, delete_in_batches, table_of
from tidegate.modules.notifications.models import NotificationDeliveryRow, NotificationEventRow

_EVENTS = table_of(NotificationEventRow)
_DELIVERIES = table_of(NotificationDeliveryRow)
_BATCH = 200


class EventRepository(Repository[NotificationEventRow]):
    """Events by their identifiers."""

    model = NotificationEventRow

    def insert(self, event: NotificationEvent, now: datetime) -> None:
        """Write an event."""
        document: Json = {"lines": list(event.lines), "path": event.path, "data": dict(event.data)}
        values = {
            "id": event.id,
            "kind": str(event.kind),
            "component": event.component,
            "environment": event.environment,
            "severity": str(event.severity),
            "thread": event.thread,
            "title": event.title,
            "document": document,
            "occurred_at": event.occurred_at,
            "created_at": now,
        }
        self._uow.execute(_EVENTS.insert(), values)

    def events(self, ids: Sequence[str]) -> dict[str, NotificationEvent]:
        """Return events by their identifiers."""
        found: dict[str, NotificationEvent] = {}
        for start in range(0, len(ids), _BATCH):
            query = select(_EVENTS).where(_EVENTS.c.id.in_(ids[start : start + _BATCH]))
            found |= {event.id: event for event in map(event_of, self._uow.execute(query))}
        return found

    def since(self, moment: datetime) -> Iterator[NotificationEvent]:
        """Return what was added since a moment and is no test, oldest first."""
        mark: tuple[datetime, str] = (moment, "")
        while True:
            after = (_EVENTS.c.created_at > mark[0]) | (
                (_EVENTS.c.created_at == mark[0]) & (_EVENTS.c.id > mark[1])
            )
            query = select(_EVENTS).where(after, _EVENTS.c.kind != str(NotificationKind.TEST))
            rows = self._uow.execute(query.order_by(_EVENTS.c.created_at, _EVENTS.c.id).limit(_BATCH)).all()
            yield from map(event_of, rows)
            if len(rows) < _BATCH:
                return
            mark = (rows[-1].created_at, rows[-1].id)

    def forget_before(self, moment: datetime) -> int:
        """Delete events, and their deliveries, that were added before a moment; what waits is kept."""
        waits = exists().where(_DELIVERIES.c.event_id == _EVENTS.c.id, _DELIVERIES.c.state == "waiting")
        old = select(_EVENTS.c.id).where(_EVENTS.c.created_at < moment, ~waits)
        delete_in_batches(
            self._uow,
            NotificationDeliveryRow,
            _DELIVERIES.c.event_id.in_(old),
            _DELIVERIES.c.state != "waiting",
        )
        told = exists().where(_DELIVERIES.c.event_id == _EVENTS.c.id)
        return delete_in_batches(self._uow, NotificationEventRow, _EVENTS.c.created_at < moment, ~told)


def event_of(row: Any) -> NotificationEvent:
    """Return the event that a row holds."""
    document = cast("dict[str, Any]", row.document)
    return NotificationEvent(
        id=row.id,
        kind=NotificationKind(row.kind),
        component=row.component,
        environment=row.environment,
        title=row.title,
        lines=tuple(document["lines"]),
        path=document["path"],
        severity=NotificationSeverity(row.severity),
        occurred_at=row.occurred_at,
        thread=row.thread,
        data=document["data"],
    )
