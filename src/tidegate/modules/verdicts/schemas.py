"""How verdicts look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.states import State
from tidegate.kernel.http.documents import (
    CanonicalDocument,
    GateNameSchema,
    Moment,
    VerdictDocument,
    VerdictSchema,
)
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import COMMIT, NAME

MAX_TRIED = 500


def _name(description: str, example: str, **more: Any) -> fields.String:
    return fields.String(
        validate=NAME,
        metadata={"description": description, "example": example},
        **more,
    )


class JudgementSchema(Schema):
    """What is to be judged for where."""

    environment = _name("The environment whose gate is asked.", "production", required=True)


class StoredVerdictSchema(Schema):
    """A verdict as it was recorded."""

    id = fields.String(required=True, metadata={"description": "The verdict's identifier."})
    number = fields.Integer(
        required=True,
        metadata={"description": "Counts from 1 within the revision, environment and gate."},
    )
    digest = fields.String(required=True, metadata={"description": "The digest of the canonical verdict."})
    given_at = Moment(required=True, metadata={"description": "When it was given."})
    verdict = CanonicalDocument(VerdictSchema, attribute="document", required=True)


class VerdictQuery(PageQuery):
    """Which verdicts are wanted."""

    component = _name("Verdicts on this component's revisions only.", "harbour", load_default=None)
    revision = fields.String(
        load_default=None,
        validate=COMMIT,
        metadata={"description": "The commit; goes with `component`."},
    )
    state = fields.String(
        load_default=None,
        validate=validate.OneOf([str(state) for state in State]),
        metadata={"description": "Verdicts of this state only.", "example": "fail"},
    )


class ReplaySchema(Schema):
    """A recorded verdict made again."""

    same = fields.Boolean(required=True, metadata={"description": "Whether the bytes agree."})
    recorded = fields.String(required=True, metadata={"description": "The digest that was recorded."})
    replayed = fields.String(required=True, metadata={"description": "The digest of what came out now."})
    verdict = VerdictDocument(VerdictSchema, required=True)


class TrialRequestSchema(Schema):
    """A gate that is to be tried on history."""

    gate = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "The gate's document, as for declaring it.",
            "additionalProperties": True,
        },
    )
    last = fields.Integer(
        load_default=100,
        validate=validate.Range(1, MAX_TRIED),
        metadata={"description": "How many of the newest revisions with evidence to try it on."},
    )
    component = _name("Revisions of this component only; of all, if not given.", "harbour", load_default=None)


class TriedSchema(Schema):
    """What the gate would have said of one revision."""

    component = fields.String(required=True, metadata={"description": "The component."})
    revision = fields.String(attribute="commit", required=True, metadata={"description": "The commit."})
    state = fields.String(
        attribute="verdict.state", required=True, validate=validate.OneOf([str(state) for state in State])
    )
    verdict = VerdictDocument(VerdictSchema, required=True)


class TrialSchema(Schema):
    """What the gate would have stopped."""

    gate = fields.Nested(GateNameSchema, required=True)
    tried = fields.Integer(
        attribute="count", required=True, metadata={"description": "How many revisions it was tried on."}
    )
    stopped = fields.Integer(required=True, metadata={"description": "How many it would have stopped."})
    revisions = fields.List(
        fields.Nested(TriedSchema),
        attribute="tried",
        required=True,
        metadata={"description": "Newest first."},
    )
