"""Notifications: what happened that somebody is told of, and the outbox that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tidegate.domain.canonical import Json


class NotificationKind(StrEnum):
    """What happened; `test` is what a person sends to try a channel."""

    INCIDENT_OPENED = "incident.opened"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_FLAPPING = "incident.flapping"
    INCIDENT_CLOSED = "incident.closed"
    TEST = "test"


class NotificationSeverity(StrEnum):
    """How much it matters; `resolved` is good news."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """Something that happened, as channels tell it.

    `id` is stable: receivers tell by it what they were told before. `environment` is "" where it is about a
    component as such. `title` is one line; `lines` are the text below it. `path` is a link on the console,
    such as `/incidents/…`. `thread` is the same for everything that belongs together, such as the
    identifier of an incident: mail programs show it as one conversation. `data` is what webhooks carry
    besides.
    """

    id: str
    kind: NotificationKind
    component: str
    environment: str
    title: str
    lines: tuple[str, ...]
    path: str
    severity: NotificationSeverity
    occurred_at: datetime
    thread: str = ""
    data: Mapping[str, Json] = field(default_factory=dict)


class NotificationOutbox(Protocol):
    """Takes events in the transaction of their cause; modules contribute theirs to the container.

    Whoever has something to tell calls every one of `work.all_of(NotificationOutbox)`.
    """

    def add(self, event: NotificationEvent) -> None:
        """Keep an event to be told; it is told once the transaction commits, and never if it does not."""
        ...
