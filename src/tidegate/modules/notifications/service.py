"""Use cases of notifications: take what happened, show what became of it, send it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tidegate.domain.access import Permission
from tidegate.domain.channels import Channel, for_event
from tidegate.domain.deliveries import Delivery, DeliveryState, replayed
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.notifications import NotificationEvent, NotificationKind, NotificationSeverity
from tidegate.domain.times import write_time
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.notifications.delivery_repository import DeliveryRepository
from tidegate.modules.notifications.event_repository import EventRepository
from tidegate.modules.notifications.ports import DeliveryWithEvent
from tidegate.modules.notifications.repository import ChannelRepository

MOST_REPLAYED = 10_000
_TEST_COMPONENT = "tidegate"


class NotificationService:
    """The outbox, and what became of what was put into it."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        channels: ChannelRepository,
        events: EventRepository,
        deliveries: DeliveryRepository,
        audit: AuditService,
        access: Access,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._channels = channels
        self._events = events
        self._deliveries = deliveries
        self._audit = audit
        self._access = access
        self._clock = clock
        self._new_id = new_id

    def add(self, event: NotificationEvent) -> None:
        """Keep an event, and what each channel is to be told of it, in the transaction of its cause."""
        with self._uow.transaction():
            now = self._clock.now()
            self._events.insert(event, now)
            channels = for_event(self._channels.all_kept(), event)
            self._deliveries.insert([self._new(channel, event, now) for channel in channels])

    def test(self, name: str) -> Delivery:
        """Send a test to a channel; raises `NotFound`, and `Conflict` where it is switched off."""
        self._access.require(Permission.MANAGE_CHANNELS)
        with self._uow.transaction():
            channel, now = self._switched_on(name), self._clock.now()
            event = NotificationEvent(
                id=self._new_id(),
                kind=NotificationKind.TEST,
                component=_TEST_COMPONENT,
                environment="",
                title=f"A test of the channel {name}",
                lines=("Whoever reads this will be told of incidents here.",),
                path="/channels",
                severity=NotificationSeverity.INFO,
                occurred_at=now,
            )
            self._events.insert(event, now)
            delivery = self._new(channel, event, now)
            self._deliveries.insert([delivery])
            self._note("channel.tested", name, delivery=delivery.id)
        return delivery

    def deliveries(
        self, request: PageRequest, *, channel: str | None = None, state: DeliveryState | None = None
    ) -> Page[DeliveryWithEvent]:
        """Return one page of deliveries, newest first, with what they tell."""
        self._access.require(Permission.READ_NOTIFICATIONS)
        page = self._deliveries.page(request, channel=channel, state=state)
        events = self._events.events([one.event_id for one in page.items])
        return page.map(lambda one: DeliveryWithEvent(one, events[one.event_id]))

    def delivery(self, delivery_id: str) -> DeliveryWithEvent:
        """Return a delivery, with what it tells; raises `NotFound`."""
        self._access.require(Permission.READ_NOTIFICATIONS)
        found = self._deliveries.delivery(delivery_id)
        if found is None:
            raise NotFound("delivery", delivery_id)
        return self._with_event(found)

    def replay(self, delivery_id: str) -> DeliveryWithEvent:
        """Send a delivery once more, now, with the identifier that it had; raises `NotFound`, `Conflict`."""
        self._access.require(Permission.REPLAY_NOTIFICATIONS)
        with self._uow.transaction():
            known = self._deliveries.delivery_for_update(delivery_id)
            if known is None:
                raise NotFound("delivery", delivery_id)
            self._switched_on(known.channel)
            changed = replayed(known, now=self._clock.now())
            self._deliveries.save(changed)
            self._note("notification.replayed", known.channel, delivery=delivery_id)
        return self._with_event(changed)

    def replay_since(self, name: str, since: datetime) -> int:
        """Send a channel everything that happened since a moment and is for it; return how many these are.

        What it never got because it was not there yet, or switched off, is among them; what waits is left as
        it is. Raises `NotFound`, `Conflict`, and `Invalid` for more than can be replayed at once.
        """
        self._access.require(Permission.REPLAY_NOTIFICATIONS)
        with self._uow.transaction():
            channel, now = self._switched_on(name), self._clock.now()
            events = [one for one in self._events.since(since) if for_event((channel,), one)]
            if len(events) > MOST_REPLAYED:
                why = f"{len(events):,} notifications are more than {MOST_REPLAYED:,}: name a later moment"
                raise Invalid(f"This is too much at once: {why}.", (("/since", why),))
            count = self._send_again(channel, events, now)
            self._note("notification.replayed", name, since=write_time(since), count=count)
        return count

    def replay_given_up(self, name: str) -> int:
        """Send a channel everything again that was given up; return how many these are.

        Raises `NotFound` and `Conflict`. Of more than can be replayed at once the oldest are.
        """
        self._access.require(Permission.REPLAY_NOTIFICATIONS)
        with self._uow.transaction():
            self._switched_on(name)
            now, given_up = self._clock.now(), self._deliveries.given_up(name, MOST_REPLAYED)
            for one in given_up:
                self._deliveries.save(replayed(one, now=now))
            self._note("notification.replayed", name, given_up=True, count=len(given_up))
        return len(given_up)

    def forget(self, keep: timedelta) -> int:
        """Delete what happened longer ago than this and does not wait any more; return how many events."""
        return self._events.forget_before(self._clock.now() - keep)

    def _send_again(self, channel: Channel, events: Sequence[NotificationEvent], now: datetime) -> int:
        known = self._deliveries.of_events(channel.name, [event.id for event in events])
        done = [one for one in known.values() if one.state is not DeliveryState.WAITING]
        new = [self._new(channel, event, now) for event in events if event.id not in known]
        for one in done:
            self._deliveries.save(replayed(one, now=now))
        self._deliveries.insert(new)
        return len(done) + len(new)

    def _switched_on(self, name: str) -> Channel:
        channel = self._channels.channel_for_update(name)
        if channel is None:
            raise NotFound("channel", name)
        if not channel.enabled:
            raise Conflict(f"The channel {name!r} is switched off: switch it on first.")
        return channel

    def _with_event(self, delivery: Delivery) -> DeliveryWithEvent:
        return DeliveryWithEvent(delivery, self._events.events([delivery.event_id])[delivery.event_id])

    def _new(self, channel: Channel, event: NotificationEvent, now: datetime) -> Delivery:
        identifier = self._new_id()
        return Delivery(
            id=identifier,
            channel=channel.name,
            event_id=event.id,
            kind=str(event.kind),
            component=event.component,
            environment=event.environment,
            thread=event.thread or event.id,
            state=DeliveryState.WAITING,
            attempts=0,
            first_at=now,
            next_at=now,
            created_at=now,
            updated_at=now,
        )

    def _note(self, action: str, channel: str, **details: str | int) -> None:
        self._audit.append(action=action, subject=f"channel:{channel}", details=dict(details))
