"""Targets, facts with the time for which they held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("until IS NULL")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "targets",
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("base_url", sa.String(2000)),
        sa.Column("contract", sa.Text()),
        sa.Column("owner", sa.String(200)),
        sa.Column("interval", sa.Integer()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("component", "environment", name="pk_targets"),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name="fk_targets_component_components"),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.name"], name="fk_targets_environment_environments"
        ),
    )
    op.create_index("ix_targets_environment_component", "targets", ["environment", "component"])
    op.create_table(
        "facts",
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("component", "environment", "side", "field", "since", name="pk_facts"),
        sa.ForeignKeyConstraint(["component"], ["components.name"], name="fk_facts_component_components"),
    )
    _index_of_current("uq_facts_current", ["component", "environment", "side", "field"], unique=True)
    _index_of_current("ix_facts_side_current", ["side", "component", "environment", "field"], unique=False)


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("facts")
    op.drop_table("targets")


def _index_of_current(name: str, columns: list[str], *, unique: bool) -> None:
    op.create_index(name, "facts", columns, unique=unique, sqlite_where=_NOW, postgresql_where=_NOW)
