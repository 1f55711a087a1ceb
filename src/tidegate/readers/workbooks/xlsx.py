"""Excel workbooks: checked part by part first, then read by calamine."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from tidegate.domain.workbooks import BadCell, Cell
from tidegate.readers.workbooks.archives import Archive, elements
from tidegate.readers.workbooks.base import Row, Sheet, UnreadableWorkbook, WorkbookLimits, within_rows

FORMULA = BadCell(
    "A formula: what it last came to may be out of date. Put its value in its place (copy, "
    "paste values only)."
)
ERROR = BadCell("The cell holds an error, such as #N/A.")
MERGED = BadCell(
    "The cell is merged with others: unmerge it, and write the value into each cell that it is for."
)
DATE = BadCell(
    "A date or a time, which a spreadsheet may have made of something else (1-2, 1.10): format "
    "the cell as text "
    "and write it again, such as 2026-01-31."
)
_CONTENT = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# A reference, or a cell's or formula's beginning; nothing else of a sheet matters here.
_MARKS = re.compile(
    rb"""<(?:[A-Za-z_][\w.-]*:)?(?:(?P<cell>c)|(?P<row>row)|(?P<formula>f)|(?P<merged>mergeCell))(?=[\s/>])"""
    rb"""(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*)>"""
)
_QUICK = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_ATTRIBUTE = re.compile(rb"""(?:^|\s)(r|t|ref)\s*=\s*["']([^"']*)["']""")
_PLACE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_MOST_FAULTS = 10_000


@dataclass(slots=True)
class _Survey:
    """What a sheet holds that calamine does not tell, and how far its cells reach."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    bad: dict[tuple[int, int], BadCell] = field(default_factory=dict)


def read_xlsx(file: BinaryIO, limits: WorkbookLimits) -> Iterator[Sheet]:
    """Go through a workbook's sheets; raises `UnreadableWorkbook` before anything large is built."""
    archive = Archive(file, limits)
    if _CONTENT not in archive.names or _WORKBOOK not in archive.names:
        raise UnreadableWorkbook(
            "The file is an archive, and no Excel workbook: save it as .xlsx, .ods or .csv."
        )
    _refuse_macros(archive)
    parts = frozenset(name for name in archive.names if _SHEET.fullmatch(name))
    surveys = {name: _survey(archive.pieces(name), name, limits) for name in sorted(parts)}
    if sum(one.cells for one in surveys.values()) > limits.max_cells:
        raise _too_many_cells(limits)
    archive.check_others(parts | {_CONTENT, _WORKBOOK})
    return _sheets(file, archive, surveys, limits)


def _refuse_macros(archive: Archive) -> None:
    types = archive.read(_CONTENT)
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in archive.names):
        raise UnreadableWorkbook(
            "The workbook holds macros. Save it without them, as .xlsx (Excel: Save As, Excel Workbook)."
        )


def _survey(pieces: Iterable[bytes], name: str, limits: WorkbookLimits) -> _Survey:
    found, tail = _Survey(), b""
    for piece in pieces:
        text = tail + piece
        end = text.rfind(b"<")
        end = len(text) if end < 0 else end
        _look(text[:end], found, name, limits)
        tail = text[end:]
        if len(tail) > limits.max_bytes:
            raise UnreadableWorkbook(f"{name} holds an XML tag without an end. Save the workbook again.")
    _look(tail, found, name, limits)
    if not tail.rstrip().endswith(b"worksheet>"):
        raise UnreadableWorkbook(f"{name} ends before it is complete. Save the workbook again.")
    if found.rows * found.columns > limits.max_cells:
        raise _too_many_cells(limits)
    return found


def _look(text: bytes, found: _Survey, name: str, limits: WorkbookLimits) -> None:
    """Take in one stretch of whole tags: quickly where it is as programs write it, tag by tag where not."""
    places = _QUICK.findall(text)
    plain = text.count(b"<c ") == len(places) and b"<f" not in text and b't="e"' not in text
    if (
        plain
        and b":c " not in text
        and b"<c>" not in text
        and b"<mergeCell " not in text
        and b"'" not in text
    ):
        found.cells += len(places)
        if places:
            found.rows = max(
                found.rows, int(places[-1][1]), max(int(row) for row in {row for _, row in places})
            )
            found.columns = max(found.columns, *(_column(letters) for letters in {one for one, _ in places}))
        return
    at: tuple[int, int] | None = None
    for mark in _MARKS.finditer(text):
        attributes = dict(_ATTRIBUTE.findall(mark["attributes"]))
        if mark["row"]:
            continue
        if mark["formula"]:
            _note(found, at, FORMULA)
        elif mark["merged"]:
            _merge(found, attributes.get(b"ref", b""))
        else:
            at = _place(attributes.get(b"r", b""), name)
            found.cells += 1
            found.rows, found.columns = max(found.rows, at[0]), max(found.columns, at[1] + 1)
            if attributes.get(b"t") == b"e":
                _note(found, at, ERROR)


def _note(found: _Survey, at: tuple[int, int] | None, why: BadCell) -> None:
    if at is None:
        raise UnreadableWorkbook("The workbook holds a formula in no cell. Save it again.")
    if len(found.bad) < _MOST_FAULTS:
        found.bad.setdefault(at, why)
    elif at not in found.bad:
        raise UnreadableWorkbook(
            f"More than {_MOST_FAULTS:,} cells hold formulas, errors or are merged. Copy the "
            f"sheet, and paste values only."
        )


def _merge(found: _Survey, reference: bytes) -> None:
    first, _, last = reference.partition(b":")
    begin, end = _place(first, "a merged cell"), _place(last or first, "a merged cell")
    if (end[0] - begin[0] + 1) * (end[1] - begin[1] + 1) > _MOST_FAULTS:
        raise UnreadableWorkbook(
            f"The cells {reference.decode(errors='replace')[:40]} are merged: unmerge them."
        )
    for row in range(begin[0], end[0] + 1):
        for column in range(begin[1], end[1] + 1):
            _note(found, (row, column), MERGED)


def _place(reference: bytes, name: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(reference)
    if found is None:
        raise UnreadableWorkbook(
            f"{name} holds a cell that does not say where it stands. Open the workbook in a "
            f"spreadsheet program "
            "and save it again."
        )
    return int(found[2]), _column(found[1]) - 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_many_cells(limits: WorkbookLimits) -> UnreadableWorkbook:
    return UnreadableWorkbook(
        f"The workbook reaches over more than {limits.max_cells:,} cells (WORKBOOK_MAX_CELLS). "
        f"Delete what lies "
        "far from the table, or split it."
    )


def _sheets(
    file: BinaryIO, archive: Archive, surveys: Mapping[str, _Survey], limits: WorkbookLimits
) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    parts = _parts(archive)
    file.seek(0)
    try:
        with CalamineWorkbook.from_filelike(file) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ is not SheetTypeEnum.WorkSheet:
                    continue
                survey = surveys.get(parts.get(sheet.name, ""))
                if survey is None:
                    raise UnreadableWorkbook(
                        f"The sheet {sheet.name!r} is not where a workbook keeps its sheets. Save it again."
                    )
                read = workbook.get_sheet_by_name(sheet.name)
                rows = _rows(read.iter_rows(), (read.start or (0, 0))[1], survey.bad)
                yield Sheet(sheet.name, within_rows(rows, sheet.name, limits))
                del read, rows
    except CalamineError as error:
        raise UnreadableWorkbook(f"The workbook cannot be read: {str(error)[:200]}. Save it again.") from None


def _rows(
    rows: Iterable[Sequence[object]], left: int, bad: Mapping[tuple[int, int], BadCell]
) -> Iterator[Row]:
    flawed = {row for row, _ in bad}
    margin: list[Cell] = [None] * left
    for number, cells in enumerate(rows, 1):
        read = [*margin, *(cell if type(cell) is str else _cell(cell) for cell in cells)]
        if number in flawed:
            for (row, column), why in bad.items():
                if row == number:
                    read.extend([None] * (column + 1 - len(read)))
                    read[column] = why
        yield number, read


def _cell(cell: object) -> Cell:
    if isinstance(cell, (dt.date, dt.time, dt.timedelta)):
        return DATE
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, (bool, int, str)):
        return cell
    return None


def _parts(archive: Archive) -> dict[str, str]:
    """Return in which part of the archive each sheet lies, by its name."""
    targets = {
        one["Id"]: one["Target"]
        for name, one in elements(archive, "xl/_rels/workbook.xml.rels")
        if name == "Relationship" and "Id" in one and "Target" in one
    }
    found: dict[str, str] = {}
    for name, one in elements(archive, _WORKBOOK):
        if name == "sheet":
            identifier = next((value for key, value in one.items() if key.endswith(":id")), "")
            target = targets.get(identifier, "")
            found[one.get("name", "")] = (
                target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            )
    return found
