"""Who there is: users, groups, roles, API tokens, and failed sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME = sa.String(100)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _create_users()
    _create_roles()
    _create_tokens()
    op.create_table(
        "sign_in_failures",
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("sign_in_failures", "api_tokens", "role_bindings", "group_members", "users"):
        op.drop_table(table)


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("display_name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "group_members",
        sa.Column("group_name", _NAME, nullable=False),
        sa.Column("user_name", _NAME, nullable=False),
        sa.Column("source", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("group_name", "user_name", name="pk_group_members"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_group_members_user_name_users"),
    )
    op.create_index("ix_group_members_user_name", "group_members", ["user_name"])


def _create_roles() -> None:
    op.create_table(
        "role_bindings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_name", _NAME, nullable=True),
        sa.Column("group_name", _NAME, nullable=True),
        *_binding(),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_role_bindings"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_role_bindings_user_name_users"),
        sa.CheckConstraint("(user_name IS NULL) <> (group_name IS NULL)", name="ck_role_bindings_one_holder"),
        sa.CheckConstraint("component IS NULL OR owner IS NULL", name="ck_role_bindings_one_limit"),
    )
    op.create_index("ix_role_bindings_user_name", "role_bindings", ["user_name"])
    op.create_index("ix_role_bindings_group_name", "role_bindings", ["group_name"])


def _create_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_name", _NAME, nullable=True),
        *_binding(),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("replaces", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_api_tokens_user_name_users"),
    )
    op.create_index("ix_api_tokens_name", "api_tokens", ["name"])
    op.create_index("ix_api_tokens_user_name", "api_tokens", ["user_name"])


def _binding() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("component", _NAME, nullable=True),
        sa.Column("owner", sa.String(200), nullable=True),
        sa.Column("environment", _NAME, nullable=True),
    )
