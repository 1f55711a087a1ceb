"""An index that finds a component's verdicts of one state."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NAME = "ix_verdicts_component_state_id"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "verdicts", ["component", "state", "id"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "verdicts")
