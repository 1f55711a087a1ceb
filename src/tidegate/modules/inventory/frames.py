"""Tables as files: workbooks and CSV, written row by row; the library is loaded when it is first needed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tidegate.domain.facts import FactValue, FieldName
from tidegate.domain.workbooks import (
    COMPONENT,
    ENVIRONMENT,
    TARGET_COLUMNS,
    cell_name,
    written_text,
    written_value,
)

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SHEET, LISTS = "Inventory", "Lists"
MOST_ROWS = 1_048_576
"""How many rows a sheet of Excel has, the heading among them."""
_ROWS_WITH_LISTS = 5_000
_AWKWARD = re.compile(r"[&<>\x00-\x1f\x7f\ufffe\uffff]|_x|^\s|\s$")
_NOTES = {
    COMPONENT: "The component's name, as it is registered.",
    ENVIRONMENT: "Where it runs. Leave it empty for what holds of the component wherever it runs.",
    "base_url": "Where the target answers, such as https://harbour.example.org. Empty: it is not probed.",
    "owner": "Who is told of the target's incidents, where it is not the component's owner.",
    "interval": "Seconds between two probes. Empty: as the installation has it.",
    "version": "A fact: what should run. Every further column is a fact too; name it as you like, such as "
    "database.version. An empty cell takes the fact away.",
}


def write_csv(
    fields: Sequence[FieldName], rows: Iterable[tuple[Sequence[str], Sequence[FactValue | None]]]
) -> bytes:
    """Write CSV with commas, in UTF-8 with a mark by which Excel knows it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([COMPONENT, ENVIRONMENT, *fields])
    for subject, values in rows:
        cells = (written_text(field, value) for field, value in zip(fields, values, strict=True))
        writer.writerow([*subject, *cells])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_xlsx(
    fields: Sequence[FieldName], rows: Iterable[tuple[Sequence[str], Sequence[FactValue | None]]]
) -> bytes:
    """Write an Excel workbook with a frozen heading and filters."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(SHEET)
    _write_heading(book, sheet, fields)
    count = _write_rows(sheet, len(fields) + 2, rows)
    sheet.autofilter(0, 0, count, len(fields) + 1)
    book.close()
    return file.getvalue()


def _write_rows(
    sheet: Any, width: int, rows: Iterable[tuple[Sequence[str], Sequence[FactValue | None]]]
) -> int:
    """Write plain rows below the heading; returns how many.

    They go past XlsxWriter, into the file of rows that it keeps: its cells without formats take several times
    as long, lose a number's last digit, and take a text in `<r>` for markup.
    """
    sheet._write_single_row(1)  # the heading, which it has kept back until now
    letters = [cell_name(1, place)[:-1] for place in range(width)]
    escaped, write = sheet._escape_control_characters, sheet.row_data_fh.write
    count = 0
    for count, (subject, values) in enumerate(rows, 1):
        number = count + 1
        cells = [f'<row r="{number}">']
        for letter, value in zip(letters, (*subject, *map(written_value, values)), strict=True):
            if isinstance(value, str):
                if _AWKWARD.search(value):
                    text = escaped(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                    kept = f'<is><t xml:space="preserve">{text}</t></is>'
                    cells.append(f'<c r="{letter}{number}" t="inlineStr">{kept}</c>')
                elif value:
                    cells.append(f'<c r="{letter}{number}" t="inlineStr"><is><t>{value}</t></is></c>')
            elif isinstance(value, bool):
                cells.append(f'<c r="{letter}{number}" t="b"><v>{value:d}</v></c>')
            elif value is not None:
                cells.append(f'<c r="{letter}{number}"><v>{value!r}</v></c>')
        write("".join(cells) + "</row>")
    sheet._check_dimensions(count, width - 1)
    return count


def write_template(components: Sequence[str], environments: Sequence[str]) -> bytes:
    """Write an empty workbook with notes, and drop-downs of what is registered."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False})
    sheet, lists = book.add_worksheet(SHEET), book.add_worksheet(LISTS)
    fields = (*TARGET_COLUMNS, "version")
    text = book.add_format({"num_format": "@"})
    sheet.set_column(0, len(fields) + 40, 18, text)
    _write_heading(book, sheet, fields)
    for place, name in enumerate((COMPONENT, ENVIRONMENT, *fields)):
        sheet.write_comment(0, place, _NOTES[name], {"x_scale": 2})
    for place, names in enumerate((components, environments)):
        lists.write_column(0, place, names)
        if names:
            letter = "AB"[place]
            source = f"={LISTS}!${letter}$1:${letter}${len(names)}"
            options = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(1, place, _ROWS_WITH_LISTS, place, options)
    lists.hide()
    book.close()
    return file.getvalue()


def _write_heading(book: Any, sheet: Worksheet, fields: Sequence[FieldName]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    sheet.freeze_panes(1, 2)
    for place, name in enumerate((COMPONENT, ENVIRONMENT, *fields)):
        sheet.write_string(0, place, name, bold)
