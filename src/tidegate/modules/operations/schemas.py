"""The documents of the health endpoints (draft-inadarei-api-health-check) and of the status."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

import tidegate
from tidegate.kernel.http.documents import Moment, SparseSchema

STATES = ("pass", "warn", "fail")
API_VERSION = "1"
SERVICE = "tidegate"


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": description}, **more)


def _time(description: str, **more: Any) -> Moment:
    return Moment(required=True, metadata={"description": description}, **more)


def _constant(value: str, description: str) -> fields.Constant[str]:
    return fields.Constant(value, metadata={"type": "string", "description": description})


class PulseSchema(Schema):
    """Whether it works, and when that was asked."""

    status = _text("Whether it works.", attribute="state", validate=validate.OneOf(STATES))
    timestamp = _time("When this was found out, in UTC.", attribute="time")


class CheckSchema(Schema):
    """The answer of one part."""

    componentType = _text("What kind of part it is: datastore or system.", attribute="check.kind")
    status = _text(
        "Whether the part works; warn: it does not, and what stands in for it does.",
        attribute="state",
        validate=validate.OneOf(STATES),
    )
    time = _time("When the part was asked, in UTC.")
    observedValue = fields.Float(
        attribute="duration_ms", required=True, metadata={"description": "How long the answer took."}
    )
    observedUnit = _constant("ms", "The unit of `observedValue`: milliseconds.")
    output = _text("What was found, or what is wrong.")


class HealthSchema(PulseSchema):
    """The state of every part."""

    version = _constant(API_VERSION, "The version of the API.")
    releaseId = _constant(tidegate.__version__, "The version of Tidegate.")
    serviceId = _constant(SERVICE, "Which service this is.")
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(CheckSchema)),
        required=True,
        metadata={"description": "Each part's answer, under its name."},
    )


class ExplainerSchema(Schema):
    """Whether a language model is there to write explanations."""

    available = fields.Boolean(required=True, metadata={"description": "Whether it can be used."})
    detail = _text("Why, in words.")


class StatusSchema(SparseSchema):
    """What runs here, and whether it works."""

    service = _constant(SERVICE, "Which service this is.")
    version = _constant(tidegate.__version__, "The version of Tidegate.")
    commit = fields.String(metadata={"description": "The commit that it was built from, if that is known."})
    environment = _text("Where it runs: FLASK_ENV.")
    status = _text(
        "degraded: a part fails, or another stands in for it; down: no request can be answered.",
        validate=validate.OneOf(["operational", "degraded", "down"]),
    )
    timestamp = _time("When this was found out, in UTC.", attribute="time")
    modules = fields.List(
        fields.String(), required=True, metadata={"description": "The modules that are switched on."}
    )
    flags = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        required=True,
        metadata={"description": "Which experimental parts are on, outside of any environment."},
    )
    model = fields.Nested(ExplainerSchema, required=True)
