"""Tables of the catalog: components, environments and revisions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.constraints import SAYS
from tidegate.kernel.db.types import DigestType, UtcDateTime

NAME_LENGTH = 100
SHA_LENGTH = 64


class ComponentRow(Base):
    """A deployable thing that a team owns; its name is its key and never changes."""

    __tablename__ = "components"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EnvironmentRow(Base):
    """Where components run; `gate` names the gate that guards it, if one does."""

    __tablename__ = "environments"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer)
    gate: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    description: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RevisionRow(Base):
    """A commit of a component; what is known of it can be added, and never be changed."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint(
            "component",
            "commit_sha",
            name="uq_revisions_component_commit_sha",
            info={SAYS: "This revision of the component is registered already."},
        ),
        Index("ix_revisions_component_id", "component", "id"),
        Index("ix_revisions_artifact", "artifact"),
        Index("ix_revisions_commit_sha", "commit_sha"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    commit_sha: Mapped[str] = mapped_column(String(SHA_LENGTH))
    artifact: Mapped[str | None] = mapped_column(DigestType)
    branch: Mapped[str | None] = mapped_column(String(250))
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
