"""The tables of gates and their versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import UNCHANGING, Base
from tidegate.kernel.db.types import DigestType, UtcDateTime


class GateRow(Base):
    """A gate's name, and which of its versions is in force."""

    __tablename__ = "gates"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    current: Mapped[str] = mapped_column(DigestType)


class GateVersionRow(Base):
    """What a gate said at one time; never changed, named by the digest of its canonical form."""

    __tablename__ = "gate_versions"
    __table_args__ = (UniqueConstraint("gate", "number"), {"info": {UNCHANGING: True}})

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    gate: Mapped[str] = mapped_column(ForeignKey("gates.name"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(DigestType, unique=True)
    canonical: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    extends: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)
