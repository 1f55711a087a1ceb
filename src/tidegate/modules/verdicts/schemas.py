"""How verdicts look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.measures import Kind
from tidegate.domain.states import State
from tidegate.kernel.http.documents import (
    CanonicalDocument,
    GateDocumentSchema,
    GateNameSchema,
    Measures,
    Moment,
    RuleFactSchema,
    SubjectSchema,
    VerdictDocument,
    VerdictSchema,
)
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import COMMIT, NAME
from tidegate.modules.verdicts.service import GateTrial, Judgement

MAX_TRIED = 500
_COMMITS = "The commits that it names itself."


def _name(description: str, example: str, **more: Any) -> fields.String:
    return fields.String(
        validate=NAME,
        metadata={"description": description, "example": example},
        **more,
    )


class JudgementSchema(Schema):
    """What is to be judged for where."""

    environment = _name("The environment whose gate is asked.", "production", required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Judgement:
        """Make what is asked for."""
        return Judgement(**data)


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


def _said(description: str, *, required: bool = True, null: bool = False) -> fields.String:
    return fields.String(required=required, allow_none=null, metadata={"description": description})


def _time(description: str, *, required: bool = True) -> fields.String:
    return fields.String(required=required, metadata={"format": "date-time", "description": description})


def _kind(*, null: bool = False) -> fields.String:
    return fields.String(
        required=True,
        allow_none=null,
        validate=validate.OneOf([str(kind) for kind in Kind]),
        metadata={"description": "What kind of evidence it is."},
    )


def _measured() -> Measures:
    return Measures("The measured values; as text where JSON cannot hold one exactly.", exact=True)


class ToolRunSchema(Schema):
    """What one of several tools says in a report that they share."""

    kind = _kind()
    tool = _said("The tool that wrote it.")
    measures = _measured()
    ran = fields.Boolean(required=True, metadata={"description": "Whether the tool did its work."})
    why_not = _said("Why it did not.", null=True)
    commits = fields.List(fields.String(), required=True, metadata={"description": _COMMITS})


class EvidenceInputSchema(ToolRunSchema):
    """One report as it was judged."""

    kind = _kind(null=True)
    digest = _said("The report's digest.")
    slot = _said("Where it was submitted, often its path.")
    format = _said("The report's format.")
    taken_at = _time("When it was taken.")
    unreadable = _said("Why it could not be read.", null=True)
    made_at = _time("When the report, or its sender afterwards, says that it was made.", required=False)
    commits = fields.List(fields.String(), metadata={"description": _COMMITS})
    runs = fields.List(
        fields.Nested(ToolRunSchema), metadata={"description": "What each tool says, where several share it."}
    )


class WaiverSchema(Schema):
    """A person's signed exception from one rule."""

    id = _said("Its identifier.")
    gate = _said("The gate's name.")
    rule = _said("The rule's name within its gate.")
    component = _said("The component that is excused.")
    environment = _said("Where; null means everywhere.", null=True)
    owner = _said("Who asked for it.")
    approver = _said("Who approved it.")
    reason = _said("Why.")
    granted_at = _time("When it was approved.")
    expires_at = _time("When it ends.")
    covers = fields.List(
        fields.String(validate=validate.OneOf([str(state) for state in State])),
        required=True,
        metadata={"description": "The states that it excuses."},
    )


class CoverageJoinSchema(Schema):
    """What several reports of coverage give together."""

    reports = fields.List(
        fields.List(fields.String()),
        required=True,
        metadata={"description": "The digest and the slot of each report."},
    )
    values = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "The joined counts by the names of their measures."},
    )
    notes = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"description": "By what a measure may be worse than the truth."},
    )


class VerdictInputsSchema(Schema):
    """All that a verdict was made of, in canonical form."""

    engine = _said("The version of how verdicts are made.")
    gate = fields.Nested(GateDocumentSchema, required=True)
    evidence = fields.List(fields.Nested(EvidenceInputSchema), required=True)
    waivers = fields.List(fields.Nested(WaiverSchema), required=True)
    at = _time("The time that it was judged for.")
    subject = fields.Nested(SubjectSchema, required=True)
    joins = fields.List(fields.Nested(CoverageJoinSchema), required=True)
    facts = fields.List(
        fields.Nested(RuleFactSchema),
        metadata={"description": "The facts that the rules read; left out where no rule reads any."},
    )


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
    environment = _name(
        "Where facts are read; if not given, the highest environment that a gate of this name guards.",
        "production",
        load_default=None,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> GateTrial:
        """Make what is asked for."""
        return GateTrial(**data)


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
