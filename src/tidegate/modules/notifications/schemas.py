"""How channels and deliveries look over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from tidegate.domain.channels import (
    LONGEST_ADDRESS,
    LONGEST_URL,
    MOST_ADDRESSES,
    MOST_SCOPES,
    Audience,
    ChannelKind,
    ChannelTarget,
)
from tidegate.domain.deliveries import DeliveryState
from tidegate.domain.notifications import NotificationKind, NotificationSeverity
from tidegate.kernel.http.documents import Flag, Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NAME
from tidegate.modules.notifications.ports import ChannelChange, NewChannel

_KINDS = validate.OneOf([str(kind) for kind in ChannelKind])
_EVENTS = validate.OneOf([str(kind) for kind in NotificationKind if kind is not NotificationKind.TEST])
_STATES = validate.OneOf([str(state) for state in DeliveryState])
_SEVERITIES = validate.OneOf([str(severity) for severity in NotificationSeverity])
_MOST_HOURS = 720


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _list(inner: fields.String, description: str, most: int, **more: Any) -> fields.List[str]:
    metadata = {"description": description}
    return fields.List(inner, validate=validate.Length(max=most), metadata=metadata, **more)


def _events(**more: Any) -> fields.List[str]:
    inner = fields.String(validate=_EVENTS)
    return _list(inner, "Which events it is told of; empty: all of them.", len(NotificationKind), **more)


def _names(what: str, **more: Any) -> fields.List[str]:
    inner = fields.String(validate=NAME)
    return _list(inner, f"Of which {what} it is told; empty: all of them.", MOST_SCOPES, **more)


def _addresses(**more: Any) -> fields.List[str]:
    inner = fields.String(validate=validate.Length(1, LONGEST_ADDRESS))
    return _list(inner, "The addresses of e-mail, for the kind email alone.", MOST_ADDRESSES, **more)


def _url(**more: Any) -> fields.String:
    return _text("Where it goes, for every kind but email.", validate=validate.Length(1, LONGEST_URL), **more)


def _number(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description}, **more)


def _moment(description: str, *, null: bool = False) -> Moment:
    return Moment(required=True, allow_none=null, metadata={"description": description})


class NewChannelSchema(Schema):
    """A channel that is to be made."""

    name = _text("What it is called.", required=True, validate=NAME)
    kind = _text("How it is told.", required=True, validate=_KINDS)
    url = _url(load_default=None, allow_none=True)
    addresses = _addresses(load_default=list)
    events = _events(load_default=list)
    components = _names("components", load_default=list)
    environments = _names("environments", load_default=list)
    enabled = Flag(load_default=True, metadata={"description": "Whether it is told of anything."})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewChannel:
        """Make the channel."""
        return NewChannel(
            name=data["name"],
            kind=ChannelKind(data["kind"]),
            target=ChannelTarget(data["url"] or "", tuple(data["addresses"])),
            audience=Audience(
                tuple(map(NotificationKind, data["events"])),
                tuple(data["components"]),
                tuple(data["environments"]),
            ),
            enabled=data["enabled"],
        )


class ChannelChangeSchema(Schema):
    """What is to be changed of a channel; what is left out stays."""

    url = _url()
    addresses = _addresses()
    events = _events()
    components = _names("components")
    environments = _names("environments")
    enabled = Flag(metadata={"description": "Whether it is told of anything."})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChannelChange:
        """Make the change."""
        target = None
        if "url" in data or "addresses" in data:
            target = ChannelTarget(data.get("url", ""), tuple(data.get("addresses", ())))
        given = {name: tuple(data[name]) for name in ("components", "environments") if name in data}
        kinds = tuple(map(NotificationKind, data["events"])) if "events" in data else None
        return ChannelChange(target=target, kinds=kinds, enabled=data.get("enabled"), **given)


class ChannelSchema(Schema):
    """A channel that is told of events."""

    name = _text("What it is called.", required=True)
    kind = _text("How it is told.", required=True, validate=_KINDS)
    to = _text(
        "Where it goes; of a URL the host alone, as its path may be a secret.",
        attribute="shown",
        required=True,
    )
    addresses = _addresses(required=True)
    events = fields.List(
        fields.String(validate=_EVENTS),
        attribute="audience.kinds",
        required=True,
        metadata={"description": "Which events it is told of; empty: all of them."},
    )
    components = _names("components", attribute="audience.components", required=True)
    environments = _names("environments", attribute="audience.environments", required=True)
    enabled = Flag(required=True, metadata={"description": "Whether it is told of anything."})
    edition = _number("Counts its edits; also its ETag.")
    created_at = _moment("When it was made.")
    created_by = _text("Who made it.", required=True)
    updated_at = _moment("When it was last changed.")
    failures = _number("Attempts in a row that failed.")
    failing_since = _moment("Since when they fail; null while they do not.", null=True)
    held_until = _moment("Nothing is sent before; null where nothing is held back.", null=True)
    old_secret_until = _moment("Until when the secret before signs as well; null for never.", null=True)


class ChannelWithSecretSchema(ChannelSchema):
    """A channel with its secret, which is shown this once."""

    secret = _text(
        "What a webhook is signed with, in the form of Standard Webhooks; null for other kinds, and in "
        "repeated answers.",
        required=True,
        allow_none=True,
    )

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Read the secret beside the channel, all else of it."""
        return obj.secret if attr == "secret" else super().get_attribute(obj.channel, attr, default)


class SecretRotationSchema(Schema):
    """How a channel gets a new secret."""

    overlap_hours = fields.Float(
        load_default=24.0,
        validate=validate.Range(0, _MOST_HOURS),
        metadata={"description": "Hours for which the secret so far signs as well."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> timedelta:
        """Return how long the two go side by side."""
        return timedelta(hours=data["overlap_hours"])


class ChannelTestSchema(Schema):
    """A test that is under way."""

    delivery = _text("The delivery in which what comes of it is written.", attribute="id", required=True)


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What is to be sent again: everything since a moment, or what was given up."""

    since: datetime | None
    given_up: bool


class ReplayRequestSchema(Schema):
    """What is to be sent again: everything since a moment, or what was given up."""

    since = Moment(
        format="iso",
        load_default=None,
        allow_none=True,
        metadata={"description": "Everything since then that is for the channel, delivered or not."},
    )
    given_up = Flag(load_default=False, metadata={"description": "What was given up, whenever it was."})

    @validates_schema
    def one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse both and neither."""
        if (data["since"] is None) != data["given_up"]:
            raise ValidationError("Name either a moment (`since`), or say `given_up`.", "since")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ReplayRequest:
        """Make the request."""
        return ReplayRequest(**data)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries are sent again."""

    count: int


class ReplayedSchema(Schema):
    """What is sent again."""

    count = _number("How many notifications are sent again.")


class DeliverySchema(Schema):
    """An event on its way to a channel."""

    id = _text("Its identifier.", attribute="delivery.id", required=True)
    channel = _text("The channel.", attribute="delivery.channel", required=True)
    event_id = _text(
        "The event, by which receivers tell what they were told before (`webhook-id`).",
        attribute="event.id",
        required=True,
    )
    kind = _text("What happened.", attribute="event.kind", required=True)
    component = _text("The component that it is about.", attribute="event.component", required=True)
    environment = _text("Where; empty for anywhere.", attribute="event.environment", required=True)
    title = _text("What is told.", attribute="event.title", required=True)
    severity = _text("How much it matters.", attribute="event.severity", required=True, validate=_SEVERITIES)
    occurred_at = Moment(
        attribute="event.occurred_at", required=True, metadata={"description": "When it happened."}
    )
    state = _text("How far it is.", attribute="delivery.state", required=True, validate=_STATES)
    attempts = _number("How often it was tried, since it was replayed last.", attribute="delivery.attempts")
    next_at = Moment(
        attribute="delivery.next_at",
        required=True,
        metadata={"description": "When it is tried again at the earliest, while it waits."},
    )
    status = fields.Integer(
        attribute="delivery.status",
        required=True,
        allow_none=True,
        metadata={"description": "The status of the last answer; null where nothing answered."},
    )
    answer = _text("What came of the last attempt.", attribute="delivery.answer", required=True)
    created_at = Moment(
        attribute="delivery.created_at", required=True, metadata={"description": "When it was made."}
    )
    updated_at = Moment(
        attribute="delivery.updated_at", required=True, metadata={"description": "When it last changed."}
    )
    finished_at = Moment(
        attribute="delivery.finished_at",
        required=True,
        allow_none=True,
        metadata={"description": "When it was delivered or given up; null while it waits."},
    )


class DeliveryQuery(PageQuery):
    """Which deliveries are wanted."""

    channel = _text("Only those of this channel.", load_default=None, validate=NAME)
    state = _text("Only those in this state.", load_default=None, validate=_STATES)
