"""Tables of identity: users, groups, roles, API tokens, sessions, one-time codes, and failed sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import UtcDateTime

NAME_LENGTH = 100
_ROLE_LENGTH = 30
_OWNER_LENGTH = 200


class UserRow(Base):
    """A person; one without a password cannot sign in with one, and one that is disabled not at all."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GroupMemberRow(Base):
    """That a person is in a group; a group is there while somebody is in it or a role names it."""

    __tablename__ = "group_members"
    __table_args__ = (Index("ix_group_members_user_name", "user_name"),)

    group_name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    # Where the membership comes from: what a sign-in brought is taken away by the next one.
    source: Mapped[str] = mapped_column(String(50))


class RoleBindingRow(Base):
    """A role of a person or of a group: everywhere, or limited to a component, an owner, an environment."""

    __tablename__ = "role_bindings"
    __table_args__ = (
        CheckConstraint("(user_name IS NULL) <> (group_name IS NULL)", name="one_holder"),
        CheckConstraint("component IS NULL OR owner IS NULL", name="one_limit"),
        Index("ix_role_bindings_user_name", "user_name"),
        Index("ix_role_bindings_group_name", "group_name"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_name: Mapped[str | None] = mapped_column(ForeignKey("users.name"))
    group_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(_ROLE_LENGTH))
    component: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    owner: Mapped[str | None] = mapped_column(String(_OWNER_LENGTH))
    environment: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiTokenRow(Base):
    """An API token: what is kept of it is a digest, which opens nothing.

    One of a person (`user_name`) reaches no further than the person does.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_name", "name"), Index("ix_api_tokens_user_name", "user_name"))

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    digest: Mapped[str] = mapped_column(String(64))
    user_name: Mapped[str | None] = mapped_column(ForeignKey("users.name"))
    role: Mapped[str] = mapped_column(String(_ROLE_LENGTH))
    component: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    owner: Mapped[str | None] = mapped_column(String(_OWNER_LENGTH))
    environment: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaces: Mapped[str | None] = mapped_column(String(12))
    publisher: Mapped[str | None] = mapped_column(String(NAME_LENGTH))


class SessionRow(Base):
    """A person's stay in a browser: what is kept of its secret is a digest, which opens nothing."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_name", "user_name"),
        Index("ix_sessions_last_seen_at", "last_seen_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name"))
    address: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the person last proved who they are; NULL in sessions that an older release began: `created_at`.
    fresh_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeCodeRow(Base):
    """A code that opens one door once: what is kept of it is a digest."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index("ix_one_time_codes_user_name", "user_name"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(30))
    user_name: Mapped[str | None] = mapped_column(ForeignKey("users.name"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInFailureRow(Base):
    """How often signing in has failed in a row, for an account or from an address."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_last_at", "last_at"),)

    subject: Mapped[str] = mapped_column(String(300), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
