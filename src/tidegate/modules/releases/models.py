"""The table of releases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime


class ReleaseRow(Base):
    """A version of a component that may ship, with the verdict that let it."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("component", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    version: Mapped[str] = mapped_column(String(100))
    tag: Mapped[str] = mapped_column(String(120))
    notes: Mapped[str] = mapped_column(Text)
    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdicts.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
