"""How parity looks over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.facts import FIELD_PATTERN, LONGEST_FIELD, Side
from tidegate.domain.parity import ParityStatus
from tidegate.kernel.http.documents import Flag, Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NAME, NO_CONTROLS, FullMatch
from tidegate.modules.parity.exports import described, row_document
from tidegate.modules.parity.ports import (
    LONGEST_ASSIGNEE,
    LONGEST_NOTE,
    ItemChange,
    ItemState,
    NewItem,
    NewReport,
    ReportSide,
    ReportState,
    ShownRow,
)

_STATUSES = [str(status) for status in ParityStatus]
_ITEM_STATE = validate.OneOf([str(state) for state in ItemState])
_FIELD = validate.And(
    validate.Length(1, LONGEST_FIELD), FullMatch(FIELD_PATTERN, error="Not a field, such as health.state.")
)
_TEXT = FullMatch(r"[^\x00-\x08\x0b-\x1f]*", error="Holds a control character.")
_VALUE = {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "null")]}


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _shown(description: str, *, null: bool = False, **more: Any) -> fields.String:
    return _text(description, required=True, allow_none=null, **more)


def _value(description: str) -> fields.Raw:
    return fields.Raw(required=True, allow_none=True, metadata={"description": description, **_VALUE})


class ReportSideSchema(Schema):
    """Which facts a side holds."""

    side = _text(
        "What was declared, or what was observed.",
        required=True,
        validate=validate.OneOf([str(side) for side in Side]),
    )
    environment = _text(
        "Of this environment alone; null for all subjects.",
        load_default=None,
        allow_none=True,
        validate=NAME,
    )
    at = Moment(
        format="iso",
        load_default=None,
        allow_none=True,
        metadata={"description": "As of this moment; null for now."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ReportSide:
        """Make the side."""
        return ReportSide(Side(data["side"]), data["environment"], data["at"])


class NewParityReportSchema(Schema):
    """What is to be compared: the left side is what should be, the right one what is."""

    left = fields.Nested(ReportSideSchema, required=True)
    right = fields.Nested(ReportSideSchema, required=True)
    component = _text("Of this component alone.", load_default=None, allow_none=True, validate=NAME)
    rules = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={"description": "The rules' document; null for the usual ones.", "type": "object"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewReport:
        """Make what is asked for."""
        return NewReport(**data)


class ParityCountsSchema(Schema):
    """How many fields came to what."""

    match = fields.Integer(required=True)
    mismatch = fields.Integer(required=True)
    undeclared = fields.Integer(required=True, metadata={"description": "On the right side alone."})
    unobserved = fields.Integer(required=True, metadata={"description": "On the left side alone."})
    stale = fields.Integer(required=True, metadata={"description": "Seen too long ago to count."})
    ignored = fields.Integer(required=True, metadata={"description": "Left out by rules."})
    accepted = fields.Integer(
        required=True, metadata={"description": "Of the rest, how many were accepted when it was made."}
    )


class ParityReportSchema(Schema):
    """A report without its rows."""

    id = _shown("The report's identifier.")
    left = fields.Nested(ReportSideSchema, required=True)
    right = fields.Nested(ReportSideSchema, required=True)
    component = _shown("Of this component alone.", null=True)
    rules = fields.Dict(required=True, metadata={"description": "The rules in full."})
    rules_digest = _shown("The digest of the rules.")
    state = _shown(
        "`waiting` for the worker, `done` or `failed`.",
        validate=validate.OneOf([str(state) for state in ReportState]),
    )
    failure = _shown("Why there is none.", null=True)
    counts = fields.Nested(ParityCountsSchema, required=True, allow_none=True)
    findings = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many fields are no match and were not accepted: 0 is parity."},
    )
    digest = _shown("The digest that names the rows.", null=True)
    created_at = Moment(required=True)
    created_by = _shown("Who asked for it.")
    finished_at = Moment(required=True, allow_none=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Return the report's document."""
        return described(obj)


class ParityReportQuery(PageQuery):
    """Which reports are wanted."""

    component = _text("Only those of this component alone.", load_default=None, validate=NAME)


class ParityCellSchema(Schema):
    """A value with its source."""

    environment = _shown("Where it holds; null for the component as such.", null=True)
    value = _value("The value.")
    source = _shown("Who said it, and what they had it from.")
    since = Moment(required=True, allow_none=True)
    seen_at = Moment(required=True, allow_none=True)


class HandledSchema(Schema):
    """What people made of a row."""

    id = _shown("The item's identifier.")
    state = _shown("What became of it.", validate=_ITEM_STATE)
    assignee = _shown("Who looks after it.", null=True)
    note = _shown("Why it is so, or may be.", null=True)
    accepted_until = Moment(required=True, allow_none=True)


class ParityRowSchema(Schema):
    """One field on both sides."""

    component = _shown("The component.")
    environment = _shown("The environment; null for a component, and between two environments.", null=True)
    field = _shown("What the values are of.")
    status = _shown("What that comes to.", validate=validate.OneOf(_STATUSES))
    left = fields.Nested(ParityCellSchema, required=True, allow_none=True)
    right = fields.Nested(ParityCellSchema, required=True, allow_none=True)
    compared = _shown("How the values were compared.")
    accepted = Flag(required=True, metadata={"description": "Whether the difference is accepted now."})
    item = fields.Nested(HandledSchema, required=True, allow_none=True)

    def dump(self, obj: ShownRow, *, many: bool | None = None) -> Any:
        """Return the row's document."""
        return row_document(obj)


class ParityRowQuery(PageQuery):
    """Which rows are wanted."""

    status = _text("Only those of this status.", load_default=None, validate=validate.OneOf(_STATUSES))


class ParityDownloadQuery(Schema):
    """In which form, and which rows."""

    format = _text("The form.", load_default="json", validate=validate.OneOf(["json", "csv", "xlsx"]))
    status = _text("Only the rows of this status.", load_default=None, validate=validate.OneOf(_STATUSES))


class ItemChangeSchema(Schema):
    """What is to become of an item; what is left out stays."""

    state = _text("What becomes of it.", load_default=None, validate=_ITEM_STATE)
    assignee = _text(
        'Who looks after it; "" for nobody.',
        load_default=None,
        validate=validate.And(validate.Length(0, LONGEST_ASSIGNEE), _TEXT),
    )
    note = _text(
        'Why it is so, or may be; "" takes the note away.',
        load_default=None,
        validate=validate.And(validate.Length(0, LONGEST_NOTE), _TEXT),
    )
    accepted_until = Moment(
        format="iso",
        load_default=None,
        metadata={"description": "Until when an accepted difference is; then it is a finding again."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the change."""
        state = data.pop("state")
        return ItemChange(state=None if state is None else ItemState(state), **data)


class NewParityItemSchema(ItemChangeSchema):
    """Which row of which report somebody is to look after, and how."""

    report = _text(
        "The report's identifier.", required=True, validate=validate.And(validate.Length(1, 36), NO_CONTROLS)
    )
    component = _text("The row's component.", required=True, validate=NAME)
    environment = _text(
        "The row's environment; null where it has none.", load_default=None, allow_none=True, validate=NAME
    )
    field = _text("The row's field.", required=True, validate=_FIELD)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make what is asked for."""
        place = {name: data.pop(name) for name in ("report", "component", "environment", "field")}
        state = data.pop("state")
        change = ItemChange(state=None if state is None else ItemState(state), **data)
        return NewItem(**place, change=change)


class ParityItemSchema(Schema):
    """A difference that somebody looks after."""

    id = _shown("The item's identifier.")
    comparison = _shown("Which comparison it comes from.")
    component = _shown("The component.")
    environment = fields.Function(
        lambda item: item.environment or None,
        required=True,
        allow_none=True,
        metadata={"description": "The environment.", "type": "string"},
    )
    field = _shown("What differs.")
    status = _shown("What was found.", validate=validate.OneOf(_STATUSES))
    left = _value("The left value when it was handled last.")
    right = _value("The right value when it was handled last.")
    state = _shown("What became of it.", validate=_ITEM_STATE)
    assignee = _shown("Who looks after it.", null=True)
    note = _shown("Why it is so, or may be.", null=True)
    accepted_until = Moment(required=True, allow_none=True)
    report = _shown("The report that it was handled on.", attribute="report_id")
    version = fields.Integer(required=True, metadata={"description": "Counts its changes; also its ETag."})
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    updated_by = _shown("Who changed it last.")


class ItemEventSchema(Schema):
    """One change of an item."""

    number = fields.Integer(required=True)
    at = Moment(required=True)
    by = _shown("Who changed it.")
    changes = fields.Dict(required=True, metadata={"description": "What was set."})


class ParityItemHistorySchema(Schema):
    """An item and its changes, newest first."""

    item = fields.Nested(ParityItemSchema, required=True)
    history = fields.List(fields.Nested(ItemEventSchema), required=True)


class ParityItemQuery(PageQuery):
    """Which items are wanted."""

    state = _text("Only those of this state.", load_default=None, validate=_ITEM_STATE)
    assignee = _text(
        "Only those that this person or team looks after.",
        load_default=None,
        validate=validate.And(validate.Length(1, LONGEST_ASSIGNEE), NO_CONTROLS),
    )
    component = _text("Only those of this component.", load_default=None, validate=NAME)
