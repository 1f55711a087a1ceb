"""Federation's documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.access import Binding, Role
from tidegate.domain.publishers import MOST_CLAIMS, Provider

_ROLES = tuple(str(role) for role in Role if role is not Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class NewPublisher:
    """What a request to trust a publisher says."""

    name: str
    provider: Provider
    issuer: str
    claims: dict[str, str]
    binding: Binding


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """What a job sends to be let in."""

    token: str
    publisher: str | None


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _limit(description: str) -> fields.String:
    return _text(description, load_default=None, allow_none=True, validate=validate.Length(min=1, max=200))


class NewPublisherSchema(Schema):
    """Whose jobs to trust, and what they may do."""

    name = _text("What the publisher is called, such as harbour-ci.", required=True)
    provider = fields.Enum(
        Provider, by_value=True, required=True, metadata={"description": "github, gitlab or other."}
    )
    issuer = _text("The issuer's URL; without it the provider's public one.", load_default="")
    claims = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=500)),
        required=True,
        validate=validate.Length(max=MOST_CLAIMS),
        metadata={"description": "What its tokens have to claim, word for word."},
    )
    role = _text("What its jobs may do.", required=True, validate=validate.OneOf(_ROLES))
    component = _limit("For this component alone.")
    owner = _limit("For this owner's components alone.")
    environment = _limit("For this environment alone, where environments matter.")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewPublisher:
        """Return what the request says."""
        binding = Binding(Role(data["role"]), data["component"], data["owner"], data["environment"])
        return NewPublisher(data["name"], data["provider"], data["issuer"], data["claims"], binding)


class PublisherSchema(Schema):
    """A trusted publisher."""

    name = _text("The name, by which the audit log tells its jobs.", required=True)
    provider = _text("github, gitlab or other.", required=True)
    issuer = _text("Who signs its tokens.", required=True)
    claims = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "What its tokens have to claim, word for word."},
    )
    role = _text("What its jobs may do.", attribute="binding.role", required=True)
    component = _text("The one component; null for all.", attribute="binding.component", allow_none=True)
    owner = _text("Whose components; null for all.", attribute="binding.owner", allow_none=True)
    environment = _text(
        "The one environment; null for all.", attribute="binding.environment", allow_none=True
    )
    created_at = fields.AwareDateTime(required=True, metadata={"description": "Since when it is trusted."})
    created_by = _text("Who trusted it.", required=True)


class ExchangeRequestSchema(Schema):
    """A job's identity token."""

    token = _text("The token that the job got from its own system.", required=True)
    publisher = _text(
        "Which publisher to be, where several match; else the one with most claims.",
        load_default=None,
        allow_none=True,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ExchangeRequest:
        """Return what the request says."""
        return ExchangeRequest(**data)


class ExchangedTokenSchema(Schema):
    """An API token that a job got."""

    token = _text("Sent from now on as `Authorization: Bearer …`.", required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "Until when it works."})
    publisher = _text("Which publisher the job is of.", attribute="publisher.name", required=True)
    rights = _text("What it may do, in words.", attribute="publisher.binding", required=True)
