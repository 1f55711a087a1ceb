"""How probes look over HTTP."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import HourOfProbes
from tidegate.kernel.garbage import collection_paused
from tidegate.kernel.http.documents import Document, Flag, Moment
from tidegate.modules.probes.service import MOST_NEWEST

_STATES = [str(state) for state in HealthState]


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": description}, **more)


def _number(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description}, **more)


def _share(description: str) -> fields.Float:
    return fields.Float(
        required=True,
        allow_none=True,
        validate=validate.Range(0, 1),
        metadata={"description": description},
    )


class ProbeSchema(Schema):
    """One probe."""

    at = Moment(required=True, metadata={"description": "When, to a tenth of a second."})
    state = _text("What it found.", validate=validate.OneOf(_STATES))
    status = _number("The status of its answer; null where nothing answered.", allow_none=True)
    latency_ms = _number("Milliseconds until the whole answer was there.")


class TargetHealthSchema(Schema):
    """How a target is."""

    state = _text(
        "What the last probe found; null before the first.",
        allow_none=True,
        validate=validate.OneOf(_STATES),
    )
    reason = _text("Why it is not `pass`; empty where it is.")
    since = Moment(required=True, allow_none=True, metadata={"description": "Since when it is so."})
    consecutive = _number("How many probes in a row have found it so.")
    probed_at = Moment(required=True, allow_none=True, metadata={"description": "When it was last probed."})
    next_at = Moment(required=True, metadata={"description": "When the worker probes it next."})
    path = _text("The path that answered.", allow_none=True)


class ProbesSchema(Schema):
    """How a target is, and its newest probes."""

    state = fields.Nested(
        TargetHealthSchema,
        required=True,
        allow_none=True,
        metadata={"description": "How it is; null for a target that is not probed."},
    )
    items = fields.List(fields.Nested(ProbeSchema), required=True, metadata={"description": "Newest first."})


class ProbesQuerySchema(Schema):
    """How many probes are wanted."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, MOST_NEWEST),
        metadata={"description": "How many of the newest probes, at most."},
    )


class ProbeHistoryQuerySchema(Schema):
    """Which time is wanted."""

    start = Moment(
        data_key="from",
        load_default=None,
        metadata={"description": "From then on; without it the last 24 hours before `to`."},
    )
    end = Moment(data_key="to", load_default=None, metadata={"description": "Before then; else until now."})


class HourSchema(Schema):
    """The probes of one hour."""

    start = Moment(required=True, metadata={"description": "When the hour began."})
    uptime = _share("The share of probes that found it up: `pass` or `warn`; `unknown` is not up.")
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many probes found which state."},
    )
    latency_mean_ms = _number("The mean latency.", attribute="latency_mean", allow_none=True)
    latency_max_ms = _number("The longest latency.", attribute="latency_max")


class Hours(Document):
    """Hours, each written at once: a year has 8,760, and field by field they take the most time."""

    def _serialize(  # type: ignore[override]  # Nested names the value in another way than Field does
        self, nested_obj: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> list[dict[str, object]]:
        with collection_paused():
            return [_hour(hour) for hour in nested_obj]


def _hour(hour: HourOfProbes) -> dict[str, object]:
    return {
        "start": f"{hour.start.astimezone(UTC).isoformat()[:19]}.000Z",  # a whole hour
        "uptime": hour.uptime,
        "counts": {str(state): number for state, number in sorted(hour.counts.items()) if number},
        "latency_mean_ms": hour.latency_mean,
        "latency_max_ms": hour.latency_max,
    }


class LatenciesSchema(Schema):
    """Latencies that so many per cent of probes did not exceed."""

    p50 = _number("Half of them.")
    p95 = _number("95 of 100.")
    p99 = _number("99 of 100.")


class HistorySchema(Schema):
    """What probes found in a span of time."""

    hours = Hours(
        HourSchema,
        many=True,
        required=True,
        metadata={"description": "Hours with probes, oldest first."},
    )
    uptime = _share("The share of all probes that found it up; null without a probe.")
    probes = _number("How many probes there were.")
    latency_ms = fields.Nested(
        LatenciesSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Latencies in milliseconds; null without a probe."},
    )
    exact = Flag(
        required=True,
        metadata={
            "description": "Whether latencies are exact; else up to 10 % higher than they were, "
            "and days count whole."
        },
    )
