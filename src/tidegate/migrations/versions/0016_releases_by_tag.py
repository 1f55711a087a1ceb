"""An index that finds releases by their tag."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAME = "ix_releases_tag"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "releases", ["tag"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "releases")
