"""An index that finds what was submitted for a revision since its last verdict, and pages of its evidence."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NAME = "ix_evidence_revision_id_id"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "evidence", ["revision_id", "id"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "evidence")
