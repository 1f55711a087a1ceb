"""How incidents, maintenance windows and objectives look over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from tidegate.domain.incidents import IncidentEventKind, IncidentSource, IncidentState
from tidegate.domain.maintenance import LONGEST_RULE, LONGEST_TITLE, MOST_MINUTES, WindowPlan
from tidegate.domain.objectives import (
    MOST_DAYS,
    MOST_LATENCY_MS,
    PARTS,
    Aim,
    ObjectiveKind,
    ObjectiveState,
    Resolution,
)
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NAME, NO_CONTROLS, FullMatch
from tidegate.modules.incidents import ports
from tidegate.modules.incidents.handling import CHOSEN
from tidegate.modules.incidents.objectives import percent
from tidegate.modules.incidents.ports import IncidentChange

_TEXT = FullMatch(r"[^\x00-\x08\x0b-\x1f]*", error="Holds a control character.")
_LINE = FullMatch(r"[^\x00-\x1f]*", error="Holds a control character.")
_STATE = validate.OneOf([str(one) for one in IncidentState])
_WALL = FullMatch(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}",
    error="Not a time of the wall without an offset, such as 2026-12-06T02:00.",
)

_ZONE = FullMatch(
    r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", error="Not the name of a time zone, such as Europe/Berlin or UTC."
)


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _shown(description: str, *, null: bool = False, **more: Any) -> fields.String:
    return _text(description, required=True, allow_none=null, **more)


def _number(description: str, *, null: bool = False, **more: Any) -> fields.Integer:
    return fields.Integer(required=True, allow_none=null, metadata={"description": description}, **more)


def _share(description: str, *, null: bool = True) -> fields.Float:
    return fields.Float(required=True, allow_none=null, metadata={"description": description})


def _moment(description: str, *, null: bool = False, **more: Any) -> Moment:
    return Moment(required=True, allow_none=null, metadata={"description": description}, **more)


class IncidentSchema(Schema):
    """Something that fails."""

    id = _shown("The incident's identifier.")
    source = _shown("What found it.", validate=validate.OneOf([str(one) for one in IncidentSource]))
    component = _shown("The component.")
    environment = _shown("Where it runs.")
    name = _shown("The objective that is missed; empty for any other source.")
    title = _shown("What it is, in a line.")
    reason = _shown("What was found when it was opened.")
    public_title = _shown("What the status page says of it; null for no more than its state.", null=True)
    state = _shown("How far it is; `suppressed` is what began within a maintenance window.", validate=_STATE)
    flapping = fields.Boolean(
        required=True,
        metadata={"description": "Whether it is held open, since it was opened and closed too often."},
    )
    times = _number("How often it was opened.")
    opened_at = _moment("When it was opened first.")
    assignee = _shown("Who looks after it.", null=True)
    acknowledged_at = _moment("When somebody said that they know of it.", null=True)
    acknowledged_by = _shown("Who did.", null=True)
    closed_at = _moment("When it was closed.", null=True)
    closed_by = _shown("Who closed it.", null=True)
    version = _number("Counts its changes; also its ETag.")
    updated_at = _moment("When it was last changed.")


class IncidentEventSchema(Schema):
    """One thing that happened to an incident."""

    number = _number("Counts from 1.")
    at = _moment("When.")
    by = _shown("Who did it.")
    kind = _shown("What happened.", validate=validate.OneOf([str(one) for one in IncidentEventKind]))
    note = _shown("What was found, or said.", null=True)


class IncidentHistorySchema(Schema):
    """An incident and what happened to it, newest first."""

    incident = fields.Nested(IncidentSchema, required=True)
    history = fields.List(fields.Nested(IncidentEventSchema), required=True)


class IncidentChangeSchema(Schema):
    """What is done with an incident; what is left out stays as it is."""

    state = _text(
        "Acknowledge it, or close it by hand.",
        load_default=None,
        validate=validate.OneOf([str(one) for one in CHOSEN]),
    )
    assignee = _text(
        "Who looks after it; empty for nobody.",
        load_default=None,
        validate=validate.And(validate.Length(max=ports.LONGEST_ASSIGNEE), _LINE),
    )
    note = _text(
        "What is to be known; needed to close it.",
        load_default=None,
        validate=validate.And(validate.Length(max=ports.LONGEST_NOTE), _TEXT),
    )
    public_title = _text(
        "What the status page says of it; empty for no more than its state.",
        load_default=None,
        validate=validate.And(validate.Length(max=ports.LONGEST_TITLE), _LINE),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> IncidentChange:
        """Make the change."""
        state = data.pop("state")
        return IncidentChange(state=None if state is None else IncidentState(state), **data)


class IncidentQuery(PageQuery):
    """Which incidents are wanted."""

    state = _text("Only those of this state.", load_default=None, validate=_STATE)
    component = _text("Only those of this component.", load_default=None, validate=NAME)
    environment = _text("Only those in this environment.", load_default=None, validate=NAME)


class WindowPlanSchema(Schema):
    """When what is maintained."""

    title = _text(
        "What is done; the status page shows it.",
        required=True,
        validate=validate.And(validate.Length(1, LONGEST_TITLE), NO_CONTROLS),
    )
    component = _text("Of this component; null for all.", load_default=None, allow_none=True, validate=NAME)
    environment = _text(
        "In this environment; null for all.", load_default=None, allow_none=True, validate=NAME
    )
    starts_at = _text(
        "When it begins (the first time), by the clock on the wall: without an offset.",
        required=True,
        validate=_WALL,
    )
    timezone = _text("The wall's time zone, by its IANA name.", load_default="UTC", validate=_ZONE)
    minutes = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MOST_MINUTES),
        metadata={"description": "How long it lasts."},
    )
    rule = _text(
        "When it comes again, as the value of an RRULE (RFC 5545): daily, weekly or monthly. Null: once.",
        load_default=None,
        allow_none=True,
        validate=validate.And(validate.Length(1, LONGEST_RULE), NO_CONTROLS),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> WindowPlan:
        """Make the plan."""
        try:
            starts_at = datetime.fromisoformat(data.pop("starts_at"))
        except ValueError as error:
            raise ValidationError({"starts_at": [f"There is no such time: {error}."]}) from error
        return WindowPlan(starts_at=starts_at, **data)


class MaintenanceWindowSchema(Schema):
    """A maintenance window."""

    id = _shown("The window's identifier.", attribute="window.id")
    title = _shown("What is done.", attribute="window.plan.title")
    component = _shown("Of this component; null for all.", null=True, attribute="window.plan.component")
    environment = _shown("In this environment; null for all.", null=True, attribute="window.plan.environment")
    starts_at = fields.Function(
        lambda one: one.window.plan.starts_at.isoformat(timespec="minutes"),
        required=True,
        metadata={"description": "When it begins (the first time), on the wall.", "type": "string"},
    )
    timezone = _shown("The wall's time zone.", attribute="window.plan.timezone")
    minutes = _number("How long it lasts.", attribute="window.plan.minutes")
    rule = _shown("When it comes again; null for once.", null=True, attribute="window.plan.rule")
    next_start = Moment(
        required=True,
        allow_none=True,
        attribute="next.start",
        dump_default=None,
        metadata={"description": "When it is open now or next; null where that is over."},
    )
    next_end = Moment(
        required=True,
        allow_none=True,
        attribute="next.end",
        dump_default=None,
        metadata={"description": "When that ends."},
    )
    version = _number("Counts its edits; also its ETag.", attribute="window.version")
    created_at = _moment("When it was planned.", attribute="window.created_at")
    created_by = _shown("Who planned it.", attribute="window.created_by")
    updated_at = _moment("When it was last changed.", attribute="window.updated_at")


class MaintenanceWindowQuery(PageQuery):
    """Which windows are wanted."""

    component = _text("Only those that name this component.", load_default=None, validate=NAME)
    environment = _text("Only those that name this environment.", load_default=None, validate=NAME)


class AimSchema(Schema):
    """What is aimed at."""

    kind = _text(
        "What makes a probe a good one: that it found the target up, or that it was quick enough.",
        required=True,
        validate=validate.OneOf([str(one) for one in ObjectiveKind]),
    )
    target = fields.Float(
        required=True,
        validate=validate.Range(50, 99.999),
        metadata={"description": "The percentage of good probes; it is kept to a thousandth."},
    )
    days = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"description": "Over how many days up to now."},
    )
    latency_ms = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, MOST_LATENCY_MS),
        metadata={"description": "For `latency`: milliseconds that a good probe does not exceed."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Aim:
        """Make the aim."""
        target = round(data["target"] * PARTS / 100)
        return Aim(ObjectiveKind(data["kind"]), target, data["days"], data["latency_ms"])


class ObjectiveFiguresSchema(Schema):
    """How an objective is; shares are between 0 and 1."""

    start = _moment("Where the window begins.")
    end = _moment("Where it ends: now.")
    probes = _number("How many probes there were.")
    bad = _number("How many of them were not good.")
    share = _share("The share of good ones; null without a probe.")
    budget_left = _share("The share of the error budget that is left; below 0 it is overdrawn.")
    burn_rate = _share("How many times faster than allowed it was used in the last hour; null of few probes.")
    measured = _share("The share of the window since the first probe in it.", null=False)
    resolution = _shown(
        "What the figures are exact to where the window begins.",
        validate=validate.OneOf([str(one) for one in Resolution]),
    )
    state = _shown(
        "How it is: `burning` uses up 2 % of a budget of 30 days in an hour.",
        validate=validate.OneOf([str(one) for one in ObjectiveState]),
    )


class ObjectiveSchema(Schema):
    """An objective of a target, and how it is now."""

    component = _shown("The component.", attribute="objective.component")
    environment = _shown("Where it runs.", attribute="objective.environment")
    name = _shown("The objective's name.", attribute="objective.name")
    kind = _shown(
        "What makes a probe a good one.",
        attribute="objective.aim.kind",
        validate=validate.OneOf([str(one) for one in ObjectiveKind]),
    )
    target = fields.Function(
        lambda one: percent(one.objective.aim.target),
        required=True,
        metadata={"description": "The percentage of good probes.", "type": "number"},
    )
    days = _number("Over how many days.", attribute="objective.aim.days")
    latency_ms = _number(
        "Milliseconds that a good probe does not exceed; null for availability.",
        null=True,
        attribute="objective.aim.latency_ms",
    )
    figures = fields.Nested(ObjectiveFiguresSchema, required=True)
    version = _number("Counts its edits.", attribute="objective.version")
    created_at = _moment("When it was declared.", attribute="objective.created_at")
    updated_at = _moment("When it was last changed.", attribute="objective.updated_at")
    updated_by = _shown("Who changed it last.", attribute="objective.updated_by")
