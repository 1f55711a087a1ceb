"""How feature flags look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.flags import LONGEST_REASON, FlagOrigin
from tidegate.kernel.http.documents import Flag, Moment
from tidegate.kernel.http.patterns import NAME
from tidegate.modules.flags.service import NewFlagSetting


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class FlagSettingSchema(Schema):
    """What is said of a flag."""

    environment = fields.Function(
        lambda one: one.environment or None,
        required=True,
        metadata={
            "type": ["string", "null"],
            "description": "The environment that it holds in; null where it holds in all others.",
        },
    )
    enabled = fields.Boolean(required=True, metadata={"description": "Whether the flag is on there."})
    reason = _text("Why.", required=True)
    set_by = _text("Who said so; empty where a variable does.", required=True)
    set_at = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When it was said; null where a variable says it."},
    )


class FlagSchema(Schema):
    """An experimental part that can be switched."""

    name = _text("Its name.", required=True, attribute="flag.name")
    description = _text("What it switches.", required=True, attribute="flag.description")
    default = fields.Boolean(
        required=True,
        attribute="flag.default",
        metadata={"description": "Whether it is on where nothing is said."},
    )
    owner = _text("The part of Tidegate that it belongs to.", required=True, attribute="flag.owner")
    until = fields.Date(
        required=True,
        attribute="flag.until",
        metadata={"description": "When it is decided whether what it switches stays."},
    )
    enabled = fields.Boolean(
        required=True,
        attribute="decision.enabled",
        metadata={"description": "Whether it is on outside of any environment."},
    )
    decided_by = _text(
        "What decides that.",
        required=True,
        attribute="decision.origin",
        validate=validate.OneOf([str(FlagOrigin.EVERYWHERE), str(FlagOrigin.DEFAULT)]),
    )
    settings = fields.List(fields.Nested(FlagSettingSchema), required=True)


class NewFlagSettingSchema(Schema):
    """What is to be said of a flag."""

    enabled = Flag(required=True, metadata={"description": "Whether it is to be on."})
    reason = _text("Why: the audit log keeps it.", required=True, validate=validate.Length(1, LONGEST_REASON))
    environment = _text(
        "Where; left out: everywhere but in environments that have a setting of their own.",
        load_default=None,
        allow_none=True,
        validate=NAME,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewFlagSetting:
        """Make the setting."""
        return NewFlagSetting(**data)


class FlagQuerySchema(Schema):
    """Which setting of a flag is meant."""

    environment = _text("The environment; left out: what holds everywhere.", load_default=None, validate=NAME)
