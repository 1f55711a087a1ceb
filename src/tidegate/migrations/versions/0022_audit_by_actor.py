"""An index that finds what somebody did."""

from __future__ import annotations

from tidegate.migrations.indexes import create_index_concurrently, drop_index_concurrently

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NAME = "ix_audit_events_actor_seq"


def upgrade() -> None:
    """Build it."""
    create_index_concurrently(_NAME, "audit_events", ["actor", "seq"])


def downgrade() -> None:
    """Take it away again."""
    drop_index_concurrently(_NAME, "audit_events")
