"""An index that finds the newest verdict on a component for each environment."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAME = "ix_verdicts_component_environment_id"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "verdicts", ["component", "environment", "id"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "verdicts")
