"""Parity: reports of what differs, their rows with source and age, and what people make of a difference."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.errors import NotFound
from tidegate.domain.parity import FINDINGS, Key, ParityStatus
from tidegate.kernel.access import Access
from tidegate.kernel.http.declarations import reads_replica, requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, sent_later, use
from tidegate.modules.console.forms.parity import CompareForm, ItemForm
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.frame import attachment, filter_value, next_address, page_request, pages
from tidegate.modules.parity.handling import ItemService
from tidegate.modules.parity.ports import ItemState, ItemWithHistory, NewItem, ParityReport, ReportState
from tidegate.modules.parity.service import ParityService
from tidegate.modules.parity.workbook import MEDIA_TYPES, report_file

STATUSES = (*FINDINGS, ParityStatus.MATCH)
PARITY_SHAPES = {
    ParityStatus.MATCH: "pass",
    ParityStatus.MISMATCH: "fail",
    ParityStatus.UNOBSERVED: "missing",
    ParityStatus.UNDECLARED: "undeclared",
    ParityStatus.STALE: "stale",
}
"""The shape that stands beside each status's word."""


@pages.get("/parity")
@requires(Permission.READ, inside=True)
@reads_replica
def list_parity_reports() -> Response:
    """Show the newest reports, and ask what else is to be compared."""
    form = CompareForm(formdata=None, left="declared", right="observed")
    return _reports(form)


@pages.post("/parity")
@requires(Permission.READ, inside=True)
def create_parity_report() -> BaseResponse:
    """Compare two sides."""
    form = CompareForm()
    _offer_environments(form)
    if form.validate_on_submit():
        made = form.attempt(lambda: use(ParityService).create(form.wanted()))
        if made is not None:
            return redirect(url_for("console.show_parity_report", report_id=made.id), 303)
    return _reports(form)


@pages.get("/parity/<report_id>")
@requires(Permission.READ, inside=True)
def show_parity_report(report_id: str) -> Response:
    """Show a report: its counts, and its rows with both values, their sources and ages."""
    report, status = use(ParityService).report(report_id), _status()
    found = None
    if report.state is ReportState.DONE:
        wanted = STATUSES if status is None else (status,)
        found = use(ParityService).rows(report_id, wanted, page_request())
    return page(
        "console/parity_report.html",
        report=report,
        rows=found.items if found else (),
        next=next_address(found.next_cursor) if found else None,
        status=200,
        wanted=status,
        statuses=STATUSES,
        shapes=PARITY_SHAPES,
        forms=MEDIA_TYPES,
    )


@pages.get("/parity/<report_id>/content")
@requires(Permission.READ, inside=True)
@reads_replica
def download_parity_report(report_id: str) -> Response:
    """Download a report as JSON, CSV or a workbook."""
    service, form = use(ParityService), filter_value("format") or "json"
    report, status = service.done(report_id), _status()
    if form not in MEDIA_TYPES:
        raise NotFound("form of a report", form)
    rows = service.all_rows(report_id, STATUSES if status is None else (status,))
    most = current_container().settings.parity_max_workbook_rows
    pieces = report_file(report, rows, form, most_rows=most)
    return attachment(sent_later(pieces), f"parity-{report.id}.{form}", MEDIA_TYPES[form])


@pages.get("/parity/<report_id>/rows/<component>/<field>")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def show_parity_row(report_id: str, component: str, field: str) -> Response:
    """Show a difference of a report, and ask what is to become of it."""
    return _row(report_id, (component, filter_value("environment") or "", field), ItemForm(formdata=None))


@pages.post("/parity/<report_id>/rows/<component>/<field>")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def handle_parity_row(report_id: str, component: str, field: str) -> BaseResponse:
    """Look after a difference of a report."""
    form, environment = ItemForm(), filter_value("environment")
    if form.validate_on_submit():
        new = NewItem(report_id, component, environment, field, form.change())
        made = form.attempt(lambda: use(ItemService).handle(new))
        if made is not None:
            return redirect(url_for("console.show_parity_item", item_id=made[0].item.id), 303)
    return _row(report_id, (component, environment or "", field), form)


@pages.get("/parity/items")
@requires(Permission.READ, inside=True)
@reads_replica
def list_parity_items() -> Response:
    """Show the differences that somebody looks after."""
    given, assignee = filter_value("state"), filter_value("assignee")
    state = next((one for one in ItemState if one == given), None)
    found = use(ItemService).items(page_request(), state=state, assignee=assignee)
    return page(
        "console/parity_items.html",
        items=found.items,
        next=next_address(found.next_cursor),
        states=tuple(ItemState),
        state=state,
        assignee=assignee,
        shapes=PARITY_SHAPES,
    )


@pages.get("/parity/items/<item_id>")
@requires(Permission.READ, inside=True)
def show_parity_item(item_id: str) -> Response:
    """Show a difference that somebody looks after, and its history."""
    found = use(ItemService).item(item_id)
    return _item(found, _form_of(found))


@pages.post("/parity/items/<item_id>")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def change_parity_item(item_id: str) -> BaseResponse:
    """Change what becomes of a difference."""
    form, found = ItemForm(), use(ItemService).item(item_id)
    use(Access).require(
        Permission.DESCRIBE_TARGET,
        component=found.item.component,
        environment=found.item.environment or None,
    )
    if form.validate_on_submit():
        change, condition = form.change(), form.condition()
        if form.attempt(lambda: use(ItemService).change(item_id, change, condition)) is not None:
            return redirect(url_for("console.show_parity_item", item_id=item_id), 303)
    found = use(ItemService).item(item_id)
    form.read_again(found.item.version)
    return _item(found, form)


def _status() -> ParityStatus | None:
    given = filter_value("status")
    return next((status for status in ParityStatus if status == given), None)


def _reports(form: CompareForm) -> Response:
    found = use(ParityService).reports(page_request(), component=filter_value("component"))
    _offer_environments(form)
    return page(
        "console/parity_reports.html",
        reports=found.items,
        next=next_address(found.next_cursor),
        form=form,
        status=form.status if form.is_submitted() and request.method == "POST" else 200,
    )


def _offer_environments(form: CompareForm) -> None:
    known = [(one.name, one.name) for one in use(ConsoleService).environments()]
    for field in (form.left_environment, form.right_environment):
        field.choices = [("", "all"), *known]


def _row(report_id: str, key: Key, form: ItemForm) -> Response:
    component, environment, _ = key
    use(Access).require(Permission.DESCRIBE_TARGET, component=component, environment=environment or None)
    report: ParityReport = use(ParityService).done(report_id)
    return page(
        "console/parity_row.html",
        report=report,
        row=use(ParityService).row(report, key),
        form=form,
        shapes=PARITY_SHAPES,
        status=form.status if request.method == "POST" else 200,
    )


def _form_of(found: ItemWithHistory) -> ItemForm:
    item = found.item
    return ItemForm(
        formdata=None,
        state=str(item.state),
        assignee=item.assignee or "",
        note=item.note or "",
        accepted_until=item.accepted_until.date() if item.accepted_until is not None else None,
        version=str(item.version),
    )


def _item(found: ItemWithHistory, form: ItemForm) -> Response:
    return page(
        "console/parity_item.html",
        item=found.item,
        history=found.history,
        form=form,
        shapes=PARITY_SHAPES,
        status=form.status if request.method == "POST" else 200,
    )
