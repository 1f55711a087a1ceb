"""One index of the facts that hold now, in place of two with the same columns."""

from __future__ import annotations

import sqlalchemy as sa

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_NOW = sa.text("until IS NULL")


def upgrade() -> None:
    """Build it before the others go, so that two values never hold at once."""
    _build("uq_facts_side_current", ["side", "component", "environment", "field"], unique=True)
    drop_index_concurrently("ix_facts_side_current", "facts")
    drop_index_concurrently("uq_facts_current", "facts")


def downgrade() -> None:
    """Build the two again, and take it away."""
    _build("uq_facts_current", ["component", "environment", "side", "field"], unique=True)
    _build("ix_facts_side_current", ["side", "component", "environment", "field"], unique=False)
    drop_index_concurrently("uq_facts_side_current", "facts")


def _build(name: str, columns: list[str], *, unique: bool) -> None:
    create_index_concurrently(name, "facts", columns, unique=unique, where=_NOW)
