"""Imports: a workbook uploaded, what it would change and what is wrong with it, applied, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from flask import Response, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.imports import Import, ImportState, UndoConflict, edit_name
from tidegate.domain.workbooks import CellProblem
from tidegate.kernel.http.declarations import requires, takes_file
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.uploads import pieces, spool_folder, spooled_source
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import Page
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.imports import ApplyForm, UndoForm, UploadForm
from tidegate.modules.console.views.frame import attachment, filter_value, next_address, page_request, pages
from tidegate.modules.inventory.exports import FORMATS, ExportService, WrittenWorkbook
from tidegate.modules.inventory.imports import ImportService

IMPORT_SHAPES: Mapping[ImportState, str] = {
    ImportState.PREVIEWED: "missing",
    ImportState.APPLIED: "pass",
    ImportState.UNDONE: "stale",
}
"""The shape that stands beside the word for how far an import has come."""
_BYTES = "application/octet-stream"
_SHOWN = 100
_Part: TypeAlias = "Page[FactEdit] | Page[CellProblem] | Page[UndoConflict]"


@pages.get("/inventory/imports")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def list_imports() -> Response:
    """Show the imports, newest first, and ask for another workbook."""
    return _imports(UploadForm(formdata=None))


@pages.post("/inventory/imports")
@requires(Permission.DESCRIBE_TARGET, inside=True)
@takes_file("workbook_max_bytes")
def upload_import() -> BaseResponse:
    """Upload a workbook, and look at what it would change."""
    form = UploadForm()
    if form.validate_on_submit():
        made = form.attempt(lambda: _preview(form))
        if made is not None:
            return redirect(url_for("console.show_import", import_id=made.id), 303)
    return _imports(form)


@pages.get("/inventory/imports/<import_id>")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def show_import(import_id: str) -> Response:
    """Show an import: what it changes, every cell that cannot be used, what stands against undoing it."""
    return _import(import_id, PageForm(formdata=None))


@pages.post("/inventory/imports/<import_id>/apply")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def apply_import(import_id: str) -> BaseResponse:
    """Apply an import as a whole."""
    use(ImportService).find(import_id)
    form = ApplyForm()
    if form.validate_on_submit() and form.attempt(lambda: use(ImportService).apply(import_id)) is not None:
        return redirect(url_for("console.show_import", import_id=import_id), 303)
    return _import(import_id, form)


@pages.post("/inventory/imports/<import_id>/undo")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def undo_import(import_id: str) -> BaseResponse:
    """Take an import back, without what was changed later."""
    use(ImportService).find(import_id)
    form = UndoForm()
    if form.validate_on_submit():
        undone = form.attempt(lambda: use(ImportService).undo(import_id, form.names()))
        if undone is not None:
            return redirect(url_for("console.show_import", import_id=import_id), 303)
    return _import(import_id, form)


@pages.get("/inventory/imports/<import_id>/content")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def download_import(import_id: str) -> Response:
    """Download what was uploaded, byte for byte."""
    found, stream = use(ImportService).content(import_id)
    answer = attachment(stream_with_context(pieces(stream)), found.name, _BYTES)
    answer.content_length = found.size
    return answer


@pages.get("/inventory/export")
@requires(Permission.READ, inside=True)
def export_inventory() -> Response:
    """Download what is declared as a workbook that imports back without a change."""
    asked = filter_value("format")
    return _file(use(ExportService).export(asked if asked in FORMATS else FORMATS[0]))


@pages.get("/inventory/template")
@requires(Permission.READ, inside=True)
def download_template() -> Response:
    """Download an empty workbook with notes and drop-downs."""
    return _file(use(ExportService).template())


def _preview(form: UploadForm) -> Import:
    file = form.file()
    with spool_folder(current_container().settings.data_dir / "incoming") as folder:
        file.save(folder / "workbook")
        name = file.filename or ""
        return use(ImportService).preview(spooled_source(folder / "workbook", name), name)[0]


def _imports(form: UploadForm) -> Response:
    found = use(ImportService).imports(page_request())
    return page(
        "console/imports.html",
        status=form.status if request.method == "POST" else 200,
        imports=found.items,
        next=next_address(found.next_cursor),
        form=form,
        shapes=IMPORT_SHAPES,
        most=current_container().settings.workbook_max_bytes,
    )


def _import(import_id: str, form: PageForm) -> Response:
    service = use(ImportService)
    one = service.find(import_id)
    shown = filter_value("show")
    if shown not in ("changes", "problems", "conflicts"):
        counts = one.counts
        shown = "problems" if counts.problems else "conflicts" if counts.conflicts else "changes"
    found: _Part = getattr(service, shown)(import_id, page_request(_SHOWN))
    return page(
        "console/import.html",
        status=200 if form.fine else form.status,
        one=one,
        shown=shown,
        items=found.items,
        next=next_address(found.next_cursor) if request.method == "GET" else None,
        form=form,
        consent=_consent(one, form),
        shapes=IMPORT_SHAPES,
        edit_name=edit_name,
    )


def _consent(one: Import, form: PageForm) -> PageForm:
    """Return the form by which a reader consents to what comes next, with what is wrong in it."""
    asked = ApplyForm if one.state is ImportState.PREVIEWED else UndoForm
    return form if isinstance(form, asked) else asked(formdata=None)


def _file(made: WrittenWorkbook) -> Response:
    return attachment(made.content, made.name, _BYTES)
