"""Workbooks as rows of facts: what their columns mean, what a cell may hold, and how a value is written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.domain.canonical import canonical_json, clean
from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import (
    LONGEST_VALUE,
    FactSubject,
    FactValue,
    FieldName,
    checked_field,
    checked_value,
)
from tidegate.domain.targets import checked_base_url, checked_interval

COMPONENT, ENVIRONMENT = "component", "environment"
TARGET_COLUMNS: tuple[FieldName, ...] = ("base_url", "owner", "interval")
"""Columns that describe the target itself; every other one is a declared fact."""
MOST_COLUMNS = 500
LONGEST_OWNER = 200
_TEXTS = frozenset({"version", "revision", "commit", "tag"})
_NUMBER = re.compile(r"-?\d{1,21}(?:\.\d{1,25})?(?:e[+-]\d{1,3})?")
_RISKY = ("=", "+", "-", "@", "'", "\t")


@dataclass(frozen=True, slots=True)
class BadCell:
    """Stands where a cell cannot be used, and says why."""

    reason: str


Cell: TypeAlias = "FactValue | BadCell | None"


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell keeps a workbook from being applied; `cell` is written as spreadsheets do, such as B7."""

    sheet: str
    cell: str
    reason: str


def problem_order(problem: CellProblem) -> tuple[str, int, int, str]:
    """Return what problems are sorted by: their sheets, then their rows and columns."""
    digits = problem.cell.removeprefix("line ").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    letters = problem.cell[: len(problem.cell) - len(digits)]
    return problem.sheet, int(digits) if digits.isdigit() else 0, len(letters), letters


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a sheet's columns stand, counted from 0; `fields` are pairs of a place and what stands there."""

    component: int
    environment: int | None
    fields: tuple[tuple[int, FieldName], ...]
    width: int


@dataclass(frozen=True, slots=True)
class WorkbookRow:
    """One row: its subject, and the values of the columns in their order, None for an empty cell."""

    subject: FactSubject
    values: tuple[FactValue | None, ...]


_NAMELESS = "There is a value below no column's name: name the column, or clear it."


class BadRow(Exception):
    """A row that cannot be used: pairs of a column's place and the reason; its subject where it names one."""

    def __init__(self, faults: tuple[tuple[int, str], ...], subject: FactSubject | None = None) -> None:
        self.faults = faults
        self.subject = subject
        super().__init__(faults)


def cell_name(row: int, column: int) -> str:
    """Name a cell by its row from 1 and its column from 0, as spreadsheets do: (7, 1) is B7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def is_heading(cells: Sequence[Cell]) -> bool:
    """Tell whether a row names the columns of a sheet that is meant to be read."""
    return any(isinstance(cell, str) and cell.strip() == COMPONENT for cell in cells)


def read_heading(cells: Sequence[Cell]) -> Columns:
    """Read the row that names the columns; raises `BadRow` that names every fault."""
    places: dict[str, int] = {}
    faults: list[tuple[int, str]] = []
    for place, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        try:
            name = _column(cell)
        except Invalid as error:
            faults.append((place, str(error)))
            continue
        if name in places:
            faults.append(
                (place, f"The column {name} is there twice, in {cell_name(1, places[name])[:-1]} too.")
            )
        places.setdefault(name, place)
    if len(places) > MOST_COLUMNS:
        faults.append((0, f"There are {len(places)} columns; {MOST_COLUMNS} are read."))
    if faults:
        raise BadRow(tuple(faults))
    component, environment = places.pop(COMPONENT), places.pop(ENVIRONMENT, None)
    fields = tuple((place, name) for name, place in places.items())
    return Columns(component, environment, fields, width=len(cells))


def _column(cell: Cell) -> str:
    if not isinstance(cell, str):
        raise Invalid(cell.reason if isinstance(cell, BadCell) else "A column's name is a text.")
    return checked_field(cell.strip())


def read_row(columns: Columns, cells: Sequence[Cell]) -> WorkbookRow | None:
    """Read a row, None for one that is empty; raises `BadRow` that names every fault."""
    if all(cell is None or cell == "" for cell in cells):
        return None
    faults: list[tuple[int, str]] = []
    component = _name(cells, columns.component, COMPONENT, faults)
    environment = _name(cells, columns.environment, ENVIRONMENT, faults)
    values: list[FactValue | None] = []
    for place, field in columns.fields:
        cell = cells[place] if place < len(cells) else None
        if type(cell) is str and field not in TARGET_COLUMNS and _is_plain_text(cell):
            values.append(cell or None)  # nearly every cell: nothing else to look at
            continue
        try:
            values.append(_value(field, cell, environment))
        except Invalid as error:
            faults.append((place, str(error)))
    known = {columns.component, columns.environment, *(place for place, _ in columns.fields)}
    for place, cell in enumerate(cells):
        if place not in known and cell is not None and cell != "":
            faults.append((place, cell.reason if isinstance(cell, BadCell) else _NAMELESS))
    if faults:
        named = not {columns.component, columns.environment} & {place for place, _ in faults}
        raise BadRow(tuple(sorted(faults)), FactSubject(component, environment) if named else None)
    return WorkbookRow(FactSubject(component, environment), tuple(values))


def _is_plain_text(cell: str) -> bool:
    return len(cell) <= LONGEST_VALUE and cell.isascii() and cell.isprintable() and cell[:1] != "'"


def _name(cells: Sequence[Cell], place: int | None, what: str, faults: list[tuple[int, str]]) -> str:
    cell = cells[place] if place is not None and place < len(cells) else None
    if cell is None or cell == "":
        if what == COMPONENT and place is not None:
            faults.append((place, "The row names no component."))
        return ""
    assert place is not None  # nosec B101  # a cell was found there
    if isinstance(cell, str):
        try:
            return checked_name(what, cell.strip().removeprefix("'"))
        except Invalid as error:
            faults.append((place, str(error)))
    else:
        reason = cell.reason if isinstance(cell, BadCell) else f"The {what}'s name is a number here"
        faults.append(
            (place, f"{reason}: format the cell as text." if not isinstance(cell, BadCell) else reason)
        )
    return ""


def _value(field: FieldName, cell: Cell, environment: str) -> FactValue | None:
    if isinstance(cell, BadCell):
        raise Invalid(cell.reason)
    if isinstance(cell, str):
        if not cell:
            return None
        cell = cell.removeprefix("'")
    if cell is None:
        return None
    if is_text_field(field) and not isinstance(cell, str):
        raise Invalid(
            f"The {field} is the number {cell} here, and may have been written otherwise (1.10 becomes 1.1): "
            "format the cell as text and write it again."
        )
    if field in TARGET_COLUMNS:
        return _of_target(field, cell, environment)
    return checked_value(field, cell)


def _of_target(field: FieldName, cell: FactValue, environment: str) -> FactValue | None:
    if cell == "":
        return None
    if not environment:
        raise Invalid(f"{field} describes a target, and the row names no environment.")
    if field == "interval":
        if isinstance(cell, str) and cell.isascii() and cell.isdigit() and len(cell) < 9:
            cell = int(cell)
        if isinstance(cell, bool) or not isinstance(cell, (int, float)) or cell != int(cell):
            raise Invalid("The interval is a whole number of seconds.")
        return checked_interval(int(cell))
    if not isinstance(cell, str):
        raise Invalid(f"The {field} is a text.")
    if field == "base_url":
        return checked_base_url(cell)
    if len(cell) > LONGEST_OWNER or not cell.isprintable():
        raise Invalid(f"The owner has at most {LONGEST_OWNER} characters, none of them a control character.")
    return clean(cell)


def is_text_field(field: FieldName) -> bool:
    """Tell whether a field's value is a text even where it reads as a number: 1.10 is no 1.1."""
    return field.rpartition(".")[2] in _TEXTS


def plain_value(field: FieldName, text: str) -> FactValue | None:
    """Read a value of a format that knows texts alone, as CSV does; None where nothing stands.

    `true`, `false` and numbers that are written as JSON writes them are what they look like, but for versions
    and commits. A leading apostrophe says that a text follows.
    """
    if not text:
        return None
    if text in ("true", "false") and not is_text_field(field):
        return text == "true"
    if _NUMBER.fullmatch(text) and not is_text_field(field):
        number = float(text)
        if math.isfinite(number) and canonical_json(number) == text.encode():
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return text


def written_value(value: FactValue | None) -> FactValue | None:
    """Return what a cell shall hold, so that no program takes it for a formula and it reads back the same.

    A text that begins with `=`, `+`, `-`, `@` or an apostrophe gets an apostrophe in front, and so does one
    that is empty.
    """
    if isinstance(value, str) and (not value or value.startswith(_RISKY)):
        return f"'{value}"
    return value


def written_text(field: FieldName, value: FactValue | None) -> str:
    """Write a value for a format that knows texts alone; see `plain_value`."""
    if value is None:
        return ""
    if not isinstance(value, str):
        text = canonical_json(value).decode()
        # Read back as it is, where it reads as this number; a number in exponents would be a text.
        return text
    safe = str(written_value(value))
    return safe if type(plain_value(field, safe)) is str else f"'{safe}"
