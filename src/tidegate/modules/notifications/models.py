"""Tables of notifications: channels, events, and the deliveries of events to channels."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.domain.deliveries import LONGEST_ANSWER
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, UtcDateTime

_WAITING = text("state = 'waiting'")


class NotificationChannelRow(Base):
    """A channel; `secrets` is encrypted, and holds its URL and what it signs with."""

    __tablename__ = "notification_channels"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    shown: Mapped[str] = mapped_column(Text)
    addresses: Mapped[list[str]] = mapped_column(CanonicalJson, nullable=False)
    secrets: Mapped[str | None] = mapped_column(Text)
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kinds: Mapped[list[str]] = mapped_column(CanonicalJson, nullable=False)
    components: Mapped[list[str]] = mapped_column(CanonicalJson, nullable=False)
    environments: Mapped[list[str]] = mapped_column(CanonicalJson, nullable=False)
    enabled: Mapped[bool]
    edition: Mapped[int]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NotificationEventRow(Base):
    """An event, written in the transaction of its cause; `document` is what it says besides."""

    __tablename__ = "notification_events"
    __table_args__ = (Index("ix_notification_events_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    component: Mapped[str] = mapped_column(String(100))
    environment: Mapped[str] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(String(20))
    thread: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(Text)
    document: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NotificationDeliveryRow(Base):
    """An event on its way to a channel; `lease` names the worker's claim that may write what came of it.

    What is due of a channel, and whether something of the same thread waits before it, are an index each;
    so are the lists of a channel, of a state, and of both.
    """

    __tablename__ = "notification_deliveries"
    __table_args__ = (
        UniqueConstraint("channel", "event_id", name="uq_notification_deliveries_channel"),
        Index(
            "ix_notification_deliveries_due",
            "channel",
            "next_at",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(
            "ix_notification_deliveries_order",
            "channel",
            "thread",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_notification_deliveries_channel_id", "channel", "id"),
        Index("ix_notification_deliveries_state_id", "state", "id"),
        Index("ix_notification_deliveries_channel_state_id", "channel", "state", "id"),
        Index("ix_notification_deliveries_event_id", "event_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel: Mapped[str] = mapped_column(ForeignKey("notification_channels.name"))
    event_id: Mapped[str] = mapped_column(ForeignKey("notification_events.id"))
    kind: Mapped[str] = mapped_column(String(40))
    component: Mapped[str] = mapped_column(String(100))
    environment: Mapped[str] = mapped_column(String(100))
    thread: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(36))
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(String(LONGEST_ANSWER))
    told: Mapped[list[str]] = mapped_column(CanonicalJson, nullable=False)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
