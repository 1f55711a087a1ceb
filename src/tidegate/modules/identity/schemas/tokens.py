"""Documents of API tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, post_load, validate, validates_schema

from tidegate.domain.access import Binding
from tidegate.kernel.http.pagination import PageQuery
from tidegate.modules.identity.schemas.limits import (
    IDENTITY,
    ROLE,
    LimitsSchema,
    RoleSchema,
    binding_of,
    moment,
    number,
    text,
)
from tidegate.modules.identity.tokens import OVERLAP

_HOUR = timedelta(hours=1)
_MOST_DAYS = 36_500
_MOST_OVERLAP = 24 * 7


class ApiTokenSchema(RoleSchema):
    """An API token, without the token itself."""

    id = text("Its identifier, which opens nothing.", attribute="token.id", required=True)
    name = text("What it is called.", attribute="token.name", required=True)
    user = text(
        "The person whose it is; null for a machine's.",
        attribute="token.user",
        required=True,
        allow_none=True,
    )
    role = text("What it allows at most.", attribute="token.binding.role", required=True)
    component = text(
        "The one component that it is for.", attribute="token.binding.component", allow_none=True
    )
    owner = text("The owner whose components it is for.", attribute="token.binding.owner", allow_none=True)
    environment = text(
        "The one environment that it is for.", attribute="token.binding.environment", allow_none=True
    )
    state = text(
        "Whether it works.",
        required=True,
        validate=validate.OneOf(["active", "expired", "revoked"]),
    )
    created_at = moment("When it was made.", attribute="token.created_at")
    created_by = text("Who made it.", attribute="token.created_by", required=True)
    expires_at = moment("Until when it works.", attribute="token.expires_at")
    last_used_at = moment(
        "When it was used last, to the minute.", attribute="token.last_used_at", allow_none=True
    )
    revoked_at = moment("When it was revoked.", attribute="token.revoked_at", allow_none=True)
    replaces = text(
        "The token in whose place it was made.", attribute="token.replaces", required=True, allow_none=True
    )


class CreatedTokenSchema(ApiTokenSchema):
    """An API token that was just made."""

    token = text(
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


class NewMachineTokenSchema(LimitsSchema):
    """A machine's token that is to be made."""

    name = text("What it is called, such as ci-harbour.", required=True, validate=IDENTITY)
    days = number(
        "Days that it lives; TOKEN_DEFAULT_DAYS where nothing is said.",
        1,
        _MOST_DAYS,
        load_default=None,
        allow_none=True,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewMachineToken | NewOwnToken:
        """Make the facts."""
        return NewMachineToken(data["name"], binding_of(data), data["days"])


class NewOwnTokenSchema(NewMachineTokenSchema):
    """A token of one's own that is to be made."""

    role = text(
        "What it allows at most; everything that one may where nothing is said.",
        load_default=None,
        allow_none=True,
        validate=ROLE,
    )

    @validates_schema
    def refuse_limits_without_role(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse limits of what is not said."""
        if data.get("role") is None and any(data.get(name) for name in ("component", "owner", "environment")):
            raise ValidationError("Say which role it is that is limited.", "role")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewOwnToken:
        """Make the facts."""
        return NewOwnToken(data["name"], binding_of(data) if data["role"] else None, data["days"])


class RotationSchema(Schema):
    """How a token is to be replaced."""

    overlap_hours = number(
        "Hours that the old one still works.", 0, _MOST_OVERLAP, load_default=OVERLAP // _HOUR
    )
    days = number("Days that the new one lives.", 1, _MOST_DAYS, load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> TokenRotation:
        """Make the rotation."""
        return TokenRotation(timedelta(hours=data["overlap_hours"]), data["days"])


@dataclass(frozen=True, slots=True)
class TokenRotation:
    """How a token is to be replaced."""

    overlap: timedelta
    days: int | None


class TokenQuery(PageQuery):
    """Which tokens are wanted."""

    user = text("Only those of this person.", load_default=None, validate=IDENTITY)
