"""The table of what issuers published, so that replicas and restarts keep the keys that there were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, UtcDateTime


class IssuerRow(Base):
    """An issuer: what it published last, when it was asked last, and why that failed if it did."""

    __tablename__ = "issuers"

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    endpoints: Mapped[Json] = mapped_column(CanonicalJson, nullable=True)
    keys: Mapped[Json] = mapped_column(CanonicalJson, nullable=True)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(500))
