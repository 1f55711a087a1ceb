"""What issuers of tokens published, kept for when they are away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "issuers",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("endpoints", sa.Text()),
        sa.Column("keys", sa.Text()),
        sa.Column("fetched_at", _MOMENT),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("failure", sa.String(500)),
        sa.PrimaryKeyConstraint("issuer", name="pk_issuers"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("issuers")
