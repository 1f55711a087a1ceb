"""What reports say of themselves: their time, their commits, and each tool's part of shared ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; reports that were read before say nothing of the kind."""
    op.add_column("evidence", sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("evidence", sa.Column("commits", sa.Text, nullable=True))
    op.add_column("evidence", sa.Column("runs", sa.Text, nullable=True))


def downgrade() -> None:
    """Drop them."""
    for column in ("runs", "commits", "made_at"):
        op.drop_column("evidence", column)
