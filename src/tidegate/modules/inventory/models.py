"""The tables of targets, and of imports with what they change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.domain.targets import LONGEST_URL
from tidegate.kernel.db.base import BLOB, Base
from tidegate.kernel.db.types import CanonicalJson, DigestType, UtcDateTime


class TargetRow(Base):
    """A component in an environment: where it answers, and what is asked of it there."""

    __tablename__ = "targets"
    __table_args__ = (Index("ix_targets_environment_component", "environment", "component"),)

    component: Mapped[str] = mapped_column(ForeignKey("components.name"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.name"), primary_key=True)
    base_url: Mapped[str | None] = mapped_column(String(LONGEST_URL))
    contract: Mapped[Json] = mapped_column(CanonicalJson, nullable=True)
    owner: Mapped[str | None] = mapped_column(String(200))
    interval: Mapped[int | None] = mapped_column(Integer)
    paused: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportRow(Base):
    """A workbook that was uploaded, and what became of it."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_digest_id", "digest", "id"),
        Index("ix_imports_created_by_id", "created_by", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(DigestType, info={BLOB: True})
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    counts: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    skipped: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str | None] = mapped_column(String(200))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(200))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportPartRow(Base):
    """Some thousand changes, bad cells or conflicts of an import, packed; `first` counts from 0."""

    __tablename__ = "import_parts"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    first: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
