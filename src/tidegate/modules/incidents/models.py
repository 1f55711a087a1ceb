"""The tables of incidents with their history and checks, of maintenance windows, and of objectives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain import maintenance
from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, UtcDateTime, WallTime
from tidegate.modules.incidents.ports import LONGEST_ASSIGNEE, LONGEST_NOTE, LONGEST_REASON, LONGEST_TITLE

NAME_LENGTH = 100
_IS_THERE = text("state <> 'closed'")


class IncidentRow(Base):
    """Something that fails; of a check there is one at a time that is not closed."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_not_closed",
            "source",
            "component",
            "environment",
            "name",
            unique=True,
            sqlite_where=_IS_THERE,
            postgresql_where=_IS_THERE,
        ),
        Index("ix_incidents_state_id", "state", "id"),
        Index("ix_incidents_component_id", "component", "id"),
        Index("ix_incidents_environment_state_id", "environment", "state", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(20))
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    public_title: Mapped[str | None] = mapped_column(String(LONGEST_TITLE))
    state: Mapped[str] = mapped_column(String(20))
    flapping: Mapped[bool] = mapped_column(Boolean)
    times: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assignee: Mapped[str | None] = mapped_column(String(LONGEST_ASSIGNEE))
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str | None] = mapped_column(String(NAME_LENGTH * 2))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(String(NAME_LENGTH * 2))
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IncidentEventRow(Base):
    """One thing that happened to an incident."""

    __tablename__ = "incident_events"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(NAME_LENGTH * 2))
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))


class IncidentCheckRow(Base):
    """A check that is in trouble, or was lately; one that is calm has no row."""

    __tablename__ = "incident_checks"

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    phase: Mapped[str] = mapped_column(String(20))
    failures: Mapped[int] = mapped_column(Integer)
    successes: Mapped[int] = mapped_column(Integer)
    flapping: Mapped[bool] = mapped_column(Boolean)
    good_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changes: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))


class MaintenanceWindowRow(Base):
    """A maintenance window; `starts_at` is a time of the wall, which is why it has no offset."""

    __tablename__ = "maintenance_windows"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    title: Mapped[str] = mapped_column(String(maintenance.LONGEST_TITLE))
    component: Mapped[str | None] = mapped_column(ForeignKey("components.name"))
    environment: Mapped[str | None] = mapped_column(ForeignKey("environments.name"))
    starts_at: Mapped[datetime] = mapped_column(WallTime)
    timezone: Mapped[str] = mapped_column(String(NAME_LENGTH))
    minutes: Mapped[int] = mapped_column(Integer)
    rule: Mapped[str | None] = mapped_column(String(maintenance.LONGEST_RULE))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(NAME_LENGTH * 2))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ObjectiveRow(Base):
    """What is aimed at for a target; `target` is a share in parts of 100,000."""

    __tablename__ = "objectives"

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    target: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    latency_ms: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(NAME_LENGTH * 2))
