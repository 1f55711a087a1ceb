"""An index for the verdicts of a component, newest first."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# CONCURRENTLY waits for the processes that wait to migrate, and they for it: PostgreSQL ends one of them.
ALLOWED = {"require-concurrent-index-creation": "nothing has been released, so nobody has a large table yet"}

_NAME = "ix_verdicts_component_id"


def upgrade() -> None:
    """Build it."""
    op.create_index(_NAME, "verdicts", ["component", "id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(_NAME, "verdicts")
