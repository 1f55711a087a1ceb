"""Tables of passkeys, and of the challenges that browsers have to answer with them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.constraints import SAYS
from tidegate.kernel.db.types import UtcDateTime

NAME_LENGTH = 100
CREDENTIAL_LENGTH = 1400
"""Authenticators choose up to 1,023 bytes, which base64url writes with 1,364 characters."""

HANDLE_LENGTH = 86
"""64 bytes as base64url, which is the most that WebAuthn allows."""


class PasskeyRow(Base):
    """A passkey: what is kept of it is public."""

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("credential_id", info={SAYS: "This passkey is kept here already."}),
        Index("ix_passkeys_user_name", "user_name"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    credential_id: Mapped[str] = mapped_column(String(CREDENTIAL_LENGTH))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    handle: Mapped[str] = mapped_column(String(HANDLE_LENGTH))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallengeRow(Base):
    """A challenge that waits for its answer: digests of it and of the browser's secret, until it expires."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (Index("ix_passkey_challenges_expires_at", "expires_at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_name: Mapped[str | None] = mapped_column(ForeignKey("users.name"))
    handle: Mapped[str | None] = mapped_column(String(HANDLE_LENGTH))
    browser: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
