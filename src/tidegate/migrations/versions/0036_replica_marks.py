"""Replica marks: how far a replica has to be for who has written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "replica_marks",
        sa.Column("caller", sa.String(200), nullable=False),
        sa.Column("lsn", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("caller", name="pk_replica_marks"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("replica_marks")
