"""The inventory over HTTP: targets, and workbooks that describe them and declare facts."""

from __future__ import annotations

from flask import Response, stream_with_context

from tidegate.domain.access import Permission
from tidegate.domain.errors import ConditionNeeded, Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.uploads import pieces, uploaded_report
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.inventory import examples
from tidegate.modules.inventory.exports import ExportService, WrittenWorkbook
from tidegate.modules.inventory.imports import ImportService
from tidegate.modules.inventory.schemas import (
    CellProblemSchema,
    ExportQuerySchema,
    FactEditSchema,
    ImportQuerySchema,
    ImportSchema,
    TargetFactsSchema,
    TargetQuery,
    TargetSchema,
    UndoConflictSchema,
    UndoSchema,
)
from tidegate.modules.inventory.service import InventoryService, TargetFacts

blueprint = Blueprint(
    "inventory", __name__, url_prefix="/api/v1", description="Components in environments: where they answer."
)

imports = Blueprint(
    "imports",
    __name__,
    url_prefix="/api/v1/imports",
    description="Workbooks that declare facts: previewed, applied as a whole, undone.",
)
_BYTES = {"type": "string", "format": "binary"}


@blueprint.get("/targets")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.page_of(TargetSchema, example=examples.TARGET, query=TargetQuery)
def list_targets(page: PageRequest, component: str | None, environment: str | None) -> Answer:
    """List the targets.

    In the order of their components and environments.
    """
    found = use(InventoryService).targets(page, component=component, environment=environment)
    return paged(found)


@blueprint.get("/components/<component>/targets/<environment>")
@blueprint.requires(Permission.READ)
@blueprint.response(200, TargetSchema, example=examples.TARGET)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_target(component: str, environment: str) -> Answer:
    """Show a target.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(InventoryService).target(component, environment)
    return answer(found, version=found.version)


@blueprint.put("/components/<component>/targets/<environment>")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(TargetFactsSchema, example=examples.TARGET_FACTS)
@blueprint.response(200, TargetSchema, example=examples.TARGET)
@blueprint.alt_response(201, schema=TargetSchema, example=examples.TARGET, description="It is new.")
@blueprint.optionally_conditional
@blueprint.problems(NotFound, Invalid, Conflict, ConditionNeeded)
def describe_target(facts: TargetFacts, component: str, environment: str) -> Answer:
    """Register or update a target.

    Component and environment must be registered. Saying the same again changes nothing. A change needs
    `If-Match`.
    """
    target, new = use(InventoryService).describe_target(
        component, environment, facts, if_match(required=False)
    )
    location = f"/api/v1/components/{component}/targets/{environment}" if new else None
    return answer(target, status=201 if new else 200, version=target.version, location=location)


@blueprint.delete("/components/<component>/targets/<environment>")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.response(204)
@blueprint.problems(NotFound)
def remove_target(component: str, environment: str) -> Response:
    """Take a target out.

    It is probed no more. Its facts and their history stay.
    """
    use(InventoryService).remove_target(component, environment)
    return Response(status=204)


@blueprint.get("/inventory/export")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.reads_replica
@blueprint.arguments(ExportQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, _BYTES, content_type="application/octet-stream", example="component,environment")
@blueprint.problems(Invalid)
def export_inventory(format: str, component: str | None, environment: str | None) -> Response:
    """Export what is declared as a workbook.

    A row for each target and component with declared facts, a column for each field. Imported again it
    changes nothing.
    """
    return _file(use(ExportService).export(format, component=component, environment=environment))


@blueprint.get("/inventory/template")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, _BYTES, content_type="application/octet-stream", example="PK")
def download_template() -> Response:
    """Download an empty workbook.

    An Excel workbook with a frozen heading, notes, and drop-downs of the components and environments.
    """
    return _file(use(ExportService).template())


@imports.post("")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.takes_report(
    example="component,environment,version",
    description="The bytes of a workbook (.xlsx, .ods, .csv), a tidegate.yml or a catalog-info.yaml.",
)
@imports.arguments(ImportQuerySchema, location="query", as_kwargs=True)
@imports.response(201, ImportSchema, example=examples.IMPORT)
@imports.alt_response(
    200, schema=ImportSchema, example=examples.IMPORT, description="The same bytes were uploaded before."
)
@imports.problems(Invalid, "too-large", "unsupported-media-type")
def preview_import(name: str) -> Answer:
    """Upload a workbook and get the preview.

    Nothing is declared yet. The preview has every fact that would be added, changed or removed, and every
    cell that cannot be used. It is safe to repeat: the same bytes make the preview anew.
    """
    settings = current_container().settings
    with uploaded_report(
        name=name, max_bytes=settings.workbook_max_bytes, spool=settings.data_dir / "incoming"
    ) as source:
        made, new = use(ImportService).preview(source, name)
    return answer(made, status=201 if new else 200, location=f"/api/v1/imports/{made.id}")


@imports.get("")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.page_of(ImportSchema, example=examples.IMPORT)
def list_imports(page: PageRequest) -> Answer:
    """List the imports, newest first.

    One's own, and those of others for whom a role without limits allows it.
    """
    return paged(use(ImportService).imports(page))


@imports.get("/<import_id>")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.response(200, ImportSchema, example=examples.IMPORT)
@imports.problems(NotFound)
def show_import(import_id: str) -> Answer:
    """Show an import.

    With how far it has come, and how much it changes.
    """
    return answer(use(ImportService).find(import_id))


@imports.get("/<import_id>/changes")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.page_of(FactEditSchema, example=examples.EDIT)
@imports.problems(NotFound)
def list_import_changes(page: PageRequest, import_id: str) -> Answer:
    """List what an import changes.

    Every fact that it adds, changes or removes, in the order of components, environments and fields.
    """
    return paged(use(ImportService).changes(import_id, page))


@imports.get("/<import_id>/problems")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.page_of(CellProblemSchema, example=examples.CELL_PROBLEM)
@imports.problems(NotFound)
def list_import_problems(page: PageRequest, import_id: str) -> Answer:
    """List the cells that cannot be used.

    As long as there is one, the import cannot be applied.
    """
    return paged(use(ImportService).problems(import_id, page))


@imports.get("/<import_id>/conflicts")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.page_of(UndoConflictSchema, example=examples.UNDO_CONFLICT)
@imports.problems(NotFound)
def list_import_conflicts(page: PageRequest, import_id: str) -> Answer:
    """List the fields that undoing an import left alone.

    Somebody changed them after it: what they were, what the import wrote, and what they are.
    """
    return paged(use(ImportService).conflicts(import_id, page))


@imports.get("/<import_id>/content")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.response(200, _BYTES, content_type="application/octet-stream", example="component,environment")
@imports.problems(NotFound)
def download_import(import_id: str) -> Response:
    """Download the workbook, byte for byte as it was uploaded.

    `Content-Type` is always `application/octet-stream`: no browser is to run what a stranger sent.
    """
    found, stream = use(ImportService).content(import_id)
    headers = {
        "Content-Length": str(found.size),
        "Content-Disposition": f'attachment; filename="{found.digest.removeprefix("sha256:")}"',
    }
    return Response(
        stream_with_context(pieces(stream)), 200, headers, content_type="application/octet-stream"
    )


@imports.post("/<import_id>/apply")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.response(200, ImportSchema, example=examples.APPLIED)
@imports.problems(NotFound, Conflict)
def apply_import(import_id: str) -> Answer:
    """Apply an import.

    All of it or nothing: it is refused where a cell is bad, and where what it would overwrite has changed
    since the preview. An import that is applied already stays as it is.
    """
    return answer(use(ImportService).apply(import_id))


@imports.post("/<import_id>/undo")
@imports.requires(Permission.DESCRIBE_TARGET, inside=True)
@imports.arguments(UndoSchema, example={"overwrite": []})
@imports.response(200, ImportSchema, example=examples.UNDONE)
@imports.problems(NotFound, Conflict, Invalid)
def undo_import(undo: dict[str, list[str]], import_id: str) -> Answer:
    """Undo an import.

    Each field becomes what it was before. Fields that somebody changed after the import stay as they are and
    are its conflicts, but for those that `overwrite` names.
    """
    return answer(use(ImportService).undo(import_id, undo["overwrite"]))


def _file(made: WrittenWorkbook) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, 200, headers, content_type="application/octet-stream")
