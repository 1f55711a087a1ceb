"""An index that finds what was submitted for a revision since its last verdict, and pages of its evidence."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

_NAME = "ix_evidence_revision_id_id"


def upgrade() -> None:
    """Build it beside the traffic."""
    with op.get_context().autocommit_block():
        op.create_index(_NAME, "evidence", ["revision_id", "id"], postgresql_concurrently=True)


def downgrade() -> None:
    """Take it away again."""
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "evidence", postgresql_concurrently=True)
