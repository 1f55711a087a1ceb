"""An index for the verdicts of a component, newest first."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAME = "ix_verdicts_component_id"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "verdicts", ["component", "id"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "verdicts")
