"""Notifications: channels, events, deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WAITING = sa.text("state = 'waiting'")
_DELIVERIES = "notification_deliveries"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notification_channels",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text()),
        sa.Column("old_secret_until", _MOMENT),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("components", sa.Text(), nullable=False),
        sa.Column("environments", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", _MOMENT),
        sa.Column("held_until", _MOMENT),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notification_channels"),
    )
    op.create_table(
        "notification_events",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("thread", sa.String(100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notification_events"),
    )
    op.create_index("ix_notification_events_created_at_id", "notification_events", ["created_at", "id"])
    _make_deliveries()


def _make_deliveries() -> None:
    op.create_table(
        _DELIVERIES,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("event_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("thread", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("lease", sa.String(36)),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.String(500), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notification_deliveries"),
        sa.UniqueConstraint("channel", "event_id", name="uq_notification_deliveries_channel"),
        sa.ForeignKeyConstraint(
            ["channel"],
            ["notification_channels.name"],
            name="fk_notification_deliveries_channel_notification_channels",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["notification_events.id"],
            name="fk_notification_deliveries_event_id_notification_events",
        ),
    )
    for name, columns in (("due", ["channel", "next_at", "id"]), ("order", ["channel", "thread", "id"])):
        op.create_index(
            f"ix_notification_deliveries_{name}",
            _DELIVERIES,
            columns,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        )
    op.create_index("ix_notification_deliveries_channel_id", _DELIVERIES, ["channel", "id"])
    op.create_index("ix_notification_deliveries_state_id", _DELIVERIES, ["state", "id"])
    op.create_index("ix_notification_deliveries_channel_state_id", _DELIVERIES, ["channel", "state", "id"])
    op.create_index("ix_notification_deliveries_event_id", _DELIVERIES, ["event_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table(_DELIVERIES)
    op.drop_table("notification_events")
    op.drop_table("notification_channels")
