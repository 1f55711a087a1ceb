"""Evidence over HTTP: submit a report, read what was submitted."""

from __future__ import annotations

from datetime import datetime

from flask import Response, stream_with_context

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.uploads import pieces, uploaded_report
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.evidence import examples
from tidegate.modules.evidence.schemas import (
    EvidenceSchema,
    ItemQuerySchema,
    ItemsSchema,
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
    """
    settings = current_container().settings
    with uploaded_report(
        name=slot, max_bytes=settings.max_report_bytes, spool=settings.data_dir / "incoming"
    ) as source:
        submission = use(EvidenceService).submit(
            source,
            component=component,
            commit=revision,
            slot=slot,
            format=format,
            taken_at=taken_at,
            baseline=baseline,
        )
    return answer(
        submission,
        status=200 if submission.repeated else 201,
        location=f"/api/v1/evidence/{submission.evidence.id}",
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
def list_evidence_items(evidence_id: str, limit: int) -> Answer:
    """List the failing tests and the findings of a report.

    What a rule counts, by name and place: the first of each severity and outcome, with the number of the
    rest. The report is read again for it; of one that is too large, download the content.
    """
    return answer(use(EvidenceService).items(evidence_id, most=limit))


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
