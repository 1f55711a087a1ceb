"""An installation that notifies: its channels, events, and workers' threads."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from tidegate.app import compose
from tidegate.domain.channels import Audience, ChannelKind, ChannelTarget
from tidegate.domain.deliveries import Delivery
from tidegate.domain.notifications import NotificationEvent, NotificationKind, NotificationSeverity
from tidegate.domain.principals import WORKER
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock, SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.background import BackgroundThread
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.notifications.channels import ChannelService
from tidegate.modules.notifications.ports import NewChannel
from tidegate.modules.notifications.service import NotificationService
from tidegate.registry import MODULES
from tidegate.settings import Settings

T = TypeVar("T")
S = TypeVar("S")
PATIENCE = 30
AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def event_of(number: int = 1, **more: object) -> NotificationEvent:
    """Return an event; `number` tells it from others."""
    event = NotificationEvent(
        id=f"event-{number:05}",
        kind=NotificationKind.INCIDENT_OPENED,
        component="harbour",
        environment="production",
        title="harbour does not answer",
        lines=("5 probes in a row failed.",),
        path="/incidents/1",
        severity=NotificationSeverity.CRITICAL,
        occurred_at=AT + timedelta(seconds=number),
    )
    return dataclasses.replace(event, **more)  # type: ignore[arg-type]  # fields of the event


@dataclasses.dataclass
class Notifying:
    """An installation that notifies."""

    container: Container

    @classmethod
    def made(cls, settings: Settings, database: Database, clock: Clock | None = None) -> Notifying:
        """Put one together."""
        container = Container(
            settings=settings,
            database=database,
            blobs=BlobStore.from_url(settings.blob_url),
            clock=clock or SystemClock(),
        )
        compose(container, MODULES)
        return cls(container)

    def do(self, part: type[S], ask: Callable[[S], T]) -> T:
        """Have a use case done."""
        work = self.container.work(WORKER)
        try:
            return ask(work.use(part))
        finally:
            work.close()

    def channel(
        self,
        url: str = "",
        *,
        name: str = "crew",
        kind: ChannelKind = ChannelKind.WEBHOOK,
        addresses: tuple[str, ...] = (),
        audience: Audience = Audience(),
    ) -> str:
        """Make a channel, and return its secret."""
        new = NewChannel(name, kind, ChannelTarget(url, addresses), audience)
        return self.do(ChannelService, lambda service: service.add(new)).secret or ""

    def tell(self, *events: NotificationEvent) -> None:
        """Put events into the outbox, each in a transaction of its own."""
        for event in events:
            self.do(NotificationService, partial(NotificationService.add, event=event))

    def deliveries(self, channel: str | None = None) -> list[Delivery]:
        """Return the deliveries, oldest first."""
        asked = PageRequest(500)
        page = self.do(NotificationService, lambda service: service.deliveries(asked, channel=channel))
        return [one.delivery for one in reversed(page.items)]

    def delivered(self, count: int) -> bool:
        """Tell whether so many are delivered."""
        return sum(one.state == "delivered" for one in self.deliveries()) >= count

    def notifier(self) -> BackgroundThread:
        """Return the worker's thread that sends."""
        work = self.container.work(WORKER)
        found = next(one for one in work.all_of(BackgroundThread) if one.name == "notifier")
        work.close()
        return found

    @contextmanager
    def sending(self, threads: int = 1) -> Iterator[None]:
        """Send as one worker does, or as several do."""
        stop = threading.Event()
        running = [
            threading.Thread(target=self.notifier().run, args=(stop,), daemon=True) for _ in range(threads)
        ]
        for thread in running:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in running:
                thread.join(PATIENCE)
                assert not thread.is_alive()


def until(done: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if done():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come to pass")
