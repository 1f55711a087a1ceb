"""The table of releases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.constraints import SAYS
from tidegate.kernel.db.types import UtcDateTime


class ReleaseRow(Base):
    """A version of a component that may ship, with the verdict that let it."""

    __tablename__ = "releases"
    __table_args__ = (
        UniqueConstraint(
            "component", "version", info={SAYS: "This version of the component has been released already."}
        ),
        Index("ix_releases_component_environment_id", "component", "environment", "id"),
        Index("ix_releases_tag", "tag"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    commit_sha: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(100))
    tag: Mapped[str] = mapped_column(String(120))
    environment: Mapped[str] = mapped_column(ForeignKey("environments.name"))
    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdicts.id"))
    notes: Mapped[str] = mapped_column(Text)
    edition: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(200))
