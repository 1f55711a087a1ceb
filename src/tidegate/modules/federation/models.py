"""Tables of federation: trusted publishers, and tokens of theirs that were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime


class TrustedPublisherRow(Base):
    """A publisher: what its jobs' tokens have to claim, and what they may do here."""

    __tablename__ = "trusted_publishers"
    __table_args__ = (Index("ix_trusted_publishers_issuer", "issuer"),)

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    issuer: Mapped[str] = mapped_column(String(500))
    claims: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    role: Mapped[str] = mapped_column(String(30))
    component: Mapped[str | None] = mapped_column(String(100))
    owner: Mapped[str | None] = mapped_column(String(200))
    environment: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200))


class UsedTokenRow(Base):
    """That a token was exchanged: the digest of its issuer and identifier, until nobody would accept it."""

    __tablename__ = "used_tokens"
    __table_args__ = (Index("ix_used_tokens_expires_at", "expires_at"),)

    digest: Mapped[str] = mapped_column(DigestType, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
