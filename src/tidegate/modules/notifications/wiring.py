"""How notifications are put together, and what `/health` and `/metrics` show of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from random import SystemRandom
from typing import TypeVar

from tidegate.domain.notifications import NotificationOutbox
from tidegate.domain.outgoing import AddressPolicy
from tidegate.domain.principals import SERVER
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.background import BackgroundThread
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.outgoing.client import Outgoing
from tidegate.kernel.secret_cipher import SecretCipher
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.notifications.channels import ChannelService
from tidegate.modules.notifications.delivery_repository import DeliveryRepository
from tidegate.modules.notifications.dispatch import DispatchService
from tidegate.modules.notifications.event_repository import EventRepository
from tidegate.modules.notifications.keeping import SecretKeeper, new_secret
from tidegate.modules.notifications.ports import NotificationCounts
from tidegate.modules.notifications.repository import ChannelRepository
from tidegate.modules.notifications.service import NotificationService
from tidegate.modules.notifications.tasks import FORGET

T = TypeVar("T")
_IDLE = 1.0
_MARGIN = timedelta(minutes=1)
_WAITS = 3  # of a mail server's, each as long as OUTGOING_TIMEOUT


def build(container: Container) -> None:
    """Register the services, the outbox, the worker's thread and task, the health check and the gauges."""
    container.provide(NotificationService, _notifications)
    container.provide(ChannelService, _channels)
    container.provide(DispatchService, _dispatch)
    container.contribute(NotificationOutbox, lambda work: work.use(NotificationService))
    container.contribute(Task, lambda _: FORGET)
    container.contribute(
        BackgroundThread, lambda _: BackgroundThread("notifier", lambda stop: _notify(container, stop))
    )
    container.contribute(
        HealthCheck, lambda _: HealthCheck("notifications", "system", lambda: _all_told(container))
    )
    container.contribute(GaugeSource, lambda _: GaugeSource("notifications", lambda: _gauges(container)))


def _notifications(work: Work) -> NotificationService:
    return NotificationService(
        work.uow,
        channels=ChannelRepository(work.uow),
        events=EventRepository(work.uow),
        deliveries=DeliveryRepository(work.uow),
        audit=work.use(AuditService),
        access=work.use(Access),
        clock=work.container.clock,
        new_id=new_id,
    )


def _channels(work: Work) -> ChannelService:
    return ChannelService(
        work.uow,
        channels=ChannelRepository(work.uow),
        keeper=SecretKeeper(work.use(SecretCipher)),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        new_secret=new_secret,
        sends_mail=bool(work.container.settings.smtp_url),
        outgoing=AddressPolicy.from_entries(work.container.settings.outgoing_allow),
    )


def _dispatch(work: Work) -> DispatchService:
    settings = work.container.settings
    return DispatchService(
        work.uow,
        channels=ChannelRepository(work.uow),
        events=EventRepository(work.uow),
        deliveries=DeliveryRepository(work.uow),
        keeper=SecretKeeper(work.use(SecretCipher)),
        audit=work.use(AuditService),
        clock=work.container.clock,
        new_id=new_id,
        random=SystemRandom().random,
        give_up=timedelta(hours=settings.notification_give_up_hours),
        lease=timedelta(seconds=settings.outgoing_timeout * _WAITS) + _MARGIN,
    )


def _notify(container: Container, stop: threading.Event) -> None:
    """Send once there is something to send; until then what sends is not loaded."""
    while not _ask(container, DispatchService.has_due):
        if stop.wait(_IDLE):
            return
    from tidegate.kernel.outgoing.mail import Mailer
    from tidegate.modules.notifications.notifier import Notifier
    from tidegate.modules.notifications.senders import ChannelSender

    work = container.work(SERVER)
    sender = ChannelSender(
        work.use(Outgoing),
        Mailer.from_settings(container.settings),
        clock=container.clock,
        public_url=container.settings.public_url,
    )
    work.close()
    Notifier(container, sender).run(stop)


def _all_told(container: Container) -> str:
    """Tell whether every notification was delivered or is under way; raises `HealthCheckFailed`."""
    given_up = _ask(container, DispatchService.counts).given_up
    if given_up:
        # Anybody may ask for the health: it names no channel.
        total = sum(given_up.values())
        raise HealthCheckFailed(
            f"{total:,} {'notification was' if total == 1 else 'notifications were'} given up: see `tidegate "
            "notification list --state given-up`, mend the channel, and send them again with `tidegate "
            "notification replay --channel NAME --given-up`, or switch the channel off."
        )
    return "Every notification was delivered or is under way."


def _gauges(container: Container) -> list[Gauge]:
    found: NotificationCounts = _ask(container, DispatchService.counts)
    return [
        Gauge.of("tidegate_notifications_waiting", "Notifications under way.", float(found.waiting)),
        Gauge.of(
            "tidegate_notifications_oldest_seconds", "How long the first of them waits.", found.oldest_seconds
        ),
        Gauge.of(
            "tidegate_notifications_given_up",
            "Notifications that were given up, of channels that are on.",
            float(sum(found.given_up.values())),
        ),
    ]


def _ask(container: Container, ask: Callable[[DispatchService], T]) -> T:
    work = container.work(SERVER)  # of its own: checks run side by side
    try:
        return ask(work.use(DispatchService))
    finally:
        work.close()
