"""CSV as spreadsheet programs write it: with commas, semicolons or tabs, in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from tidegate.domain.workbooks import MOST_COLUMNS, BadCell, Cell, is_heading, plain_value
from tidegate.readers.workbooks.base import Row, Sheet, UnreadableWorkbook, WorkbookLimits, within_rows

_SEPARATORS = (",", ";", "\t")
_LONGEST_LINE = 1024 * 1024


def read_csv(file: BinaryIO, limits: WorkbookLimits) -> Iterator[Sheet]:
    """Return the one sheet; values that read as numbers are numbers, but for versions and commits."""
    separator = _separator(next(_lines(file), ""))
    file.seek(0)
    rows = csv.reader(_lines(file), delimiter=separator, strict=True)
    yield Sheet("csv", within_rows(_rows(rows, limits), "csv", limits))


def _lines(file: BinaryIO) -> Iterator[str]:
    """Go through the lines; a quoted line break is no end to the reader of CSV, and one here."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise UnreadableWorkbook(
                f"Line {number:,} has more than {_LONGEST_LINE:,} bytes: this is no table."
            )
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableWorkbook(
                f"Line {number:,} is not in UTF-8 (byte {error.start + 1:,}): save it as CSV UTF-8 or .xlsx."
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _separator(line: str) -> str:
    """Tell what separates the columns by the first line, which names them."""
    names = {separator: next(csv.reader([line], delimiter=separator), []) for separator in _SEPARATORS}
    fitting = [separator for separator, cells in names.items() if is_heading(cells)]
    return max(fitting or _SEPARATORS, key=lambda separator: len(names[separator]))


def _rows(rows: Iterator[list[str]], limits: WorkbookLimits) -> Iterator[Row]:
    heading: list[str] | None = None
    cells = number = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise UnreadableWorkbook(
                f"Row {number + 1} is not CSV: {error}. Save the table again as CSV."
            ) from None
        if row is None:
            return
        number += 1
        cells += len(row)
        if len(row) > MOST_COLUMNS or cells > limits.max_cells:
            raise UnreadableWorkbook(
                f"Row {number}: more than {MOST_COLUMNS} columns, or {limits.max_cells:,} cells "
                f"(WORKBOOK_MAX_CELLS)."
            )
        if heading is None:
            heading = row if is_heading(row) else None
            yield number, list(row)
        else:
            yield number, _cells(heading, row)


def _cells(heading: list[str], row: list[str]) -> list[Cell]:
    if not any(row):
        return []
    if len(row) < len(heading):
        # A row that was cut off must not read as values that were cleared.
        short = BadCell(
            f"The row has {len(row)} columns, and {len(heading)} are named: a line was cut or torn."
        )
        return [*row, *([short] * (len(heading) - len(row)))]
    return [
        plain_value(heading[place].strip() if place < len(heading) else "", text)
        for place, text in enumerate(row)
    ]
