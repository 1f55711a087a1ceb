"""Tables of the audit log: the events as links of a hash chain, and the chain's head."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import BY_TRIGGER, UNCHANGING, Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


class AuditEventRow(Base):
    """One change: who, what, when, with what; triggers refuse every UPDATE and DELETE, and a false link."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject_seq", "subject", "seq"),
        Index("ix_audit_events_action_seq", "action", "seq"),
        Index("ix_audit_events_actor_seq", "actor", "seq"),
        {"info": {UNCHANGING: True}},
    )

    seq: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(500))
    details: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    prev_hash: Mapped[str] = mapped_column(DigestType)
    hash: Mapped[str] = mapped_column(DigestType, unique=True)


class AuditHeadRow(Base):
    """The one row that says where the chain ends; a trigger moves it, appending locks it."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"), {"info": {BY_TRIGGER: True}})

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_SEQUENCE)
    hash: Mapped[str] = mapped_column(DigestType)
