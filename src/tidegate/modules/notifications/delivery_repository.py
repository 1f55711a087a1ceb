"""Queries of deliveries: what is due of which channel, what came of it, and the lists of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, literal_column, select, update

from tidegate.domain.deliveries import Delivery, DeliveryState
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.notifications.models import NotificationChannelRow, NotificationDeliveryRow

_DELIVERIES = table_of(NotificationDeliveryRow)
_CHANNELS = table_of(NotificationChannelRow)
_EARLIER = _DELIVERIES.alias("earlier")
# Written out, not bound: a database uses an index of a part only where it sees that part named.
_IS_WAITING = _DELIVERIES.c.state == literal_column("'waiting'")
_IS_GIVEN_UP = _DELIVERIES.c.state == literal_column("'given-up'")
_IS_DUE = _IS_WAITING & (_DELIVERIES.c.next_at <= bindparam("now"))
_IS_OPEN = _CHANNELS.c.enabled & (
    _CHANNELS.c.held_until.is_(None) | (_CHANNELS.c.held_until <= bindparam("now"))
)
_DUE_CHANNELS = select(_CHANNELS.c.name).where(
    _IS_OPEN, exists().where(_DELIVERIES.c.channel == _CHANNELS.c.name, _IS_DUE)
)
# What belongs together is told in its order: nothing goes out before what waits ahead of it.
_WAITS_BEFORE = exists().where(
    _EARLIER.c.channel == _DELIVERIES.c.channel,
    _EARLIER.c.thread == _DELIVERIES.c.thread,
    _EARLIER.c.id < _DELIVERIES.c.id,
    _EARLIER.c.state == literal_column("'waiting'"),
)
_DUE = (
    select(_DELIVERIES)
    .where(_DELIVERIES.c.channel == bindparam("channel"), _IS_DUE, ~_WAITS_BEFORE)
    .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=_DELIVERIES)
)
_CLAIM = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("of_id"))
    .values(lease=bindparam("to_lease"), next_at=bindparam("to_next_at"), attempts=bindparam("to_attempts"))
)
_CHANGED = ("state", "next_at", "status", "answer", "told", "finished_at", "updated_at")
# A claim that ran out is another worker's by now: it says what came of the delivery.
_RECORD = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("of_id"), _DELIVERIES.c.lease == bindparam("of_lease"))
    .values({"lease": None, **{name: bindparam(f"to_{name}") for name in _CHANGED}})
)


class DeliveryRepository(Repository[NotificationDeliveryRow]):
    """Deliveries by channel and event."""

    model = NotificationDeliveryRow

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery."""
        row = self.one_or_none(NotificationDeliveryRow.id == delivery_id)
        return _delivery(row) if row is not None else None

    def delivery_for_update(self, delivery_id: str) -> Delivery | None:
        """Return a delivery as it is now, locked until the transaction ends."""
        row = self.get_for_update(NotificationDeliveryRow.id == delivery_id)
        return _delivery(row) if row is not None else None

    def insert(self, deliveries: Sequence[Delivery]) -> None:
        """Write new deliveries."""
        if deliveries:
            self._uow.execute(_DELIVERIES.insert(), [{**_columns(one), "lease": None} for one in deliveries])

    def save(self, delivery: Delivery) -> None:
        """Write a delivery as it is; whoever sends it at this moment has no say in it any more."""
        values = {**_columns(delivery), "lease": None}
        self._uow.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == delivery.id).values(values))

    def of_events(self, channel: str, events: Sequence[str]) -> Mapping[str, Delivery]:
        """Return a channel's deliveries of these events, by event, locked until the transaction ends."""
        this = (_DELIVERIES.c.channel == channel) & _DELIVERIES.c.event_id.in_(events)
        query = select(_DELIVERIES).where(this).order_by(_DELIVERIES.c.id).with_for_update()
        return {one.event_id: one for one in map(_delivery, self._uow.execute(query))}

    def given_up(self, channel: str, most: int) -> tuple[Delivery, ...]:
        """Return what was given up on a channel, oldest first, locked until the transaction ends."""
        query = select(_DELIVERIES).where(_DELIVERIES.c.channel == channel, _IS_GIVEN_UP)
        query = query.order_by(_DELIVERIES.c.id).limit(most).with_for_update()
        return tuple(map(_delivery, self._uow.execute(query)))

    def page(
        self,
        request: PageRequest,
        *,
        channel: str | None,
        state: DeliveryState | None,
    ) -> Page[Delivery]:
        """Return one page of deliveries, newest first."""
        query = select(NotificationDeliveryRow)
        if channel is not None:
            query = query.where(NotificationDeliveryRow.channel == channel)
        if state is not None:
            query = query.where(NotificationDeliveryRow.state == state)
        by = [NotificationDeliveryRow.id]
        return self.paginate(query, request, by=by, convert=_delivery, newest_first=True)

    def due_channels(self, now: datetime) -> tuple[str, ...]:
        """Return the channels that something is due of and that nothing is held back from."""
        return tuple(self._uow.execute(_DUE_CHANNELS, {"now": now}).scalars())

    def due(self, channel: str, now: datetime, most: int) -> tuple[Delivery, ...]:
        """Return what is due of a channel, longest first, locked; other workers take other ones."""
        values = {"channel": channel, "now": now, "most": most}
        return tuple(map(_delivery, self._uow.execute(_DUE, values)))

    def claim(self, deliveries: Sequence[Delivery], lease: str) -> None:
        """Write that these are being sent, and when they are due again if nobody says what came of it."""
        if deliveries:
            self._uow.execute(
                _CLAIM,
                [
                    {
                        "of_id": one.id,
                        "to_lease": lease,
                        "to_next_at": one.next_at,
                        "to_attempts": one.attempts,
                    }
                    for one in deliveries
                ],
            )

    def record(self, deliveries: Sequence[Delivery], leases: Sequence[str]) -> None:
        """Write what came of deliveries that are claimed under these leases."""
        values = [
            {**_changed(one), "of_id": one.id, "of_lease": lease}
            for one, lease in zip(deliveries, leases, strict=True)
        ]
        if values:
            self._uow.execute(_RECORD, values)

    def counts(self) -> tuple[int, datetime | None, Mapping[str, int]]:
        """Return how many wait on channels that are on, since when the first, and how many were given up.

        Those that were given up are told by channel, of those that are on.
        """
        on = _CHANNELS.c.enabled & (_CHANNELS.c.name == _DELIVERIES.c.channel)
        waiting = select(func.count(), func.min(_DELIVERIES.c.first_at)).where(_IS_WAITING, on)
        count, since = self._uow.execute(waiting).one()
        given_up = select(_DELIVERIES.c.channel, func.count()).where(_IS_GIVEN_UP, on)
        grouped = self._uow.execute(given_up.group_by(_DELIVERIES.c.channel).order_by(_DELIVERIES.c.channel))
        return count, since, {row[0]: row[1] for row in grouped}


def _columns(delivery: Delivery) -> dict[str, Any]:
    values = {name: getattr(delivery, name) for name in delivery.__slots__}
    return {**values, "state": str(delivery.state), "told": list(delivery.told)}


def _changed(delivery: Delivery) -> dict[str, Any]:
    columns = _columns(delivery)
    return {f"to_{name}": columns[name] for name in _CHANGED}


def _delivery(row: NotificationDeliveryRow | Any) -> Delivery:
    values = {name: getattr(row, name) for name in Delivery.__slots__}
    return Delivery(**{**values, "state": DeliveryState(row.state), "told": tuple(row.told)})
