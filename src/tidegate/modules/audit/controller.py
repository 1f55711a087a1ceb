"""The audit log over HTTP: read, export, verify."""

from __future__ import annotations

from flask import Response, stream_with_context

from tidegate.domain.access import Permission
from tidegate.domain.audit import to_line
from tidegate.domain.canonical import canonical_json
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit import examples
from tidegate.modules.audit.schemas import AuditEventSchema, AuditQuery, VerificationSchema
from tidegate.modules.audit.service import AuditService

blueprint = Blueprint(
    "audit", __name__, url_prefix="/api/v1/audit", description="Every change, as a chain that shows any edit."
)

NDJSON = "application/x-ndjson"
HEAD_HEADER = "Tidegate-Audit-Head"
_LINE = canonical_json(examples.EVENT).decode() + "\n"


@blueprint.get("/events")
@blueprint.requires(Permission.READ_AUDIT)
@blueprint.page_of(AuditEventSchema, example=examples.EVENT, query=AuditQuery)
def list_events(page: PageRequest, subject: str | None, action: str | None) -> Answer:
    """List the changes.

    Newest first; narrowed to a subject such as `component:shop` or an action such as `component.changed`.
    """
    return paged(use(AuditService).events(page, subject=subject, action=action))


@blueprint.get("/export")
@blueprint.requires(Permission.READ_AUDIT)
@blueprint.response(200, content_type=NDJSON, description="One event a line, oldest first.")
@blueprint.doc(responses={"200": {"content": {NDJSON: {"schema": {"type": "string"}, "example": _LINE}}}})
def export_events() -> Response:
    """Export the complete log.

    One event a line, oldest first, for `tidegate audit verify FILE`, which needs no server. The header
    `Tidegate-Audit-Head` names the last event: keep it elsewhere, it tells of an export that was cut short.
    """
    head, rows = use(AuditService).export()
    response = Response(stream_with_context(map(to_line, rows)), content_type=NDJSON)
    if head is not None:
        response.headers[HEAD_HEADER] = f"{head.seq}:{head.hash}"
    return response


@blueprint.get("/verification")
@blueprint.requires(Permission.READ_AUDIT)
@blueprint.response(200, VerificationSchema, example=examples.VERIFICATION)
def verify_events() -> Answer:
    """Verify the complete log.

    Reads every event, so it takes a while on a long log. The answer is 200 whatever is found.
    """
    return answer(use(AuditService).verification())
