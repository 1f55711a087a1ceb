"""An index that finds revisions of any component by their commit."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAME = "ix_revisions_commit_sha"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "revisions", ["commit_sha"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "revisions")
