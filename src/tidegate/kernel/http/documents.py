"""Fields for what the domain writes in a form of its own: moments, and documents that are plain data."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
from marshmallow import Schema, fields, post_dump, validate

from tidegate.domain.facts import Side
from tidegate.domain.gates import On
from tidegate.domain.states import State
from tidegate.domain.times import write_time
from tidegate.domain.verdicts import Verdict


class Moment(fields.AwareDateTime):
    """A moment, read with any offset and written as everywhere else: in UTC, with a Z."""

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | float | None:
        return None if value is None else write_time(value)


class Flag(fields.Boolean):
    """True or false, and nothing that only counts as one of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Document(fields.Nested):
    """A nested document that is plain data already: the schema describes it and costs nothing."""

    def _serialize(  # type: ignore[override]  # Nested names the value in another way than Field does
        self, nested_obj: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> Any:
        return nested_obj


class VerdictDocument(Document):
    """A nested verdict: the domain's, or the document of one that was recorded."""

    def _serialize(  # type: ignore[override]  # Nested names the value in another way than Field does
        self, nested_obj: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> Any:
        return nested_obj.to_document() if isinstance(nested_obj, Verdict) else nested_obj


class CanonicalDocument(Document):
    """A nested document that is kept as its canonical JSON text."""

    def _serialize(  # type: ignore[override]  # as above
        self, nested_obj: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> Any:
        return msgspec.json.decode(nested_obj)


class Measures(fields.Dict):
    """Measured values by the names of their measures: numbers, truth values, and `exact` numbers as text."""

    def __init__(self, description: str, *, attribute: str | None = None, exact: bool = False) -> None:
        types = ("number", "boolean", "string") if exact else ("number", "boolean")
        super().__init__(
            keys=fields.String(),
            attribute=attribute,
            required=True,
            metadata={
                "description": description,
                "additionalProperties": {"anyOf": [{"type": name} for name in types]},
            },
        )


class SparseSchema(Schema):
    """A document in which a member that is not required is left out where there is nothing to say."""

    @post_dump
    def leave_out(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out what is None and need not be there."""
        required = self._required
        return {name: value for name, value in data.items() if value is not None or name in required}

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(field.data_key or name for name, field in self.fields.items() if field.required)


def _text(description: str, *, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description})


def _texts(description: str) -> fields.List[str]:
    return fields.List(fields.String(), required=True, metadata={"description": description})


_STATE = validate.OneOf([str(state) for state in State])


class RuleSchema(Schema):
    """One thing that must hold."""

    id = fields.String(required=True, metadata={"description": "The rule's name within its gate."})
    title = fields.String(required=True, metadata={"description": "What the rule is for."})
    that = fields.String(required=True, metadata={"description": "A CEL expression over measures and facts."})
    needs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The evidence it speaks of: kind or kind/tool, and facts."},
    )
    max_age = fields.String(
        required=True, allow_none=True, metadata={"description": "How old that evidence may be: 24h, 7d."}
    )
    on = fields.String(required=True, validate=validate.OneOf([str(on) for on in On]))


class GateDocumentSchema(Schema):
    """A gate with its floor's rules joined to its own: the canonical form that the digest names."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    floor = fields.String(
        required=True, allow_none=True, metadata={"description": "The digest of the gate that it extends."}
    )
    rules = fields.List(fields.Nested(RuleSchema), required=True)


class GateNameSchema(Schema):
    """Which version of which gate."""

    name = _text("The gate's name.")
    digest = _text("The digest that names the version.")


class SubjectSchema(Schema):
    """What a verdict is about."""

    component = _text("The component.")
    revision = _text("The commit.")
    environment = _text("Where it is bound for.", null=True)


class RuleFactSchema(Schema):
    """A fact as a rule read it, of the target that the verdict is about."""

    field = _text("What the value is of.")
    side = fields.String(
        required=True,
        validate=validate.OneOf([str(side) for side in Side]),
        metadata={"description": "Whether it was declared or observed."},
    )
    value = fields.Raw(
        required=True,
        metadata={
            "description": "The value.",
            "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}],
        },
    )
    source = _text("Who told it, and what they had it from.")
    since = fields.String(
        required=True, metadata={"format": "date-time", "description": "Since when it holds."}
    )
    seen_at = fields.String(
        required=True, metadata={"format": "date-time", "description": "When it was confirmed last."}
    )


class RuleVerdictSchema(Schema):
    """What one rule found."""

    rule = _text("The rule's id.")
    title = _text("What the rule is for.")
    on = fields.String(
        required=True,
        validate=validate.OneOf([str(on) for on in On]),
        metadata={"description": "Whether the rule blocks or warns."},
    )
    state = fields.String(
        required=True, validate=_STATE, metadata={"description": "The worst that was found."}
    )
    found = fields.List(
        fields.String(validate=_STATE),
        required=True,
        metadata={"description": "Every state that was found, worst first."},
    )
    blocks = fields.Boolean(
        required=True, metadata={"description": "Whether this rule alone keeps the gate closed."}
    )
    asked = _text("The rule's expression.")
    account = _text("The same in words.")
    measured = Measures("The measures that the expression uses.")
    evidence = _texts("The digests of the reports that it speaks of.")
    waiver = _text("The waiver that excuses it.", null=True)
    expired_waivers = _texts("Waivers that excuse it no longer.")
    reason = _text("Why it is so.")
    change = _text("The smallest change that would pass.", null=True)
    warnings = _texts("By what a measured number may be worse than the truth.")
    facts = fields.List(
        fields.Nested(RuleFactSchema),
        metadata={"description": "The facts that it read; left out where its expression reads none."},
    )


class ReportFaultSchema(Schema):
    """Why one report cannot be counted on."""

    report = _text("The report's digest.")
    slot = _text("Where it was submitted, often its path.")
    state = fields.String(
        required=True, validate=_STATE, metadata={"description": "`unreadable` or `error`."}
    )
    reason = _text("What is wrong with it, and what to do.")


class VerdictSchema(Schema):
    """What a gate said of a revision: the document that is hashed, kept and replayed."""

    engine = _text("The version of how verdicts are made.")
    gate = fields.Nested(GateNameSchema, required=True)
    subject = fields.Nested(SubjectSchema, required=True)
    at = fields.String(
        required=True, metadata={"format": "date-time", "description": "The time that it was judged for."}
    )
    state = fields.String(
        required=True, validate=_STATE, metadata={"description": "Anything but pass keeps it from shipping."}
    )
    faults = fields.List(
        fields.Nested(ReportFaultSchema),
        required=True,
        metadata={"description": "The reports that cannot be counted on, each with its cause, once."},
    )
    rules = fields.List(fields.Nested(RuleVerdictSchema), required=True)
    facts_digest = fields.String(
        metadata={"description": "Names the facts that its rules read; left out where none reads any."}
    )


class RulingSchema(Schema):
    """A verdict with its place in history."""

    id = _text("The verdict's identifier.")
    environment = _text("The environment that the gate guards.")
    changed = fields.Boolean(
        required=True, metadata={"description": "Whether the state differs from the verdict before."}
    )
    verdict = VerdictDocument(VerdictSchema, required=True)
