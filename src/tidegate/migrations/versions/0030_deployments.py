"""Deployments: what was put into which environment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SUCCEEDED = sa.text("outcome = 'succeeded'")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deployments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("commit_sha", sa.String(64)),
        sa.Column("version", sa.String(100)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("url", sa.String(2000)),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("reported_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deployments"),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_deployments_component_components"
        ),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.name"], name="fk_deployments_environment_environments"
        ),
    )
    of_target = ["component", "environment"]
    op.create_index("ix_deployments_component_id", "deployments", ["component", "id"])
    op.create_index("ix_deployments_component_environment_id", "deployments", [*of_target, "id"])
    op.create_index(
        "ix_deployments_component_environment_outcome_id", "deployments", [*of_target, "outcome", "id"]
    )
    op.create_index(
        "ix_deployments_succeeded",
        "deployments",
        [*of_target, "ended_at", "id"],
        sqlite_where=_SUCCEEDED,
        postgresql_where=_SUCCEEDED,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("deployments")
