"""How evidence looks over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.findings import Outcome, Severity
from tidegate.domain.measures import Kind
from tidegate.kernel.http.documents import Measures, Moment, RulingSchema, SparseSchema
from tidegate.kernel.http.patterns import COMMIT as COMMIT_HASH
from tidegate.kernel.http.patterns import NO_CONTROLS
from tidegate.modules.evidence.examples import COMMIT, RUNS
from tidegate.modules.evidence.ports import Submission, SubmittedReport


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": description}, **more)


SLOT = validate.And(validate.Length(1, 300), NO_CONTROLS)
"""What may name a slot."""


def _format() -> fields.String:
    return fields.String(
        load_default=None,
        validate=validate.Length(1, 40),
        metadata={
            "description": "The format, where the content alone should not decide.",
            "example": "junit",
        },
    )


def _taken_at() -> fields.AwareDateTime:
    return fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "When the tool wrote the report; rules with `max_age` count from here. "
            "Now, if not given or if the sender's clock is up to five minutes ahead; refused beyond. Bytes "
            "that count in the slot already are of the same run, and stay as old as they are, unless this is "
            "later; where it is earlier, they age from it.",
            "example": "2026-11-21T02:26:48Z",
        },
    )


def _baseline() -> fields.String:
    return fields.String(
        load_default=None,
        validate=COMMIT_HASH,
        metadata={
            "description": "The commit whose findings count as known for `findings.new.*`; the component's "
            "newest release, if not given.",
            "example": COMMIT,
        },
    )


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
    format = _format()
    taken_at = _taken_at()
    baseline = _baseline()


class BaselineQuerySchema(Schema):
    """What a sender says of all reports of a form."""

    baseline = _baseline()


class ReportDetailsSchema(Schema):
    """What a sender says about one report of a form; what is left out is found out."""

    format = _format()
    taken_at = _taken_at()


class SubmissionFormSchema(Schema):
    """Reports of one revision, to be recorded all together or not at all."""

    report = fields.List(
        fields.String(metadata={"format": "binary"}),
        required=True,
        validate=validate.Length(1),
        metadata={
            "description": "A file part for each report: its bytes as the tool wrote them, and as `filename` "
            "its slot, path included. Two parts of one name are refused."
        },
    )
    details = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ReportDetailsSchema),
        metadata={
            "description": "What to know of some of them, by slot: a part of JSON text, never a file.",
        },
    )


class EvidenceRunSchema(Schema):
    """What one of several tools says of its own run, in a report that they share."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([str(kind) for kind in Kind]),
        metadata={"description": "What its part is evidence of."},
    )
    tool = _text("The tool.")
    measures = Measures("What its part measures.")
    ran = fields.Boolean(required=True, metadata={"description": "Whether the tool did its work."})
    why_not = _text("Why it did not.", allow_none=True)
    commits = fields.List(
        fields.String(), required=True, metadata={"description": "The commits that its part says it is of."}
    )


class EvidenceSchema(SparseSchema):
    """One report as it was read."""

    id = _text("The submission's identifier.")
    digest = _text("SHA-256 of the report's bytes.", attribute="facts.digest")
    size = fields.Integer(required=True, metadata={"description": "The report's size in bytes."})
    slot = _text("Which report of the revision this is.", attribute="facts.slot")
    format = _text("The format that was recognised.", attribute="facts.format")
    kind = fields.String(
        attribute="facts.kind",
        validate=validate.OneOf([str(kind) for kind in Kind]),
        metadata={"description": "What it is evidence of; omitted where it is not known."},
    )
    tool = _text("The tool that wrote it.", attribute="facts.tool")
    tool_version = _text("Its version, if the report says.")
    ran = fields.Boolean(
        attribute="facts.ran", required=True, metadata={"description": "Whether the tool did its work."}
    )
    why_not = _text("Why it did not.", attribute="facts.why_not", allow_none=True)
    unreadable = _text("Why the report cannot be understood.", attribute="facts.unreadable", allow_none=True)
    measures = Measures("What the report measures.", attribute="facts.measures")
    baseline = _text("The commit that new findings are compared with.", allow_none=True)
    made_at = Moment(
        attribute="facts.made_at",
        required=True,
        allow_none=True,
        metadata={
            "description": "When the report says that it was made, or an older `taken_at` that came with the "
            "same bytes later; `max_age` counts from here where this is older than `taken_at`.",
        },
    )
    commits = fields.List(
        fields.String(),
        attribute="facts.commits",
        required=True,
        metadata={"description": "The commits that the report says it is of; the revision must be one."},
    )
    runs = fields.List(
        fields.Nested(EvidenceRunSchema),
        attribute="facts.runs",
        required=True,
        metadata={
            "description": "What each tool says of its own run, where several share the report, as in a "
            "merged SARIF log; rules see these parts. Empty where one tool wrote it.",
            "example": RUNS,
        },
    )
    taken_at = Moment(
        attribute="facts.taken_at",
        required=True,
        metadata={"description": "When the tool wrote it; ages count from here."},
    )
    received_at = Moment(required=True, metadata={"description": "When it came in."})


class ItemQuerySchema(Schema):
    """How much of a report is wanted."""

    limit = fields.Integer(
        load_default=20,
        validate=validate.Range(1, 500),
        metadata={"description": "How many of each severity and outcome are listed.", "example": 20},
    )
    new = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Only findings that the report's baseline does not have; 422 where it was "
            "compared with none.",
            "example": False,
        },
    )


class CaseSchema(Schema):
    """A test that did not pass."""

    suite = _text("The suite that it belongs to.")
    name = _text("Its name.")
    outcome = fields.String(
        required=True,
        validate=validate.OneOf([str(outcome) for outcome in (Outcome.FAILED, Outcome.ERROR)]),
        metadata={"description": "How it ended."},
    )
    detail = _text("The first line of what went wrong.")


class FindingSchema(SparseSchema):
    """One problem that a tool reported."""

    tool = _text("The tool that found it.")
    rule = _text("The tool's rule.")
    message = _text("What the tool says.")
    severity = fields.String(
        required=True,
        validate=validate.OneOf([str(severity) for severity in Severity]),
        metadata={"description": "How bad it is; `unrated` where the report does not say."},
    )
    path = _text("The file, as the report names it.")
    line = fields.Integer(metadata={"description": "The line, counted from 1; left out where none is named."})
    suppressed = fields.Boolean(
        required=True, metadata={"description": "Whether it was accepted in the report itself."}
    )


class ItemsSchema(Schema):
    """What a report names."""

    cases = fields.List(
        fields.Nested(CaseSchema),
        required=True,
        metadata={"description": "Tests that failed or broke, in the report's order."},
    )
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata={"description": "Findings, in the report's order."},
    )
    more = fields.Integer(required=True, metadata={"description": "How many are not listed."})
    left_out = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        attribute="left_out_by_name",
        required=True,
        metadata={
            "description": "How many of each severity and outcome are not listed; `suppressed` are findings "
            "that were accepted in the report itself.",
            "example": {"failed": 3},
        },
    )


def _repeated() -> fields.Boolean:
    return fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the same submission (bytes, format, baseline and run) counted for this "
            "slot already."
        },
    )


def _verdicts() -> fields.List[Any]:
    return fields.List(
        fields.Nested(RulingSchema),
        attribute="rulings",
        required=True,
        metadata={"description": "One verdict for each environment that a gate guards, judged now."},
    )


class SubmissionSchema(Schema):
    """The answer to a report: what was read, and what the gates say now."""

    evidence = fields.Nested(EvidenceSchema, required=True)
    repeated = _repeated()
    verdicts = _verdicts()

    def get_attribute(self, obj: Submission, attr: str, default: Any) -> Any:
        """Take the evidence of a submission of one report."""
        if attr == "evidence":
            return obj.reports[0].evidence
        return super().get_attribute(obj, attr, default)


class SubmittedEvidenceSchema(EvidenceSchema):
    """One report of a submission: what was read, and whether it counted already."""

    repeated = _repeated()

    def get_attribute(self, obj: SubmittedReport, attr: str, default: Any) -> Any:
        """Take everything but `repeated` from the evidence."""
        return super().get_attribute(obj if attr == "repeated" else obj.evidence, attr, default)


class SubmissionOfReportsSchema(Schema):
    """The answer to several reports: each as it was read, and what the gates say with all of them."""

    evidence = fields.List(
        fields.Nested(SubmittedEvidenceSchema),
        attribute="reports",
        required=True,
        metadata={"description": "The reports, in the order of the form."},
    )
    verdicts = _verdicts()
