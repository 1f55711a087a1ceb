"""The tables of probes: how each target is and when it is asked next, and the history, packed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.contracts import LONGEST_PATH
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime

NAME_LENGTH = 100
LONGEST_REASON = 500


class ProbeStateRow(Base):
    """A target that is probed: this row is its schedule, and who moves `next_at` on has the next probe.

    `late_at` is when it counts as not probed in time, whatever the reason.
    """

    __tablename__ = "probe_states"
    __table_args__ = (
        Index("ix_probe_states_next_at", "next_at"),
        Index("ix_probe_states_late_at", "late_at"),
    )

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    target_version: Mapped[int] = mapped_column(Integer)
    interval: Mapped[int | None] = mapped_column(Integer)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    late_at: Mapped[datetime] = mapped_column(UtcDateTime)
    probed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str | None] = mapped_column(String(10))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consecutive: Mapped[int] = mapped_column(Integer)
    unanswered: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    status: Mapped[int | None] = mapped_column(Integer)
    latency_ms: Mapped[int | None] = mapped_column(Integer)
    path: Mapped[str | None] = mapped_column(String(LONGEST_PATH))


class ProbeHourRow(Base):
    """Every probe of a target in one hour, packed (`domain.probe_history`)."""

    __tablename__ = "probe_hours"
    __table_args__ = (Index("ix_probe_hours_hour", "hour"),)

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    samples: Mapped[bytes] = mapped_column(LargeBinary)


class ProbeDayRow(Base):
    """The hours of a target's day, packed (`domain.probe_history`)."""

    __tablename__ = "probe_days"
    __table_args__ = (Index("ix_probe_days_day", "day"),)

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    day: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    hours: Mapped[bytes] = mapped_column(LargeBinary)
