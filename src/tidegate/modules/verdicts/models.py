"""The table of verdicts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import DigestType, UtcDateTime


class VerdictRow(Base):
    """One verdict with all that is needed to give it again; never changed."""

    __tablename__ = "verdicts"
    __table_args__ = (Index("ix_verdicts_revision_id_environment_gate_id", "revision_id", "environment", "gate", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    component: Mapped[str] = mapped_column(String(100))
    commit_sha: Mapped[str] = mapped_column(String(64))
    environment: Mapped[str | None] = mapped_column(String(100))
    gate: Mapped[str] = mapped_column(String(64))
    gate_digest: Mapped[str] = mapped_column(DigestType)
    state: Mapped[str] = mapped_column(String(12), index=True)
    digest: Mapped[str] = mapped_column(DigestType)
    document: Mapped[str] = mapped_column(Text)
    inputs: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
