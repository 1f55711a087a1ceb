"""Parity reports, where their rows are kept, and the differences that somebody looks after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DIGEST = 71


def upgrade() -> None:
    """Make the tables."""
    _create_reports()
    op.create_table(
        "parity_chunks",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(_DIGEST), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(100), nullable=False),
        sa.Column("last", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "status", "number", name="pk_parity_chunks"),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["parity_reports.id"],
            name="fk_parity_chunks_report_id_parity_reports",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_parity_chunks_digest", "parity_chunks", ["digest"])
    _create_items()
    op.create_table(
        "parity_item_events",
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "number", name="pk_parity_item_events"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["parity_items.id"], name="fk_parity_item_events_item_id_parity_items"
        ),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("parity_item_events", "parity_items", "parity_chunks", "parity_reports"):
        op.drop_table(table)


def _create_reports() -> None:
    op.create_table(
        "parity_reports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("left_side", sa.Text(), nullable=False),
        sa.Column("right_side", sa.Text(), nullable=False),
        sa.Column("component", sa.String(100)),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("rules_digest", sa.String(_DIGEST), nullable=False),
        sa.Column("visible", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("counts", sa.Text()),
        sa.Column("digest", sa.String(_DIGEST)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_parity_reports"),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_parity_reports_component_components"
        ),
    )
    op.create_index("ix_parity_reports_component_id", "parity_reports", ["component", "id"])
    op.create_index("ix_parity_reports_created_by_id", "parity_reports", ["created_by", "id"])
    op.create_index("ix_parity_reports_created_at", "parity_reports", ["created_at"])


def _create_items() -> None:
    op.create_table(
        "parity_items",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("comparison", sa.String(300), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("left_value", sa.Text()),
        sa.Column("right_value", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("assignee", sa.String(200)),
        sa.Column("note", sa.String(2000)),
        sa.Column("accepted_until", _MOMENT),
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parity_items"),
        sa.UniqueConstraint(
            "comparison",
            "component",
            "environment",
            "field",
            name="uq_parity_items_comparison_component_environment_field",
        ),
        sa.ForeignKeyConstraint(
            ["component"], ["components.name"], name="fk_parity_items_component_components"
        ),
    )
    op.create_index("ix_parity_items_component_id", "parity_items", ["component", "id"])
    op.create_index("ix_parity_items_assignee_id", "parity_items", ["assignee", "id"])
    op.create_index("ix_parity_items_comparison_state", "parity_items", ["comparison", "state"])
