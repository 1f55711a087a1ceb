"""Documents of callers, people, groups, roles and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.access import Binding
from tidegate.kernel.http.documents import Flag
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NO_CONTROLS, FullMatch
from tidegate.kernel.passwords import LONGEST, SHORTEST
from tidegate.modules.identity.schemas.limits import (
    IDENTITY,
    LimitsSchema,
    RoleSchema,
    binding_of,
    moment,
    text,
)
from tidegate.modules.identity.service import UserChange


class CallerSchema(Schema):
    """Who is asking, and what they may do."""

    kind = text("person, token or ci.", attribute="principal.kind", required=True)
    name = text("The name, unique within its kind.", attribute="principal.name", required=True)
    credential = text("By what it is known.", attribute="principal.credential", required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True, metadata={"description": "What it has."})
    permissions = fields.List(
        fields.String(), required=True, metadata={"description": "What it may do, at least somewhere."}
    )


class UserSchema(Schema):
    """A person."""

    name = text("The name to sign in with, which never changes.", required=True)
    display_name = text("How the person is shown.", required=True)
    has_password = fields.Boolean(
        required=True, metadata={"description": "Whether there is a password to sign in with."}
    )
    disabled_at = moment("Since when the person is let in no more.", allow_none=True)
    created_at = moment("When the person was created.")
    updated_at = moment("When the account was last changed.")


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who is to be created."""

    name: str
    display_name: str


class NewUserSchema(Schema):
    """A person who is to be created."""

    name = text("The name to sign in with.", required=True, validate=IDENTITY)
    display_name = text(
        "How the person is shown; the name where nothing is said.",
        load_default="",
        validate=[validate.Length(max=200), FullMatch(r"[^\x00-\x1f]*", error="Holds a control character.")],
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewUser:
        """Make the person."""
        return NewUser(**data)


class UserChangeSchema(Schema):
    """What is to change of a person; what is left out stays."""

    display_name = text(
        "How the person is shown.", load_default=None, validate=[validate.Length(1, 200), NO_CONTROLS]
    )
    disabled = Flag(load_default=None, metadata={"description": "Whether the person is let in no more."})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> UserChange:
        """Make the change."""
        return UserChange(**data)


class PasswordSchema(Schema):
    """A password."""

    password = text(
        f"The password: {SHORTEST} to {LONGEST} characters, not soon guessed.",
        required=True,
        load_only=True,
        validate=validate.Length(SHORTEST, LONGEST),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> str:
        """Take it out."""
        password: str = data["password"]
        return password


class CodeSchema(Schema):
    """A code by which a person chooses a password."""

    code = text("The code, told here alone; the person types it in.", attribute="text", required=True)
    user = text("Whose password it is.", required=True)
    page = fields.Constant(
        "/choose-password", required=True, metadata={"description": "The page that asks for it."}
    )
    expires_at = moment("Until when it works; it works once.")


class SessionSchema(Schema):
    """A person's stay in a browser."""

    id = text("Its identifier, which opens nothing.", required=True)
    address = text("The address that it was begun from.", required=True)
    created_at = moment("When the person signed in.")
    last_seen_at = moment("When it was used last, to the minute.")


class GroupSchema(Schema):
    """People that have roles together."""

    name = text("Its name.", required=True)
    members = fields.Integer(required=True, metadata={"description": "How many people are in it."})


class GroupMemberSchema(Schema):
    """That a person is in a group."""

    group = text("The group's name.", required=True)
    user = text("The person's name.", required=True)
    source = text("Who put the person there: `by hand` for an administrator.", required=True)


class GrantedRoleSchema(RoleSchema):
    """A role that a person or a group has."""

    id = text("Its identifier.", required=True)
    user = text("Whose it is; null where it is a group's.", required=True, allow_none=True)
    group = text("The group that has it; null where it is a person's.", required=True, allow_none=True)
    role = text("What it allows.", attribute="binding.role", required=True)
    component = text("The one component that it is for.", attribute="binding.component", allow_none=True)
    owner = text("The owner whose components it is for.", attribute="binding.owner", allow_none=True)
    environment = text(
        "The one environment that it is for.", attribute="binding.environment", allow_none=True
    )
    created_at = moment("When it was given.")


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role that is to be given."""

    user: str | None
    group: str | None
    binding: Binding


class NewRoleSchema(LimitsSchema):
    """A role that is to be given to a person or to a group."""

    user = text("The person who gets it.", load_default=None, validate=IDENTITY)
    group = text("The group that gets it, in place of a person.", load_default=None, validate=IDENTITY)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewRole:
        """Make the role."""
        return NewRole(data["user"], data["group"], binding_of(data))


class RoleQuery(PageQuery):
    """Which roles are wanted."""

    user = text("Only those of this person.", load_default=None, validate=IDENTITY)
    group = text("Only those of this group.", load_default=None, validate=IDENTITY)
