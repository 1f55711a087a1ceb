"""The tables of parity: reports, where their rows are kept, items, and what became of those."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.facts import LONGEST_FIELD
from tidegate.kernel.db.base import BLOB, Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime
from tidegate.modules.parity.ports import LONGEST_ASSIGNEE, LONGEST_NOTE

NAME_LENGTH = 100
LONGEST_COMPARISON = 300


class ParityReportRow(Base):
    """A report, without its rows."""

    __tablename__ = "parity_reports"
    __table_args__ = (
        Index("ix_parity_reports_component_id", "component", "id"),
        Index("ix_parity_reports_created_by_id", "created_by", "id"),
        Index("ix_parity_reports_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    left_side: Mapped[dict[str, Any]] = mapped_column(CanonicalJson, nullable=False)
    right_side: Mapped[dict[str, Any]] = mapped_column(CanonicalJson, nullable=False)
    component: Mapped[str | None] = mapped_column(ForeignKey("components.name"))
    rules: Mapped[dict[str, Any]] = mapped_column(CanonicalJson, nullable=False)
    rules_digest: Mapped[str] = mapped_column(DigestType)
    visible: Mapped[list[str] | None] = mapped_column(CanonicalJson, nullable=True)
    state: Mapped[str] = mapped_column(String(10))
    failure: Mapped[str | None] = mapped_column(Text)
    counts: Mapped[dict[str, int] | None] = mapped_column(CanonicalJson, nullable=True)
    digest: Mapped[str | None] = mapped_column(DigestType)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ParityChunkRow(Base):
    """Some rows of one status of a report: where they are kept, and of which components they are."""

    __tablename__ = "parity_chunks"
    __table_args__ = (Index("ix_parity_chunks_digest", "digest"),)

    report_id: Mapped[str] = mapped_column(
        ForeignKey("parity_reports.id", ondelete="CASCADE"), primary_key=True
    )
    status: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(DigestType, info={BLOB: True})
    rows: Mapped[int] = mapped_column(Integer)
    first: Mapped[str] = mapped_column(String(NAME_LENGTH))
    last: Mapped[str] = mapped_column(String(NAME_LENGTH))


class ParityItemRow(Base):
    """A difference that somebody looks after; `environment` is "" for a component, or between two."""

    __tablename__ = "parity_items"
    __table_args__ = (
        UniqueConstraint("comparison", "component", "environment", "field"),
        Index("ix_parity_items_component_id", "component", "id"),
        Index("ix_parity_items_assignee_id", "assignee", "id"),
        Index("ix_parity_items_comparison_state", "comparison", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    comparison: Mapped[str] = mapped_column(String(LONGEST_COMPARISON))
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH))
    field: Mapped[str] = mapped_column(String(LONGEST_FIELD))
    status: Mapped[str] = mapped_column(String(12))
    left_value: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    right_value: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    state: Mapped[str] = mapped_column(String(10))
    assignee: Mapped[str | None] = mapped_column(String(LONGEST_ASSIGNEE))
    note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    accepted_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report_id: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(200))


class ParityItemEventRow(Base):
    """One change of an item."""

    __tablename__ = "parity_item_events"

    item_id: Mapped[str] = mapped_column(ForeignKey("parity_items.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200))
    changes: Mapped[dict[str, Any]] = mapped_column(CanonicalJson, nullable=False)
