"""How evidence looks over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from tidegate.domain.measures import Kind
from tidegate.kernel.http.documents import Document, RulingSchema
from tidegate.kernel.http.patterns import COMMIT as COMMIT_HASH
from tidegate.kernel.http.patterns import NO_CONTROLS
from tidegate.modules.evidence.examples import COMMIT


class SubmissionQuerySchema(Schema):
    """What a sender says about the report in the body."""

    slot = fields.String(
        required=True,
        validate=[validate.Length(1, 300), NO_CONTROLS],
        metadata={
            "description": "Which report of the revision this is, such as its path in the workspace. A "
            "report replaces the one before it in its slot; reports in different slots count together.",
            "example": "reports/junit.xml",
        },
    )
    format = fields.String(
        load_default=None,
        validate=validate.Length(1, 40),
        metadata={
            "description": "The format, where the content alone should not decide.",
            "example": "junit",
        },
    )
    taken_at = fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "When the tool wrote the report; rules with `max_age` count from here. "
            "Now, if not given or if the sender's clock is up to five minutes ahead; refused beyond.",
            "example": "2026-11-21T02:26:48Z",
        },
    )
    baseline = fields.String(
        load_default=None,
        validate=COMMIT_HASH,
        metadata={
            "description": "The commit whose findings count as known for `findings.new.*`; the component's "
            "newest release, if not given.",
            "example": COMMIT,
        },
    )


class EvidenceSchema(Schema):
    """One report as it was read."""

    id = fields.String(required=True, metadata={"description": "The submission's identifier."})
    digest = fields.String(required=True, metadata={"description": "SHA-256 of the report's bytes."})
    size = fields.Integer(required=True, metadata={"description": "The report's size in bytes."})
    slot = fields.String(required=True, metadata={"description": "Which report of the revision this is."})
    format = fields.String(required=True, metadata={"description": "The format that was recognised."})
    kind = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([str(kind) for kind in Kind]),
        metadata={"description": "What it is evidence of; null where even that could not be told."},
    )
    tool = fields.String(required=True, metadata={"description": "The tool that wrote it."})
    tool_version = fields.String(required=True, metadata={"description": "Its version, if the report says."})
    ran = fields.Boolean(required=True, metadata={"description": "Whether the tool did its work."})
    why_not = fields.String(required=True, allow_none=True, metadata={"description": "Why it did not."})
    unreadable = fields.String(
        required=True, allow_none=True, metadata={"description": "Why the report cannot be understood."}
    )
    measures = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "What the report measures."}
    )
    baseline = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The commit that new findings are told from."},
    )
    made_at = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "format": "date-time",
            "description": "When the report says that it was made; `max_age` counts from here where this is "
            "older than `taken_at`.",
        },
    )
    commits = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The commits that the report says it is of; the revision must be one."},
    )
    taken_at = fields.String(required=True, metadata={"format": "date-time"})
    received_at = fields.String(required=True, metadata={"format": "date-time"})


class SubmissionSchema(Schema):
    """The answer to a submission: what was read, and what the gates say now."""

    evidence = Document(EvidenceSchema, required=True)
    repeated = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the same submission (bytes, format, baseline and run) counted for this "
            "slot already."
        },
    )
    verdicts = fields.List(
        Document(RulingSchema),
        required=True,
        metadata={"description": "One verdict for each environment that a gate guards, judged now."},
    )
