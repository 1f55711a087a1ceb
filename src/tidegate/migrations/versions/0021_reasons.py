"""Versions of gates say who declared them and why, releases who made them; what is older says neither."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("gate_versions", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("gate_versions", sa.Column("declared_by", sa.String(200), nullable=True))
    op.add_column("releases", sa.Column("created_by", sa.String(200), nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("releases", "created_by")
    op.drop_column("gate_versions", "declared_by")
    op.drop_column("gate_versions", "reason")
