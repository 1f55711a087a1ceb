"""Tables of single sign-on: who is whom at a provider, and sign-ins that wait for their provider's answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime


class ProvidedIdentityRow(Base):
    """That a subject of an issuer is a person here; no address of mail tells it."""

    __tablename__ = "provided_identities"
    __table_args__ = (Index("ix_provided_identities_user_name", "user_name"),)

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignOnRequestRow(Base):
    """A sign-in that was begun: digests of its state and of the browser's secret, until it expires."""

    __tablename__ = "sign_on_requests"
    __table_args__ = (Index("ix_sign_on_requests_expires_at", "expires_at"),)

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    browser: Mapped[str] = mapped_column(String(64))
    following: Mapped[str] = mapped_column(String(500))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
