"""The documents of the health endpoints (draft-inadarei-api-health-check) and of the status."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

import tidegate
from tidegate.kernel.http.documents import Moment
from tidegate.modules.operations.service import Health, Outcome

_STATES = validate.OneOf(["pass", "fail"])
API_VERSION = "1"


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": description}, **more)


def _time(description: str) -> Moment:
    return Moment(required=True, metadata={"description": description})


class PulseSchema(Schema):
    """Whether it works, and when that was asked."""

    status = _text("Whether it works.", validate=_STATES)
    timestamp = _time("When this was found out, in UTC.")


class CheckSchema(Schema):
    """The answer of one part."""

    componentType = _text("What kind of part it is: datastore or system.")
    status = _text("Whether the part works.", validate=_STATES)
    time = _time("When the part was asked, in UTC.")
    observedValue = fields.Float(required=True, metadata={"description": "How long the answer took."})
    observedUnit = _text("The unit of `observedValue`: ms.")
    output = _text("What was found, or what is wrong.")


class HealthSchema(PulseSchema):
    """The state of every part."""

    version = _text("The version of the API.")
    releaseId = _text("The version of Tidegate.")
    serviceId = _text("Which service this is.")
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(CheckSchema)),
        required=True,
        metadata={"description": "Each part's answer, under its name."},
    )


class ModelSchema(Schema):
    """Whether a language model is there to write explanations."""

    available = fields.Boolean(required=True, metadata={"description": "Whether it can be used."})
    detail = _text("Why, in words.")


class StatusSchema(Schema):
    """What runs here, and whether it works."""

    service = _text("Which service this is.")
    version = _text("The version of Tidegate.")
    commit = _text("The commit that it was built from; null where that is not known.", allow_none=True)
    environment = _text("Where it runs: FLASK_ENV.")
    status = _text(
        "degraded: a part fails; down: no request can be answered.",
        validate=validate.OneOf(["operational", "degraded", "down"]),
    )
    timestamp = _time("When this was found out, in UTC.")
    modules = fields.List(
        fields.String(), required=True, metadata={"description": "The modules that are switched on."}
    )
    model = fields.Nested(ModelSchema, required=True)


def health_document(found: Health, *, passed: bool) -> dict[str, Any]:
    """Write what was found as a health document."""
    return {
        "status": _state(passed),
        "timestamp": found.time,
        "version": API_VERSION,
        "releaseId": tidegate.__version__,
        "serviceId": "tidegate",
        "checks": {outcome.check.name: [_check(outcome)] for outcome in found.outcomes},
    }


def _check(outcome: Outcome) -> dict[str, Any]:
    return {
        "componentType": outcome.check.kind,
        "status": _state(outcome.passed),
        "time": outcome.time,
        "observedValue": outcome.duration_ms,
        "observedUnit": "ms",
        "output": outcome.output,
    }


def _state(passed: bool) -> str:
    return "pass" if passed else "fail"
