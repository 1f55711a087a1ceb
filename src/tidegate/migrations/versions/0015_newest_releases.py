"""An index that finds the newest release of a component into each environment."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NAME = "ix_releases_component_environment_id"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "releases", ["component", "environment", "id"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "releases")
