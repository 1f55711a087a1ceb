"""One-time codes, and when the person of a session last proved who they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "one_time_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("user_name", sa.String(100), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_one_time_codes"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_one_time_codes_user_name_users"),
    )
    op.create_index("ix_one_time_codes_user_name", "one_time_codes", ["user_name"])
    # Empty in sessions of the release before, which were begun by a proof: there `created_at` stands for it.
    op.add_column("sessions", sa.Column("fresh_at", _MOMENT, nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("sessions", "fresh_at")
    op.drop_table("one_time_codes")
