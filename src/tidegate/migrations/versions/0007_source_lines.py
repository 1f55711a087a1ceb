"""Evidence names the source lines of a coverage report; what was recorded before has none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("evidence", sa.Column("lines", sa.String(71), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("evidence", "lines")
