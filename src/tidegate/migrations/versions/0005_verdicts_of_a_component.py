"""An index for the verdicts of a component, newest first."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAME = "ix_verdicts_component_id"


def upgrade() -> None:
    """Build it beside the traffic."""
    with op.get_context().autocommit_block():
        op.create_index(_NAME, "verdicts", ["component", "id"], postgresql_concurrently=True)


def downgrade() -> None:
    """Take it away again."""
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "verdicts", postgresql_concurrently=True)
