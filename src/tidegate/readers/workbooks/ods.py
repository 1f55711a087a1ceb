"""OpenDocument spreadsheets, read as they are parsed: repeated cells are counted before they are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tidegate.domain.workbooks import BadCell, Cell
from tidegate.readers.workbooks.archives import Archive, feed, safe_parser
from tidegate.readers.workbooks.base import Row, Sheet, UnreadableWorkbook, WorkbookLimits, within_rows
from tidegate.readers.workbooks.xlsx import DATE, FORMULA, MERGED

TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_NUMBERS = frozenset({"float", "percentage", "currency"})
_NOT_SHOWN = frozenset({"office:annotation", "text:note", "draw:frame"})


def read_ods(file: BinaryIO, limits: WorkbookLimits) -> Iterator[Sheet]:
    """Go through a spreadsheet's sheets; raises `UnreadableWorkbook`."""
    archive = Archive(file, limits)
    if _CONTENT not in archive.names:
        raise UnreadableWorkbook(
            "The file is an archive, and no spreadsheet: save it as .xlsx, .ods or .csv."
        )
    if "META-INF/manifest.xml" in archive.names and b"encryption-data" in archive.read(
        "META-INF/manifest.xml"
    ):
        raise UnreadableWorkbook("The spreadsheet is encrypted: save it without a password.")
    document = _OdsDocument(limits)
    parser = safe_parser(document.start)
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.text
    feed(parser, archive, _CONTENT)
    for name, rows in document.sheets:
        yield Sheet(name, within_rows(iter(rows), name, limits))


class _OdsDocument:
    """Takes what the parser finds; rows without content are not kept."""

    def __init__(self, limits: WorkbookLimits) -> None:
        self._limits = limits
        self.sheets: list[tuple[str, list[Row]]] = []
        self._row = self._row_repeats = self._kept = self._depth = self._hidden = 0
        self._cells: list[Cell] = []
        self._paragraphs: list[str] | None = None
        self._cell: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an element's beginning."""
        if tag == "table:table":
            self._depth += 1
            if self._depth > 1:
                raise UnreadableWorkbook("The spreadsheet holds a table within a cell. Take it out.")
            self.sheets.append((attributes.get("table:name", ""), []))
            self._row = 0
        elif tag == "table:table-row" and self._depth:
            self._cells, self._row_repeats = [], _repeats(attributes, "table:number-rows-repeated")
        elif tag in ("table:table-cell", "table:covered-table-cell") and self._depth:
            self._cell, self._paragraphs = {**attributes, "": tag}, []
        elif tag in _NOT_SHOWN:
            self._hidden += 1
        elif self._paragraphs is not None and not self._hidden:
            if tag == "text:p":
                self._paragraphs.append("")
            elif self._paragraphs and tag == "text:s":
                count = _repeats(attributes, "text:c")
                self._paragraphs[-1] += " " * min(count, 10_000)
            elif self._paragraphs and tag in ("text:tab", "text:line-break"):
                self._paragraphs[-1] += "\t" if tag == "text:tab" else "\n"

    def text(self, text: str) -> None:
        """Take a text of the cell that is open."""
        if self._paragraphs and not self._hidden:
            self._paragraphs[-1] += text

    def end(self, tag: str) -> None:
        """Take an element's end."""
        if tag == "table:table":
            self._depth -= 1
        elif tag in _NOT_SHOWN:
            self._hidden -= 1
        elif tag in ("table:table-cell", "table:covered-table-cell") and self._paragraphs is not None:
            self._add_cell(_value(self._cell, "\n".join(self._paragraphs)))
            self._paragraphs = None
        elif tag == "table:table-row" and self._depth:
            self._add_row()

    def _add_cell(self, cell: Cell) -> None:
        repeats = _repeats(self._cell, "table:number-columns-repeated")
        if cell is None and repeats > 500:
            return  # the rest of a row, up to the last column that there could be
        self._count(repeats)
        self._cells.extend([cell] * repeats)

    def _add_row(self) -> None:
        while self._cells and self._cells[-1] is None:
            self._cells.pop()
        if self._cells:
            self._count(len(self._cells) * (self._row_repeats - 1))
            rows = self.sheets[-1][1]
            rows.extend((self._row + 1 + more, self._cells) for more in range(self._row_repeats))
        self._row += self._row_repeats

    def _count(self, cells: int) -> None:
        self._kept += cells
        if self._kept > self._limits.max_cells:
            raise UnreadableWorkbook(
                f"The spreadsheet holds more than {self._limits.max_cells:,} cells "
                f"(WORKBOOK_MAX_CELLS). Split it."
            )


def _value(cell: dict[str, str], text: str) -> Cell:
    if cell[""] == "table:covered-table-cell" or _repeats(cell, "table:number-columns-spanned") > 1:
        return MERGED
    if _repeats(cell, "table:number-rows-spanned") > 1:
        return MERGED
    if "table:formula" in cell:
        return FORMULA
    kind = cell.get("office:value-type")
    if kind in _NUMBERS:
        return _number(cell.get("office:value", ""))
    if kind in ("date", "time"):
        return DATE
    if kind == "boolean":
        return cell.get("office:boolean-value") == "true"
    return cell.get("office:string-value", text) or None


def _number(text: str) -> Cell:
    try:
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    except ValueError:
        return BadCell("The cell's number cannot be read: write it again.")


def _repeats(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not text.isdigit() or len(text) > 9:
        raise UnreadableWorkbook(
            "The spreadsheet repeats a cell an impossible number of times. Save it again."
        )
    return int(text)
