"""Imports of workbooks: what one would change, what it did change, and what stands against taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tidegate.domain.fact_updates import FactEdit, same_value
from tidegate.domain.facts import FactSubject, FactValue, FieldName


class ImportState(StrEnum):
    """How far an import has come."""

    PREVIEWED = "previewed"
    APPLIED = "applied"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many cells an import adds, changes, removes and leaves as they are, and how many are bad."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    problems: int = 0
    conflicts: int = 0

    @property
    def changes(self) -> int:
        """How many cells are not as they were."""
        return self.added + self.changed + self.removed


@dataclass(frozen=True, slots=True)
class Import:
    """A workbook that was uploaded; `skipped` names the sheets that were not read.

    `digest` names its bytes, which are kept. `counts.conflicts` are the fields that undoing it left alone.
    """

    id: str
    digest: str
    name: str
    size: int
    state: ImportState
    counts: ImportCounts
    skipped: tuple[str, ...]
    created_by: str
    created_at: datetime
    applied_by: str | None = None
    applied_at: datetime | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """A field that somebody changed after an import: what it was, what the import wrote, what it is now."""

    component: str
    environment: str
    field: FieldName
    before: FactValue | None
    imported: FactValue | None
    now: FactValue | None


def same(one: FactValue | None, other: FactValue | None) -> bool:
    """Tell whether two values are the same, where None is none."""
    if one is None or other is None:
        return one is other
    return same_value(one, other)


def edits_of(
    subject: FactSubject,
    said: Mapping[FieldName, FactValue | None],
    known: Mapping[FieldName, FactValue],
) -> list[FactEdit]:
    """Return what has to change so that a subject is as a workbook says; an empty cell takes a value away."""
    return [
        FactEdit(subject.component, subject.environment, field, known.get(field), value)
        for field, value in sorted(said.items())
        if not same(known.get(field), value)
    ]


def undo_edit(
    edit: FactEdit, now: FactValue | None, *, overwrite: bool
) -> tuple[FactEdit | None, UndoConflict | None]:
    """Return what takes an edit back, or the conflict that stands against it; neither where it is back."""
    if same(now, edit.before):
        return None, None
    if same(now, edit.after) or overwrite:
        return edit._replace(before=now, after=edit.before), None
    component, environment, field, before, after = edit
    return None, UndoConflict(component, environment, field, before, after, now)


def edit_name(component: str, environment: str, field: FieldName) -> str:
    """Name a field of a subject, as `--force` takes it: `harbour/production:version`."""
    return f"{FactSubject(component, environment)}:{field}"
