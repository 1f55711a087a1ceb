"""Parity over HTTP: reports, their rows and downloads, and items."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.parity import ParityStatus
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import current_container, sent_later, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.parity import examples
from tidegate.modules.parity.handling import ItemService
from tidegate.modules.parity.ports import ItemChange, ItemState, NewItem, NewReport, ReportState
from tidegate.modules.parity.schemas import (
    ItemChangeSchema,
    NewParityItemSchema,
    NewParityReportSchema,
    ParityDownloadQuery,
    ParityItemHistorySchema,
    ParityItemQuery,
    ParityItemSchema,
    ParityReportQuery,
    ParityReportSchema,
    ParityRowQuery,
    ParityRowSchema,
)
from tidegate.modules.parity.service import ParityService
from tidegate.modules.parity.workbook import MEDIA_TYPES, report_file

blueprint = Blueprint(
    "parity", __name__, url_prefix="/api/v1", description="What differs between two sides of facts."
)


@blueprint.post("/parity-reports")
@blueprint.idempotent
@blueprint.requires(Permission.READ, inside=True)
@blueprint.arguments(NewParityReportSchema, example=examples.NEW_REPORT)
@blueprint.response(201, ParityReportSchema, example=examples.REPORT)
@blueprint.alt_response(
    202,
    schema=ParityReportSchema,
    example=examples.WAITING,
    description="It is too much for a request, and waits for the worker.",
)
@blueprint.problems(NotFound, Invalid)
def create_parity_report(new: NewReport) -> Answer:
    """Compare two sides.

    What was declared with what was observed, an environment with another one, or now with a moment in the
    past. Facts of components that the caller may not see are left out. What is too much for a request is
    compared by the worker: ask for the report until its state is not `waiting`.
    """
    made = use(ParityService).create(new)
    status = 202 if made.state is ReportState.WAITING else 201
    return answer(made, status=status, location=f"/api/v1/parity-reports/{made.id}")


@blueprint.get("/parity-reports")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.page_of(ParityReportSchema, example=examples.REPORT, query=ParityReportQuery)
def list_parity_reports(page: PageRequest, component: str | None) -> Answer:
    """List the reports, newest first.

    Who may see some components alone gets reports of one of them, and those that they asked for.
    """
    return paged(use(ParityService).reports(page, component=component))


@blueprint.get("/parity-reports/<report_id>")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, ParityReportSchema, example=examples.REPORT)
@blueprint.problems(NotFound)
def show_parity_report(report_id: str) -> Answer:
    """Show a report without its rows.

    Its counts are those of when it was made.
    """
    return answer(use(ParityService).report(report_id))


@blueprint.get("/parity-reports/<report_id>/rows")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.page_of(ParityRowSchema, example=examples.ROW, query=ParityRowQuery)
@blueprint.problems(NotFound, Conflict)
def list_parity_rows(page: PageRequest, status: str | None, report_id: str) -> Answer:
    """List the rows of a report.

    Mismatches first, then what is on one side alone, what is stale, and what is the same. A page may hold
    fewer rows than its limit and have another one after it.
    """
    return paged(use(ParityService).rows(report_id, _statuses(status), page))


@blueprint.get("/parity-reports/<report_id>/content")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.arguments(ParityDownloadQuery, location="query", as_kwargs=True)
@blueprint.response(200, content_type="application/json", description="The report in this form.")
@blueprint.doc(
    responses={
        "200": {
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {"report": examples.REPORT, "rows": [examples.ROW]},
                },
                "text/csv": {"schema": {"type": "string"}, "example": examples.CSV},
                MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}, "example": "PK"},
            }
        }
    }
)
@blueprint.problems(NotFound, Conflict)
def download_parity_report(report_id: str, format: str, status: str | None) -> Response:
    """Download a report as JSON, CSV or a workbook.

    In CSV, texts that a spreadsheet would take for a formula begin with an apostrophe. A workbook holds as
    many rows as PARITY_MAX_WORKBOOK_ROWS allows, the worst first, and says how many are left out.
    """
    service = use(ParityService)
    report = service.done(report_id)
    most = current_container().settings.parity_max_workbook_rows
    pieces = report_file(report, service.all_rows(report_id, _statuses(status)), format, most_rows=most)
    headers = {"Content-Disposition": f'attachment; filename="parity-{report.id}.{format}"'}
    return Response(sent_later(pieces), 200, headers, content_type=MEDIA_TYPES[format])


@blueprint.post("/parity-items")
@blueprint.idempotent
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(NewParityItemSchema, example=examples.NEW_ITEM)
@blueprint.response(
    201, ParityItemHistorySchema, example={"item": examples.ITEM, "history": examples.HISTORY}
)
@blueprint.alt_response(
    200,
    schema=ParityItemHistorySchema,
    example={"item": examples.ITEM, "history": examples.HISTORY},
    description="Somebody looked after it already: it is changed, on the values of this report.",
)
@blueprint.problems(NotFound, Invalid, Conflict)
def handle_parity_row(new: NewItem) -> Answer:
    """Assign, explain, accept or resolve a difference.

    It is known by comparison, subject and field, so that it stays handled in later reports. What is accepted
    needs a note and a date, and is accepted for the two values of this report alone.
    """
    found, is_new = use(ItemService).handle(new)
    location = f"/api/v1/parity-items/{found.item.id}" if is_new else None
    return answer(found, status=201 if is_new else 200, version=found.item.version, location=location)


@blueprint.get("/parity-items")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.page_of(ParityItemSchema, example=examples.ITEM, query=ParityItemQuery)
def list_parity_items(
    page: PageRequest, state: str | None, assignee: str | None, component: str | None
) -> Answer:
    """List the differences that somebody looks after, newest first.

    `accepted` is told as it was said; after its date it counts no more.
    """
    wanted = ItemState(state) if state is not None else None
    found = use(ItemService).items(page, state=wanted, assignee=assignee, component=component)
    return paged(found)


@blueprint.get("/parity-items/<item_id>")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(
    200, ParityItemHistorySchema, example={"item": examples.ITEM, "history": examples.HISTORY}
)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_parity_item(item_id: str) -> Answer:
    """Show a difference that somebody looks after, and its history.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(ItemService).item(item_id)
    return answer(found, version=found.item.version)


@blueprint.patch("/parity-items/<item_id>")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(ItemChangeSchema, example=examples.CHANGE)
@blueprint.response(
    200, ParityItemHistorySchema, example={"item": examples.ITEM, "history": examples.HISTORY}
)
@blueprint.conditional
@blueprint.problems(NotFound, Invalid)
def change_parity_item(change: ItemChange, item_id: str) -> Answer:
    """Change what becomes of a difference.

    On the values that it was handled on; to handle it on newer ones, handle the row of a newer report.
    """
    found = use(ItemService).change(item_id, change, if_match())
    return answer(found, version=found.item.version)


def _statuses(status: str | None) -> tuple[ParityStatus, ...]:
    return tuple(ParityStatus) if status is None else (ParityStatus(status),)
