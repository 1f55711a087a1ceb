"""Trusted publishers, tokens of issuers that were used once, and API tokens that were exchanged for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the column that says whose job a token is of."""
    op.create_table(
        "trusted_publishers",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("component", sa.String(100)),
        sa.Column("owner", sa.String(200)),
        sa.Column("environment", sa.String(100)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_trusted_publishers"),
    )
    op.create_index("ix_trusted_publishers_issuer", "trusted_publishers", ["issuer"])
    op.create_table(
        "used_tokens",
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_tokens"),
    )
    op.create_index("ix_used_tokens_expires_at", "used_tokens", ["expires_at"])
    op.add_column("api_tokens", sa.Column("publisher", sa.String(100)))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("api_tokens", "publisher")
    op.drop_table("used_tokens")
    op.drop_table("trusted_publishers")
