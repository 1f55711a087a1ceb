"""How facts look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.facts import FIELD_PATTERN, LONGEST_FIELD, LONGEST_VALUE, Side
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.mappings import Entries
from tidegate.kernel.http.patterns import NAME, NO_CONTROLS, FullMatch
from tidegate.modules.facts.service import MOST_AT_ONCE, ToldFacts

_SIDE = validate.OneOf([str(side) for side in Side])
_FIELD = [
    validate.Length(1, LONGEST_FIELD),
    FullMatch(
        FIELD_PATTERN,
        error="Not a field, such as health.state: lower-case letters, digits, '_' and '-', joined by dots.",
    ),
]
_OBSERVED_BY_DEFAULT = "What was declared, or what was observed; left out, what was observed."
_VALUE = {
    "anyOf": [
        {"type": "string", "maxLength": LONGEST_VALUE},
        {"type": "number"},
        {"type": "boolean"},
    ]
}
_NO_VALUE = {"anyOf": [*_VALUE["anyOf"], {"type": "null"}]}


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class Value(fields.Raw):
    """A fact's value: a text, a number, true or false; the domain says what is wrong with another."""

    def __init__(self, description: str, *, null: bool = False) -> None:
        shape = _NO_VALUE if null else _VALUE
        super().__init__(required=True, allow_none=null, metadata={"description": description, **shape})


class ToldSchema(Schema):
    """What is said of a subject."""

    facts = Entries(
        keys=fields.String(validate=_FIELD),
        required=True,
        validate=validate.Length(1, MOST_AT_ONCE),
        metadata={"description": "Values by their fields.", "additionalProperties": _VALUE},
    )
    label = _text(
        "What the values come from, such as a job's name.",
        load_default=None,
        validate=validate.And(validate.Length(1, 200), NO_CONTROLS),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ToldFacts:
        """Make what is said."""
        return ToldFacts(values=data.pop("facts"), **data)


class ObservedSchema(ToldSchema):
    """What was observed of a subject."""

    at = Moment(
        format="iso", load_default=None, metadata={"description": "When it was so; left out, it is so now."}
    )


class SubjectQuerySchema(Schema):
    """Whose facts they are: the component's in an environment, or its own wherever it runs."""

    environment = _text(
        "The environment; left out, the facts of the component as such.", load_default=None, validate=NAME
    )


class FactQuerySchema(SubjectQuerySchema):
    """Which facts are wanted."""

    side = _text("Only what was declared, or only what was observed.", load_default=None, validate=_SIDE)
    at = Moment(
        format="iso", load_default=None, metadata={"description": "As of this moment; left out, of now."}
    )


class HistoryQuerySchema(SubjectQuerySchema):
    """How much of a field's history is wanted."""

    side = _text(_OBSERVED_BY_DEFAULT, load_default=str(Side.OBSERVED), validate=_SIDE)
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, 500), metadata={"description": "How many values at most."}
    )


class FactSchema(Schema):
    """A value with its source."""

    component = _text("The component.", required=True, attribute="subject.component")
    environment = fields.Function(
        lambda fact: fact.subject.environment or None,
        required=True,
        allow_none=True,
        metadata={
            "description": "The environment; null for the component as such.",
            "type": "string",
        },
    )
    side = _text("Declared or observed.", required=True, validate=_SIDE)
    field = _text("What the value is of.", required=True)
    value = Value("The value.")
    source = _text("Who said it, and what they had it from.", required=True)
    since = Moment(required=True, metadata={"description": "Since when it holds."})
    seen_at = Moment(required=True, metadata={"description": "When it was confirmed last."})
    until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When it ceased to hold; null where it holds now."},
    )


class FactListSchema(Schema):
    """Facts in the order of their fields, or of a field newest first."""

    items = fields.List(fields.Nested(FactSchema), required=True)


class FactChangeSchema(Schema):
    """What became of a field."""

    field = _text("The field.", required=True)
    before = Value("Its value before; null where it had none.", null=True)
    after = Value("Its value now; null where it has none.", null=True)


class ToldResultSchema(Schema):
    """What became of what was told."""

    changes = fields.List(fields.Nested(FactChangeSchema), required=True)
    confirmed = fields.Integer(required=True, metadata={"description": "How many were known already."})
    too_late = fields.Integer(
        required=True, metadata={"description": "How many are older than what is known: they change nothing."}
    )


class WithdrawalSchema(Schema):
    """What was withdrawn."""

    changes = fields.List(fields.Nested(FactChangeSchema), required=True)
