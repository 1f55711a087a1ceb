"""Use cases of a worker that sends: claim what is due, record what came of it, say how far behind it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tidegate.domain.channels import Channel
from tidegate.domain.deliveries import Attempt, after_attempt, channel_wait
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.secret_cipher import SecretUnreadable
from tidegate.modules.audit.service import AuditService
from tidegate.modules.notifications.delivery_repository import DeliveryRepository
from tidegate.modules.notifications.event_repository import EventRepository
from tidegate.modules.notifications.keeping import SecretKeeper
from tidegate.modules.notifications.ports import ClaimedDelivery, NotificationCounts, OpenedChannel
from tidegate.modules.notifications.repository import ChannelRepository

Result = tuple[ClaimedDelivery, Attempt]


class DispatchService:
    """Shares what is due among workers, each of which may die at any moment."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        channels: ChannelRepository,
        events: EventRepository,
        deliveries: DeliveryRepository,
        keeper: SecretKeeper,
        audit: AuditService,
        clock: Clock,
        new_id: NewId,
        random: Callable[[], float],
        give_up: timedelta,
        lease: timedelta,
    ) -> None:
        self._uow = uow
        self._channels = channels
        self._events = events
        self._deliveries = deliveries
        self._keeper = keeper
        self._audit = audit
        self._clock = clock
        self._new_id = new_id
        self._random = random
        self._give_up = give_up
        self._lease = lease

    def claim(self, busy: Mapping[str, int], *, per_channel: int, most: int) -> tuple[ClaimedDelivery, ...]:
        """Claim what is due; `busy` says how many of each channel this worker sends already.

        Whoever dies with it loses nothing: when its lease is over it is due again.
        """
        now = self._clock.now()
        names = self._deliveries.due_channels(now)
        wanted = {name: per_channel - busy.get(name, 0) for name in names}
        if most <= 0 or not any(room > 0 for room in wanted.values()):
            return ()
        lease, claimed, left = self._new_id(), [], most
        with self._uow.transaction():
            for name in sorted(wanted, key=lambda _: self._random()):
                room = min(wanted[name], left)
                due = self._deliveries.due(name, now, room) if room > 0 else ()
                claimed += [replace(one, attempts=one.attempts + 1, next_at=now + self._lease) for one in due]
                left -= len(due)
            self._deliveries.claim(claimed, lease)
            events = self._events.events([one.event_id for one in claimed])
            channels = {one.name: one for one in self._channels.all()}
            opened = {name: self._opened(channels[name]) for name in {one.channel for one in claimed}}
        return tuple(
            ClaimedDelivery(one, events[one.event_id], opened[one.channel], lease) for one in claimed
        )

    def record(self, results: Sequence[Result]) -> None:
        """Write what came of what was claimed."""
        now = self._clock.now()
        with self._uow.transaction():
            # In one order for all, and channels before deliveries, as whoever removes a channel does it.
            for name in sorted({claimed.delivery.channel for claimed, _ in results}):
                self._record_channel(name, [one for one in results if one[0].delivery.channel == name], now)
            self._deliveries.record(
                [
                    after_attempt(
                        claimed.delivery, attempt, now=now, give_up=self._give_up, random=self._random()
                    )
                    for claimed, attempt in results
                ],
                [claimed.lease for claimed, _ in results],
            )

    def has_due(self) -> bool:
        """Tell whether anything is due."""
        return bool(self._deliveries.due_channels(self._clock.now()))

    def counts(self) -> NotificationCounts:
        """Return how many wait, since when, and how many were given up."""
        waiting, since, given_up = self._deliveries.counts()
        oldest = (self._clock.now() - since).total_seconds() if since is not None else 0.0
        return NotificationCounts(waiting, oldest, dict(given_up))

    def _record_channel(self, name: str, results: Sequence[Result], now: datetime) -> None:
        """Hold a channel back after failures that any event would have met; one that worked is free."""
        failures = [attempt for _, attempt in results if attempt.of_channel]
        worked = any(attempt.delivered for _, attempt in results)
        patient = [attempt for attempt in failures if attempt.retry_after]
        if failures and (patient or not worked):
            before = results[0][0].channel.channel.failures
            wait = max(channel_wait(before + len(failures), attempt) for attempt in patient or failures)
            self._channels.failed(name, failures=len(failures), now=now, held_until=now + wait)
        elif worked:
            self._channels.worked([name])
        if any(attempt.gone for _, attempt in results):
            self._switch_off(name, now)

    def _switch_off(self, name: str, now: datetime) -> None:
        """Switch a channel off whose receiver says that it is gone for good."""
        known = self._channels.channel_for_update(name)
        if known is not None and known.enabled:
            self._channels.save(replace(known, enabled=False, edition=known.edition + 1, updated_at=now))
            details = {"reason": "its receiver answered 410: it is gone"}
            self._audit.append(action="channel.switched_off", subject=f"channel:{name}", details=details)

    def _opened(self, channel: Channel) -> OpenedChannel:
        try:
            kept = self._channels.kept_secrets(channel.name)
            return OpenedChannel(channel, self._keeper.open(channel.name, kept))
        except SecretUnreadable:
            return OpenedChannel(channel, None)
