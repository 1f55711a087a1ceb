"""Use cases of imports: preview a workbook, apply it as a whole, take it back without losing later edits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import BinaryIO

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json, clean
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactValue
from tidegate.domain.imports import (
    Import,
    ImportCounts,
    ImportState,
    UndoConflict,
    edit_name,
    same,
    undo_edit,
)
from tidegate.domain.principals import Principal
from tidegate.domain.workbooks import CellProblem, problem_order
from tidegate.kernel.access import Access
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.garbage import collection_paused
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.inventory.import_repository import ImportParts, ImportRepository
from tidegate.modules.inventory.import_writes import ImportWriter
from tidegate.modules.inventory.previews import Declared, preview
from tidegate.readers.base import Source
from tidegate.readers.workbooks.base import UnreadableWorkbook, WorkbookLimits
from tidegate.readers.workbooks.detect import read_workbook
from tidegate.readers.workbooks.rows import read_sheets

LONGEST_NAME = 200
_MOST_NAMED = 10
_KEY = attrgetter("component", "environment", "field")


class ImportService:
    """Imports workbooks."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        imports: ImportRepository,
        parts: ImportParts,
        declared: Declared,
        writer: ImportWriter,
        audit: AuditService,
        access: Access,
        principal: Principal,
        blobs: BlobStore,
        limits: WorkbookLimits,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._imports = imports
        self._parts = parts
        self._declared = declared
        self._writer = writer
        self._audit = audit
        self._access = access
        self._principal = principal
        self._blobs = blobs
        self._limits = limits
        self._clock = clock
        self._new_id = new_id

    def preview(self, source: Source, name: str) -> tuple[Import, bool]:
        """Keep a workbook and say what it would change; the flag tells whether the import is new.

        Nothing is declared yet. The same bytes again make the preview anew, in place of the one before; where
        they were applied and nothing has changed since, that import is the answer.

        Raises `UnreadableWorkbook`.
        """
        self._require_somewhere()
        name = _checked_name(name)
        if source.size > self._limits.max_bytes:
            raise UnreadableWorkbook(
                f"The workbook has {source.size:,} bytes; {self._limits.max_bytes:,} are read."
            )
        with source.open() as file, collection_paused():
            workbook = read_sheets(read_workbook(file, self._limits))
        with source.open() as file:
            blob = self._blobs.put(file)
        made = preview(workbook, self._declared)
        with self._uow.transaction(), collection_paused():
            before = self._imports.newest_of(blob.digest, str(self._principal))
            fresh = before if before and before.state is ImportState.PREVIEWED else None
            one = Import(
                id=fresh.id if fresh else self._new_id(),
                digest=blob.digest,
                name=name,
                size=blob.size,
                state=ImportState.PREVIEWED,
                counts=ImportCounts(),
                skipped=tuple(workbook.skipped),
                created_by=str(self._principal),
                created_at=fresh.created_at if fresh else self._clock.now(),
            )
            self._imports.save(one)
            self._parts.changes.replace(one.id, made.edits)
            self._parts.problems.replace(one.id, sorted(workbook.problems, key=problem_order))
            one = replace(one, counts=made.counts())
            if (
                before
                and before.state is ImportState.APPLIED
                and not one.counts.changes + one.counts.problems
            ):
                self._parts.problems.replace(one.id, ())
                self._imports.remove(one.id)
                return before, False
            self._imports.save(one)
            if fresh is None or fresh.counts != one.counts:
                self._note("import.previewed", one)
        return one, fresh is None

    def imports(self, request: PageRequest) -> Page[Import]:
        """Return one page of the imports that the caller may see, newest first."""
        sees_all = self._require_somewhere()
        return self._imports.page(request, created_by=None if sees_all else str(self._principal))

    def find(self, import_id: str) -> Import:
        """Return an import; raises `NotFound`, also for those of others where one's role has a limit."""
        return self._visible(self._imports.find(import_id), import_id)

    def changes(self, import_id: str, request: PageRequest) -> Page[FactEdit]:
        """Return one page of what an import changes, in the order of subjects and fields."""
        return self._parts.changes.page(self.find(import_id).id, request)

    def problems(self, import_id: str, request: PageRequest) -> Page[CellProblem]:
        """Return one page of an import's bad cells."""
        return self._parts.problems.page(self.find(import_id).id, request)

    def conflicts(self, import_id: str, request: PageRequest) -> Page[UndoConflict]:
        """Return one page of the fields that undoing an import left as they are."""
        return self._parts.conflicts.page(self.find(import_id).id, request)

    def content(self, import_id: str) -> tuple[Import, BinaryIO]:
        """Open the workbook as it was uploaded; the caller closes the stream."""
        found = self.find(import_id)
        return found, self._blobs.open(found.digest)

    def apply(self, import_id: str) -> Import:
        """Declare all that an import says, or nothing; one that is applied already stays as it is.

        Raises `Conflict` where it has bad cells, was undone, or where what it would overwrite is no longer
        what its preview showed.
        """
        with self._uow.transaction():
            one = self._visible(self._imports.for_update(import_id), import_id)
            if one.state is ImportState.APPLIED:
                return one
            if one.state is ImportState.UNDONE:
                raise Conflict("This import was undone. Upload its workbook again for a new preview.")
            if one.counts.problems:
                raise Conflict(
                    f"{one.counts.problems:,} cells cannot be used, so nothing is applied: correct them "
                    f"(GET /api/v1/imports/{one.id}/problems names each) and upload the workbook again."
                )
            now = self._clock.now()
            self._writer.write(one, now, turn=list)
            one = replace(one, state=ImportState.APPLIED, applied_by=str(self._principal), applied_at=now)
            self._imports.save(one)
            self._note("import.applied", one)
        return one

    def undo(self, import_id: str, overwrite: Collection[str] = ()) -> Import:
        """Take an import back: every field that still is as it wrote it becomes what it was.

        Fields that somebody changed since stay, and are the import's conflicts, but for those that
        `overwrite` names (`harbour/production:version`). Once more, it writes the conflicts that are named
        and nothing else: whatever was declared after the first time is no business of the import. One that
        was changed again since it was shown stays a conflict, with its new value.
        """
        with self._uow.transaction():
            one = self._visible(self._imports.for_update(import_id), import_id)
            if one.state is ImportState.PREVIEWED:
                raise Conflict("This import was not applied: there is nothing to take back.")
            named = set(overwrite)
            left = self._conflicts_left(one, named)
            if left is not None and not named:
                return one
            now, unmet, unknown = self._clock.now(), list[UndoConflict](), set(named)
            if left is not None:
                unmet += (conflict for name, conflict in left.items() if name not in named)

            def back(edits: Sequence[FactEdit]) -> list[FactEdit]:
                if left is not None:
                    edits = [edit for edit in edits if edit_name(*edit[:3]) in named]
                if unknown:
                    unknown.difference_update(edit_name(*edit[:3]) for edit in edits)
                return [FactEdit(one, other, field, to, was) for one, other, field, was, to in edits]

            def settle(edit: FactEdit, value: FactValue | None) -> FactEdit | None:
                imported, name = edit._replace(before=edit.after, after=edit.before), edit_name(*edit[:3])
                seen = left is None or same(value, left[name].now)
                undone, conflict = undo_edit(imported, value, overwrite=name in named and seen)
                if conflict is not None:
                    unmet.append(conflict)
                return undone

            self._writer.write(one, now, back, settle)
            if unknown:
                raise _unknown("The import changed no field", unknown)
            self._parts.conflicts.replace(one.id, sorted(unmet, key=_KEY))
            counts = replace(one.counts, conflicts=len(unmet))
            one = replace(
                one, state=ImportState.UNDONE, counts=counts, undone_by=str(self._principal), undone_at=now
            )
            self._imports.save(one)
            self._note("import.undone", one, overwritten=sorted(named)[:_MOST_NAMED])
        return one

    def _conflicts_left(self, one: Import, named: set[str]) -> dict[str, UndoConflict] | None:
        """Return what undoing an import left alone, by name; None where it was not undone yet."""
        if one.state is not ImportState.UNDONE:
            return None
        batches = self._parts.conflicts.batches(one.id)
        left = {edit_name(*_KEY(conflict)): conflict for some in batches for conflict in some}
        if unknown := named - left.keys():
            raise _unknown("The import was undone, and none of the conflicts that it left is", unknown)
        return left

    def _visible(self, found: Import | None, import_id: str) -> Import:
        sees_all = self._require_somewhere()
        if found is not None and (sees_all or found.created_by == str(self._principal)):
            return found
        raise NotFound("import", import_id)

    def _require_somewhere(self) -> bool:
        """Raise `Forbidden` where the caller may declare nothing; tell whether it is everything."""
        self._access.require_somewhere(Permission.DESCRIBE_TARGET)
        return self._access.allows(Permission.DESCRIBE_TARGET)

    def _note(self, action: str, one: Import, **more: Json) -> None:
        counts = one.counts
        details: dict[str, Json] = {
            "digest": one.digest,
            "name": one.name,
            "added": counts.added,
            "changed": counts.changed,
            "removed": counts.removed,
            "problems": counts.problems,
            "conflicts": counts.conflicts,
        }
        self._audit.append(action=action, subject=f"import:{one.id}", details={**details, **more})


def _checked_name(name: str) -> str:
    name = clean(name).replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(
            f"A workbook's name has 1 to {LONGEST_NAME} printable characters.", (("name", "not a name"),)
        )
    return name


def _unknown(what: str, names: set[str]) -> Invalid:
    return Invalid(
        f"{what} {min(names)!r}: name fields as in harbour/production:version.",
        tuple(("overwrite", name) for name in sorted(names)[:_MOST_NAMED]),
    )
