"""A workbook read as a whole: its rows in the order of their subjects, and all its bad cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import msgspec

from tidegate.domain.facts import FactSubject, FactValue, FieldName
from tidegate.domain.workbooks import BadRow, CellProblem, Columns, is_heading, read_heading, read_row
from tidegate.readers.workbooks.base import Row, Sheet, UnreadableWorkbook


class WorkbookEntry(NamedTuple):
    """A row that can be used; `values` are those of the sheet's columns as JSON."""

    component: str
    environment: str
    sheet: int
    row: int
    values: bytes


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet that was read, without its rows."""

    name: str
    columns: Columns
    place: Callable[[int, int], str]


@dataclass(slots=True)
class ReadWorkbook:
    """What a workbook holds; `skipped` names the sheets without a column `component`."""

    sheets: list[ReadSheet] = field(default_factory=list)
    entries: list[WorkbookEntry] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add_problem(self, entry: WorkbookEntry, column: int | None, reason: str) -> None:
        """Note what is wrong with a cell of a row."""
        sheet = self.sheets[entry.sheet]
        self.problems.append(CellProblem(sheet.name, sheet.place(entry.row, column or 0), reason))

    def by_subject(self) -> Iterator[tuple[FactSubject, tuple[WorkbookEntry, ...]]]:
        """Go through the subjects in their order, each with its rows."""
        self.entries.sort()
        some: list[WorkbookEntry] = []
        for entry in self.entries:
            if some and entry[:2] != some[0][:2]:
                yield FactSubject(*some[0][:2]), tuple(some)
                some = []
            some.append(entry)
        if some:
            yield FactSubject(*some[0][:2]), tuple(some)

    def values_of(self, rows: tuple[WorkbookEntry, ...]) -> dict[FieldName, FactValue | None]:
        """Return what the rows of one subject say; a field that several of them name is a problem of each."""
        found: dict[FieldName, FactValue | None] = {}
        where: dict[FieldName, WorkbookEntry] = {}
        for entry in rows:
            columns = self.sheets[entry.sheet].columns
            values = cast("list[FactValue | None]", msgspec.json.decode(entry.values))
            for (place, name), value in zip(columns.fields, values, strict=True):
                if name in where:
                    other = where[name]
                    at = self.sheets[other.sheet]
                    self.add_problem(
                        entry,
                        place,
                        f"{name} of {FactSubject(*entry[:2])} is given twice: "
                        f"sheet {at.name!r}, row {other.row}, says it too. Keep one of them.",
                    )
                where[name] = entry
                found[name] = value
            if len(rows) > 1 and entry is not rows[0] and not columns.fields:
                self.add_problem(entry, columns.component, "The row is there twice. Keep one of them.")
        return found


def read_sheets(sheets: Iterable[Sheet]) -> ReadWorkbook:
    """Read every sheet that names a column `component`; raises `UnreadableWorkbook` where none does."""
    found = ReadWorkbook()
    unusable: list[WorkbookEntry] = []
    for sheet in sheets:
        _read_sheet(found, sheet, unusable)
    _note_doubled(found, unusable)
    if not found.sheets and not found.problems:
        raise UnreadableWorkbook(
            "No sheet has a column `component` in its first row. Begin with: tidegate "
            "inventory template FILE.xlsx"
        )
    return found


def _read_sheet(found: ReadWorkbook, sheet: Sheet, unusable: list[WorkbookEntry]) -> None:
    rows = iter(sheet.rows)
    for number, cells in rows:
        if not any(cell is not None and cell != "" for cell in cells):
            continue
        if not is_heading(cells):
            break
        try:
            columns = read_heading(cells)
        except BadRow as bad:
            _note(found, sheet, number, bad)
            return
        found.sheets.append(ReadSheet(sheet.name, columns, sheet.place))
        _read_rows(found, sheet, columns, rows, unusable)
        return
    found.skipped.append(sheet.name)


def _read_rows(
    found: ReadWorkbook, sheet: Sheet, columns: Columns, rows: Iterator[Row], unusable: list[WorkbookEntry]
) -> None:
    encode, at = msgspec.json.encode, len(found.sheets) - 1
    for number, cells in rows:
        try:
            row = read_row(columns, cells)
        except BadRow as bad:
            _note(found, sheet, number, bad)
            if bad.subject is not None:
                unusable.append(
                    WorkbookEntry(bad.subject.component, bad.subject.environment, at, number, b"")
                )
            continue
        if row is not None:
            subject = row.subject
            found.entries.append(
                WorkbookEntry(subject.component, subject.environment, at, number, encode(row.values))
            )


def _note(found: ReadWorkbook, sheet: Sheet, number: int, bad: BadRow) -> None:
    found.problems.extend(
        CellProblem(sheet.name, sheet.place(number, place), reason) for place, reason in bad.faults
    )


def _note_doubled(found: ReadWorkbook, unusable: list[WorkbookEntry]) -> None:
    """Name the rows that are of one subject with one that cannot be used: nobody has to find them later.

    Those that can be used are compared field by field, where they are put together (`values_of`).
    """
    # Of each subject, by sheet, the first row and the first that cannot be used: more say nothing new.
    firsts: dict[tuple[str, str], tuple[dict[int, WorkbookEntry], dict[int, WorkbookEntry]]]
    firsts = {entry[:2]: ({}, {}) for entry in unusable}
    for entry in sorted((*found.entries, *unusable), key=lambda entry: entry[:4]) if unusable else ():
        if entry[:2] not in firsts:
            continue
        all_rows, unusable_rows = firsts[entry[:2]]
        before = unusable_rows if entry.values else all_rows
        other = next((one for one in before.values() if _share_fields(found, one, entry)), None)
        if other is not None:
            subject, sheet = FactSubject(*entry[:2]), found.sheets[other.sheet].name
            reason = (
                f"{subject} is there twice: sheet {sheet!r}, row {other.row}, is of it too. Keep one of them."
            )
            found.add_problem(entry, found.sheets[entry.sheet].columns.component, reason)
        all_rows.setdefault(entry.sheet, entry)
        if not entry.values:
            unusable_rows.setdefault(entry.sheet, entry)


def _share_fields(found: ReadWorkbook, one: WorkbookEntry, other: WorkbookEntry) -> bool:
    """Tell whether two rows say the same thing: those of two sheets may describe a subject together."""
    first, second = (found.sheets[entry.sheet].columns.fields for entry in (one, other))
    return one.sheet == other.sheet or not {name for _, name in first}.isdisjoint(name for _, name in second)
