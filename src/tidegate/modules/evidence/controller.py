"""Evidence over HTTP: submit a report, read what was submitted."""

from __future__ import annotations

from datetime import datetime

from flask import Response, stream_with_context

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.report_forms import FormLimits, uploaded_form
from tidegate.kernel.http.uploads import pieces, uploaded_report
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.evidence import examples
from tidegate.modules.evidence.forms import incoming
from tidegate.modules.evidence.ports import IncomingReport
from tidegate.modules.evidence.schemas import (
    BaselineQuerySchema,
    EvidenceSchema,
    ItemQuerySchema,
    ItemsSchema,
    SubmissionFormSchema,
    SubmissionOfReportsSchema,
    SubmissionQuerySchema,
    SubmissionSchema,
)
from tidegate.modules.evidence.service import EvidenceService

blueprint = Blueprint(
    "evidence", __name__, url_prefix="/api/v1", description="Reports as tools wrote them, and what they say."
)


@blueprint.post("/components/<component>/revisions/<revision>/evidence")
@blueprint.requires(Permission.SUBMIT)
@blueprint.takes_report(
    example='<testsuite tests="1"><testcase name="it floats"/></testsuite>',
    description="The report's bytes as its tool wrote them, whatever `Content-Type` they are sent with. "
    "An empty body is an empty report.",
)
@blueprint.arguments(SubmissionQuerySchema, location="query", as_kwargs=True)
@blueprint.response(201, SubmissionSchema, example=examples.SUBMISSION)
@blueprint.alt_response(
    200,
    schema=SubmissionSchema,
    example=examples.REPEATED,
    description="The same submission counted already; the verdicts are of now.",
)
@blueprint.problems(NotFound, Invalid, "too-large", "unsupported-media-type")
@blueprint.main_job(4, "Submit a report for a commit: the verdicts come with the answer.")
def submit_evidence(
    component: str,
    revision: str,
    slot: str,
    format: str | None,
    taken_at: datetime | None,
    baseline: str | None,
) -> Answer:
    """Submit a report and get the verdicts.

    The body is the report as its tool wrote it. Its format is found by its content. The revision is
    registered if it is new; the answer holds what every gate says now. A report that cannot be understood is
    kept all the same, and blocks. The same submission again (slot, bytes, format, baseline and run) adds no
    evidence; it is judged anew, so the answer is never older than the question.

    A report sent alone is judged alone, with what is there already: where a gate asks for nothing that is
    still to come, that verdict may be a pass. Reports that belong together belong into one submission:
    `POST …/submissions`.
    """
    settings = current_container().settings
    with uploaded_report(
        name=slot, max_bytes=settings.max_report_bytes, spool=settings.data_dir / "incoming"
    ) as source:
        report = IncomingReport(source, slot, format, taken_at)
        submission = use(EvidenceService).submit(
            [report], component=component, commit=revision, baseline=baseline
        )
    return answer(
        submission,
        status=200 if submission.repeated else 201,
        location=f"/api/v1/evidence/{submission.reports[0].evidence.id}",
    )


@blueprint.post("/components/<component>/revisions/<revision>/submissions")
@blueprint.requires(Permission.SUBMIT)
@blueprint.takes_form(
    SubmissionFormSchema,
    example=examples.FORM,
    description="A form of files. curl names a file without its folder: where two are called alike, name "
    "their slots, as in `--form 'report=@unit/junit.xml;filename=unit/junit.xml'`.",
)
@blueprint.arguments(BaselineQuerySchema, location="query", as_kwargs=True)
@blueprint.response(201, SubmissionOfReportsSchema, example=examples.SUBMISSION_OF_REPORTS)
@blueprint.alt_response(
    200,
    schema=SubmissionOfReportsSchema,
    example=examples.REPEATED_REPORTS,
    description="All of these reports counted already; the verdicts are of now.",
)
@blueprint.problems(NotFound, Invalid, "too-large", "unsupported-media-type")
def submit_reports(component: str, revision: str, baseline: str | None) -> Answer:
    """Submit several reports, all or none, and get the verdicts on all of them.

    Nothing is recorded, and no verdict given, before every report has arrived and was read; then all are
    recorded at once and judged once. What is wrong with the form, or a connection that breaks, leaves nothing
    behind. Each report is treated as by `POST …/evidence`: those that counted already are `repeated`, and one
    that cannot be understood is kept and blocks. At most MAX_SUBMISSION_REPORTS reports, each of
    MAX_REPORT_BYTES, all of MAX_SUBMISSION_BYTES. It is safe to repeat.
    """
    settings = current_container().settings
    with uploaded_form(FormLimits.of(settings), spool=settings.data_dir / "incoming") as form:
        submission = use(EvidenceService).submit(
            incoming(form), component=component, commit=revision, baseline=baseline
        )
    return answer(
        submission,
        status=200 if submission.repeated else 201,
        location=f"/api/v1/components/{component}/revisions/{revision}/evidence",
    )


@blueprint.get("/components/<component>/revisions/<revision>/evidence")
@blueprint.requires(Permission.READ)
@blueprint.page_of(EvidenceSchema, example=examples.EVIDENCE)
@blueprint.problems(NotFound, Invalid)
def list_evidence(page: PageRequest, component: str, revision: str) -> Answer:
    """List a revision's evidence, newest first.

    Of several reports in one slot only the newest counts; the others stay on record.
    """
    return paged(use(EvidenceService).of_revision(component, revision, page))


@blueprint.get("/evidence/<evidence_id>")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, EvidenceSchema, example=examples.EVIDENCE)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_evidence(evidence_id: str) -> Answer:
    """Show one piece of evidence.

    Evidence never changes: what is shown is what was read when it came in.
    """
    return answer(use(EvidenceService).evidence(evidence_id), version=evidence_id)


@blueprint.get("/evidence/<evidence_id>/items")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.arguments(ItemQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, ItemsSchema, example=examples.ITEMS)
@blueprint.problems(NotFound, Invalid)
def list_evidence_items(evidence_id: str, limit: int, new: bool) -> Answer:
    """List the failing tests and the findings of a report.

    What a rule counts, by name and place: the first of each severity and outcome, with the number of the
    rest. The report is read again for it; of one that is too large, download the content. With `new` those
    findings alone that the report's baseline does not have.
    """
    return answer(use(EvidenceService).items(evidence_id, most=limit, only_new=new))


@blueprint.get("/evidence/<evidence_id>/content")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    content_type="application/octet-stream",
    example='<testsuite tests="1"><testcase name="it floats"/></testsuite>',
)
@blueprint.problems(NotFound)
def download_evidence(evidence_id: str) -> Response:
    """Download the report, byte for byte as it was submitted.

    `Content-Type` is always `application/octet-stream`: no browser is to run what a stranger sent.
    """
    found, stream = use(EvidenceService).content(evidence_id)
    name = found.facts.digest.removeprefix("sha256:")
    headers = {
        "Content-Length": str(found.size),
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{found.facts.digest}"',
    }
    return Response(
        stream_with_context(pieces(stream)), 200, headers, content_type="application/octet-stream"
    )
