"""The tables that the kernel owns: answers kept under idempotency keys, and how far callers have written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime


class IdempotencyKeyRow(Base):
    """The first answer to a request, given again to every repetition of it.

    `scope` names caller and operation, `request_digest` query and body: the same key with another request
    is a conflict. The row is written in the transaction of the change that it answers for.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    scope: Mapped[str] = mapped_column(String(300), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[str] = mapped_column(DigestType)
    status: Mapped[int]
    headers: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReplicaMarkRow(Base):
    """How far a replica has to be for a caller to see there what they have last written; PostgreSQL alone."""

    __tablename__ = "replica_marks"

    caller: Mapped[str] = mapped_column(String(200), primary_key=True)
    lsn: Mapped[str] = mapped_column(String(40))
