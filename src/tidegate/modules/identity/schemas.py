"""Identity's documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from tidegate.domain.access import Binding, Role
from tidegate.domain.catalog import NAME_PATTERN as SLUG_PATTERN
from tidegate.domain.identities import NAME_PATTERN
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NO_CONTROLS, FullMatch
from tidegate.kernel.passwords import LONGEST, SHORTEST
from tidegate.modules.identity.service import UserChange
from tidegate.modules.identity.tokens import OVERLAP

_HOUR = timedelta(hours=1)
_MOST_DAYS = 36_500
_MOST_OVERLAP = 24 * 7
_IDENTITY = FullMatch(
    NAME_PATTERN,
    error="Not a name: 1 to 100 letters, digits and . _ @ + -, beginning and ending with a letter or digit.",
)
_SLUG = FullMatch(SLUG_PATTERN, error="Not a name: lower-case letters, digits, '.', '_', '-'.")
_ROLE = validate.OneOf([str(role) for role in Role])


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _moment(description: str, **more: Any) -> Moment:
    return Moment(required=True, metadata={"description": description}, **more)


def _number(description: str, least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(least, most), metadata={"description": description}, **more
    )


class RoleSchema(Schema):
    """A role, and what it is limited to."""

    role = _text("viewer, submitter, release-manager or administrator.", required=True)
    component = _text("The one component that it is for; null for all.", required=True, allow_none=True)
    owner = _text("The owner whose components it is for; null for all.", required=True, allow_none=True)
    environment = _text("The one environment that it is for; null for all.", required=True, allow_none=True)


class CallerSchema(Schema):
    """Who is asking, and what they may do."""

    kind = _text("person, token or ci.", attribute="principal.kind", required=True)
    name = _text("The name, unique within its kind.", attribute="principal.name", required=True)
    credential = _text("By what it is known.", attribute="principal.credential", required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True, metadata={"description": "What it has."})
    permissions = fields.List(
        fields.String(), required=True, metadata={"description": "What it may do, at least somewhere."}
    )


class UserSchema(Schema):
    """A person."""

    name = _text("The name to sign in with, which never changes.", required=True)
    display_name = _text("How the person is shown.", required=True)
    has_password = fields.Boolean(
        required=True, metadata={"description": "Whether there is a password to sign in with."}
    )
    disabled_at = _moment("Since when the person is let in no more.", allow_none=True)
    created_at = _moment("When the person was created.")
    updated_at = _moment("When the account was last changed.")


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who is to be created."""

    name: str
    display_name: str


class NewUserSchema(Schema):
    """A person who is to be created."""

    name = _text("The name to sign in with.", required=True, validate=_IDENTITY)
    display_name = _text(
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

    display_name = _text(
        "How the person is shown.", load_default=None, validate=[validate.Length(1, 200), NO_CONTROLS]
    )
    disabled = fields.Boolean(
        load_default=None,
        truthy={True},
        falsy={False},
        metadata={"description": "Whether the person is let in no more."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> UserChange:
        """Make the change."""
        return UserChange(**data)


class PasswordSchema(Schema):
    """A password."""

    password = _text(
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

    code = _text("The code, told here alone; the person types it in.", attribute="text", required=True)
    user = _text("Whose password it is.", required=True)
    page = fields.Constant(
        "/choose-password", required=True, metadata={"description": "The page that asks for it."}
    )
    expires_at = _moment("Until when it works; it works once.")


class SessionSchema(Schema):
    """A person's stay in a browser."""

    id = _text("Its identifier, which opens nothing.", required=True)
    address = _text("The address that it was begun from.", required=True)
    created_at = _moment("When the person signed in.")
    last_seen_at = _moment("When it was used last, to the minute.")


class GroupSchema(Schema):
    """People that have roles together."""

    name = _text("Its name.", required=True)
    members = fields.Integer(required=True, metadata={"description": "How many people are in it."})


class GroupMemberSchema(Schema):
    """That a person is in a group."""

    group = _text("The group's name.", required=True)
    user = _text("The person's name.", required=True)
    source = _text("Who put the person there: `by hand` for an administrator.", required=True)


class _LimitsSchema(Schema):
    """A role with its limits, as it comes in."""

    role = _text("What it allows; see docs/access.md.", required=True, validate=_ROLE)
    component = _text("For this component alone.", load_default=None, allow_none=True, validate=_SLUG)
    owner = _text(
        "For the components of this owner alone; not beside `component`.",
        load_default=None,
        allow_none=True,
        validate=[validate.Length(1, 200), NO_CONTROLS],
    )
    environment = _text("For this environment alone.", load_default=None, allow_none=True, validate=_SLUG)


class GrantedRoleSchema(RoleSchema):
    """A role that a person or a group has."""

    id = _text("Its identifier.", required=True)
    user = _text("Whose it is; null where it is a group's.", required=True, allow_none=True)
    group = _text("The group that has it; null where it is a person's.", required=True, allow_none=True)
    role = _text("What it allows.", attribute="binding.role", required=True)
    component = _text("The one component that it is for.", attribute="binding.component", allow_none=True)
    owner = _text("The owner whose components it is for.", attribute="binding.owner", allow_none=True)
    environment = _text(
        "The one environment that it is for.", attribute="binding.environment", allow_none=True
    )
    created_at = _moment("When it was given.")


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role that is to be given."""

    user: str | None
    group: str | None
    binding: Binding


class NewRoleSchema(_LimitsSchema):
    """A role that is to be given to a person or to a group."""

    user = _text("The person who gets it.", load_default=None, validate=_IDENTITY)
    group = _text("The group that gets it, in place of a person.", load_default=None, validate=_IDENTITY)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewRole:
        """Make the role."""
        return NewRole(data["user"], data["group"], _binding(data))


class ApiTokenSchema(RoleSchema):
    """An API token, without the token itself."""

    id = _text("Its identifier, which opens nothing.", attribute="token.id", required=True)
    name = _text("What it is called.", attribute="token.name", required=True)
    user = _text(
        "The person whose it is; null for a machine's.",
        attribute="token.user",
        required=True,
        allow_none=True,
    )
    role = _text("What it allows at most.", attribute="token.binding.role", required=True)
    component = _text(
        "The one component that it is for.", attribute="token.binding.component", allow_none=True
    )
    owner = _text("The owner whose components it is for.", attribute="token.binding.owner", allow_none=True)
    environment = _text(
        "The one environment that it is for.", attribute="token.binding.environment", allow_none=True
    )
    state = _text(
        "Whether it works.",
        required=True,
        validate=validate.OneOf(["active", "expired", "revoked"]),
    )
    created_at = _moment("When it was made.", attribute="token.created_at")
    created_by = _text("Who made it.", attribute="token.created_by", required=True)
    expires_at = _moment("Until when it works.", attribute="token.expires_at")
    last_used_at = _moment(
        "When it was used last, to the minute.", attribute="token.last_used_at", allow_none=True
    )
    revoked_at = _moment("When it was revoked.", attribute="token.revoked_at", allow_none=True)
    replaces = _text(
        "The token in whose place it was made.", attribute="token.replaces", required=True, allow_none=True
    )


class CreatedTokenSchema(ApiTokenSchema):
    """An API token that was just made."""

    token = _text(
        "The token itself, told in this answer alone; null where the answer is a repeated one.",
        attribute="text",
        required=True,
        allow_none=True,
    )


@dataclass(frozen=True, slots=True)
class NewMachineToken:
    """A machine's token that is to be made."""

    name: str
    binding: Binding
    days: int | None


@dataclass(frozen=True, slots=True)
class NewOwnToken:
    """A token of one's own that is to be made; without `binding` it reaches as far as its person."""

    name: str
    binding: Binding | None
    days: int | None


class NewMachineTokenSchema(_LimitsSchema):
    """A machine's token that is to be made."""

    name = _text("What it is called, such as ci-harbour.", required=True, validate=_IDENTITY)
    days = _number(
        "Days that it lives; TOKEN_DEFAULT_DAYS where nothing is said.",
        1,
        _MOST_DAYS,
        load_default=None,
        allow_none=True,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewMachineToken | NewOwnToken:
        """Make the facts."""
        return NewMachineToken(data["name"], _binding(data), data["days"])


class NewOwnTokenSchema(NewMachineTokenSchema):
    """A token of one's own that is to be made."""

    role = _text(
        "What it allows at most; everything that one may where nothing is said.",
        load_default=None,
        allow_none=True,
        validate=_ROLE,
    )

    @validates_schema
    def refuse_limits_without_role(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse limits of what is not said."""
        if data.get("role") is None and any(data.get(name) for name in ("component", "owner", "environment")):
            raise ValidationError("Say which role it is that is limited.", "role")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewOwnToken:
        """Make the facts."""
        return NewOwnToken(data["name"], _binding(data) if data["role"] else None, data["days"])


class RotationSchema(Schema):
    """How a token is to be replaced."""

    overlap_hours = _number(
        "Hours that the old one still works.", 0, _MOST_OVERLAP, load_default=OVERLAP // _HOUR
    )
    days = _number("Days that the new one lives.", 1, _MOST_DAYS, load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> TokenRotation:
        """Make the rotation."""
        return TokenRotation(timedelta(hours=data["overlap_hours"]), data["days"])


@dataclass(frozen=True, slots=True)
class TokenRotation:
    """How a token is to be replaced."""

    overlap: timedelta
    days: int | None


class RoleQuery(PageQuery):
    """Which roles are wanted."""

    user = _text("Only those of this person.", load_default=None, validate=_IDENTITY)
    group = _text("Only those of this group.", load_default=None, validate=_IDENTITY)


class TokenQuery(PageQuery):
    """Which tokens are wanted."""

    user = _text("Only those of this person.", load_default=None, validate=_IDENTITY)


def _binding(data: dict[str, Any]) -> Binding:
    return Binding(Role(data["role"]), data["component"], data["owner"], data["environment"])
