"""An index that finds what was submitted for a revision since its last verdict, and pages of its evidence."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# CONCURRENTLY runs outside of the transaction whose lock lets one process of several migrate.
ALLOWED = {"require-concurrent-index-creation": "nothing has been released, so nobody has a large table yet"}

_NAME = "ix_evidence_revision_id_id"


def upgrade() -> None:
    """Build it."""
    op.create_index(_NAME, "evidence", ["revision_id", "id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(_NAME, "evidence")
