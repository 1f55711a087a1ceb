"""The table of deployments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.deployments import LONGEST_LINK, LONGEST_VERSION
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime

_SUCCEEDED = text("outcome = 'succeeded'")


class DeploymentRow(Base):
    """Something that was put into an environment.

    Lists of a component, of a target, and of an outcome are an index each, so that a page is some steps of
    one; the last finds which deployment of a target succeeded last.
    """

    __tablename__ = "deployments"
    __table_args__ = (
        Index("ix_deployments_component_id", "component", "id"),
        Index("ix_deployments_component_environment_id", "component", "environment", "id"),
        Index("ix_deployments_component_environment_outcome_id", "component", "environment", "outcome", "id"),
        Index(
            "ix_deployments_succeeded",
            "component",
            "environment",
            "ended_at",
            "id",
            sqlite_where=_SUCCEEDED,
            postgresql_where=_SUCCEEDED,
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey("components.name"))
    environment: Mapped[str] = mapped_column(ForeignKey("environments.name"))
    commit_sha: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[str | None] = mapped_column(String(LONGEST_VERSION))
    outcome: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    url: Mapped[str | None] = mapped_column(String(LONGEST_LINK))
    edition: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reported_by: Mapped[str] = mapped_column(String(200))
