"""Probes: how each target is and when it is asked next, and what probes found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "probe_states",
        *_target("probe_states"),
        sa.Column("target_version", sa.Integer(), nullable=False),
        sa.Column("interval", sa.Integer()),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("late_at", _MOMENT, nullable=False),
        sa.Column("probed_at", _MOMENT),
        sa.Column("state", sa.String(10)),
        sa.Column("since", _MOMENT),
        sa.Column("consecutive", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("latency_ms", sa.Integer()),
        sa.Column("path", sa.String(500)),
        sa.PrimaryKeyConstraint("component", "environment", name="pk_probe_states"),
    )
    op.create_index("ix_probe_states_next_at", "probe_states", ["next_at"])
    op.create_index("ix_probe_states_late_at", "probe_states", ["late_at"])
    op.create_table(
        "probe_hours",
        *_target("probe_hours"),
        sa.Column("hour", _MOMENT, nullable=False),
        sa.Column("samples", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("component", "environment", "hour", name="pk_probe_hours"),
    )
    op.create_index("ix_probe_hours_hour", "probe_hours", ["hour"])
    op.create_table(
        "probe_days",
        *_target("probe_days"),
        sa.Column("day", _MOMENT, nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("component", "environment", "day", name="pk_probe_days"),
    )
    op.create_index("ix_probe_days_day", "probe_days", ["day"])


def downgrade() -> None:
    """Take them away again."""
    for name in ("probe_days", "probe_hours", "probe_states"):
        op.drop_table(name)


def _target(table: str) -> tuple[sa.Column[str] | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name=f"fk_{table}_component_components"),
    )
