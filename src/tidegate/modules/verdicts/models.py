"""The table of verdicts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import UNCHANGING, Base
from tidegate.kernel.db.types import DigestType, UtcDateTime


class VerdictRow(Base):
    """One verdict with all that is needed to give it again; never changed."""

    __tablename__ = "verdicts"
    __table_args__ = (
        UniqueConstraint("revision_id", "environment", "gate", "number"),
        Index("ix_verdicts_state_id", "state", "id"),
        Index("ix_verdicts_component_id", "component", "id"),
        Index("ix_verdicts_component_state_id", "component", "state", "id"),
        Index("ix_verdicts_component_environment_id", "component", "environment", "id"),
        {"info": {UNCHANGING: True}},
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int]
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    component: Mapped[str] = mapped_column(String(100))
    commit_sha: Mapped[str] = mapped_column(String(64))
    environment: Mapped[str] = mapped_column(String(100))
    gate: Mapped[str] = mapped_column(String(64))
    gate_digest: Mapped[str] = mapped_column(DigestType)
    state: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(DigestType)
    document: Mapped[str] = mapped_column(Text)
    inputs: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
