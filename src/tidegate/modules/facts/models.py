"""The table of facts: each row is a value and the time for which it held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.domain.facts import LONGEST_FIELD
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, UtcDateTime

NAME_LENGTH = 100
LONGEST_SOURCE = 300
_NOW = text("until IS NULL")


class FactRow(Base):
    """A value of one field of one subject, from `since` to `until`; `environment` is "" for a component.

    The index finds what holds now, of a subject or a whole side, and lets one value hold at a time.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index(
            "uq_facts_side_current",
            "side",
            "component",
            "environment",
            "field",
            unique=True,
            sqlite_where=_NOW,
            postgresql_where=_NOW,
        ),
    )

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    field: Mapped[str] = mapped_column(String(LONGEST_FIELD), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    value: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
