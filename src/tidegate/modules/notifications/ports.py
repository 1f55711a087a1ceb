"""What crosses the rooms of notifications: what is asked of channels, and what a worker sends."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.channels import Audience, Channel, ChannelKind, ChannelSecrets, ChannelTarget
from tidegate.domain.deliveries import Delivery
from tidegate.domain.notifications import NotificationEvent, NotificationKind


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel that is to be made."""

    name: str
    kind: ChannelKind
    target: ChannelTarget
    audience: Audience = Audience()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What is to be changed of a channel; None leaves as it is."""

    target: ChannelTarget | None = None
    kinds: tuple[NotificationKind, ...] | None = None
    components: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class ChannelWithSecret:
    """A channel, and the secret that it signs with where it was just made: it is shown this once."""

    channel: Channel
    secret: str | None

    def __repr__(self) -> str:
        """Show nothing of the secret."""
        return f"ChannelWithSecret({self.channel.name!r})"


@dataclass(frozen=True, slots=True)
class OpenedChannel:
    """A channel with its secrets, None where they cannot be read."""

    channel: Channel
    secrets: ChannelSecrets | None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that a worker is to send, under its lease."""

    delivery: Delivery
    event: NotificationEvent
    channel: OpenedChannel
    lease: str


@dataclass(frozen=True, slots=True)
class DeliveryWithEvent:
    """A delivery, and what it tells."""

    delivery: Delivery
    event: NotificationEvent


@dataclass(frozen=True, slots=True)
class NotificationCounts:
    """How many wait and since how many seconds the first of them; how many were given up, by channel."""

    waiting: int
    oldest_seconds: float
    given_up: dict[str, int]
