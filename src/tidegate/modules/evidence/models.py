"""The table of evidence: what was read from each report, beside the digest that names its bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import BLOB, UNCHANGING, Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime


class EvidenceRow(Base):
    """One submission of one report for one revision."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_revision_id_slot", "revision_id", "slot"),
        Index("ix_evidence_revision_id_id", "revision_id", "id"),
        {"info": {UNCHANGING: True}},
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    component: Mapped[str] = mapped_column(String(100), index=True)
    slot: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(DigestType, index=True, info={BLOB: True})
    size: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str | None] = mapped_column(String(20))
    tool: Mapped[str] = mapped_column(String(200))
    tool_version: Mapped[str] = mapped_column(String(200))
    ran: Mapped[bool]
    why_not: Mapped[str | None] = mapped_column(Text)
    unreadable: Mapped[str | None] = mapped_column(Text)
    measures: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    baseline: Mapped[str | None] = mapped_column(String(64))
    fingerprints: Mapped[str | None] = mapped_column(DigestType, info={BLOB: True})
    lines: Mapped[str | None] = mapped_column(DigestType, info={BLOB: True})
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    commits: Mapped[list[Any] | None] = mapped_column(CanonicalJson)
    runs: Mapped[list[Any] | None] = mapped_column(CanonicalJson)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
