"""Who is whom at a provider of identities, and sign-ins that wait for their provider's answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "provided_identities",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_name", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_provided_identities"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_provided_identities_user_name_users"),
    )
    op.create_index("ix_provided_identities_user_name", "provided_identities", ["user_name"])
    op.create_table(
        "sign_on_requests",
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("following", sa.String(500), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_sign_on_requests"),
    )
    op.create_index("ix_sign_on_requests_expires_at", "sign_on_requests", ["expires_at"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("sign_on_requests")
    op.drop_table("provided_identities")
