"""A report as a workbook: a summary with a chart, the rows to filter, and where most of it comes from."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING

from tidegate.domain.canonical import Json
from tidegate.domain.parity import FINDINGS, ParityStatus
from tidegate.modules.parity.exports import HEADINGS, cells, csv_pieces, described, json_pieces
from tidegate.modules.parity.ports import ParityReport, ShownRow

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The forms in which a report can be had."""

LOOKS: Mapping[ParityStatus, tuple[str, str, str]] = {
    ParityStatus.MATCH: ("✓", "#E2F0E2", "the same on both sides"),
    ParityStatus.MISMATCH: ("≠", "#F8D4D0", "other values"),
    ParityStatus.UNOBSERVED: ("○", "#FCE4C8", "on the left alone"),
    ParityStatus.UNDECLARED: ("＋", "#E5DCF3", "on the right alone"),
    ParityStatus.STALE: ("◷", "#E6E6E6", "seen too long ago to count"),
}
"""A sign, a colour and words for each status: no meaning hangs on a colour alone."""

_ORDER = (*FINDINGS, ParityStatus.MATCH)
_WIDTHS = (22, 14, 26, 16, 12, 26, 26, 22, 26, 26, 22, 16, 16, 30)
_STATUS_COLUMN = 3
_MOST_BARS = 25
_PIECE = 64 * 1024
_IN_MEMORY = 4 * 1024 * 1024


def report_file(
    report: ParityReport, rows: Iterable[ShownRow], form: str, *, most_rows: int
) -> Iterator[bytes]:
    """Write a report in one of the forms of `MEDIA_TYPES`, a piece at a time; see `write_workbook`."""
    if form == "csv":
        yield from csv_pieces(rows)
    elif form == "json":
        yield from json_pieces(described(report), rows)
    else:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            write_workbook(file, described(report), rows, most_rows=most_rows)
            file.seek(0)
            yield from iter(lambda: file.read(_PIECE), b"")


def write_workbook(
    target: IO[bytes], report: Mapping[str, Json], rows: Iterable[ShownRow], *, most_rows: int
) -> None:
    """Write a workbook; of the rows, worst first, so many at most, and the summary says if some are left out.

    Texts are written as texts: none becomes a formula or a link.
    """
    from xlsxwriter import Workbook

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(target, options) as book:
        summary, listed, pareto = (book.add_worksheet(name) for name in ("Summary", "Rows", "Pareto"))
        tally = _write_rows(book, listed, rows, most_rows)
        _write_pareto(book, pareto, tally)
        _write_summary(book, summary, report, tally)


class _Tally:
    """What the rows came to."""

    def __init__(self) -> None:
        self.statuses: Counter[ParityStatus] = Counter()
        self.fields: Counter[str] = Counter()
        self.components: Counter[str] = Counter()
        self.accepted = 0
        self.left_out = 0


def _write_rows(book: Workbook, sheet: Worksheet, rows: Iterable[ShownRow], most: int) -> _Tally:
    tally = _Tally()
    colours = {status: book.add_format({"bg_color": look[1]}) for status, look in LOOKS.items()}
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 3)
    heading = _heading(book)
    for column, text in enumerate(HEADINGS):
        sheet.write_string(0, column, text, heading)
    written = 0
    for shown in rows:
        status = ParityStatus(shown.row["status"])
        _count(tally, shown, status)
        if written == most:
            tally.left_out += 1
            continue
        written += 1
        _write_row(sheet, written, shown, status, colours[status])
    sheet.autofilter(0, 0, max(written, 1), len(HEADINGS) - 1)
    return tally


def _count(tally: _Tally, shown: ShownRow, status: ParityStatus) -> None:
    tally.statuses[status] += 1
    tally.accepted += shown.accepted
    if status is not ParityStatus.MATCH and not shown.accepted:
        tally.fields[shown.row["field"]] += 1
        tally.components[shown.row["component"]] += 1


def _write_row(sheet: Worksheet, at: int, shown: ShownRow, status: ParityStatus, colour: Format) -> None:
    for column, cell in enumerate(cells(shown)):
        if column == _STATUS_COLUMN:
            sheet.write_string(at, column, f"{LOOKS[status][0]} {status}", colour)
        elif isinstance(cell, bool):
            sheet.write_boolean(at, column, cell)
        elif isinstance(cell, str):
            if cell:
                sheet.write_string(at, column, cell)
        else:
            sheet.write_number(at, column, cell)


def _write_pareto(book: Workbook, sheet: Worksheet, tally: _Tally) -> None:
    """Write which fields and which components most findings are of, with the share that they add up to."""
    heading, share = _heading(book), book.add_format({"num_format": "0 %"})
    sheet.set_column(0, 0, 30)
    sheet.set_column(4, 4, 30)
    for column, text in enumerate(
        ("Field", "Findings", "Adds up to", "", "Component", "Findings", "Adds up to")
    ):
        if text:
            sheet.write_string(0, column, text, heading)
    sheet.freeze_panes(1, 0)
    both = [_shares(counter) for counter in (tally.fields, tally.components)]
    for place in range(max(map(len, both))):
        for start, listed in zip((0, 4), both, strict=True):
            if place < len(listed):
                name, count, together = listed[place]
                sheet.write_string(place + 1, start, name)
                sheet.write_number(place + 1, start + 1, count)
                sheet.write_number(place + 1, start + 2, together, share)
    for start, listed, title, cell in ((0, both[0], "By field", "I2"), (4, both[1], "By component", "I22")):
        if listed:
            sheet.insert_chart(cell, _bars(book, title, start, len(listed)))


def _bars(book: Workbook, title: str, start: int, count: int) -> Chart:
    chart, line = _chart(book, "column"), _chart(book, "line")
    names = ["Pareto", 1, start, count, start]
    chart.add_series(
        {"name": "Findings", "categories": names, "values": ["Pareto", 1, start + 1, count, start + 1]}
    )
    share = ["Pareto", 1, start + 2, count, start + 2]
    line.add_series({"name": "Adds up to", "categories": names, "values": share, "y2_axis": True})
    line.set_y2_axis({"min": 0, "max": 1, "num_format": "0 %"})
    chart.combine(line)
    chart.set_title({"name": title})
    chart.set_size({"width": 640, "height": 380})
    return chart


def _shares(counter: Counter[str]) -> list[tuple[str, int, float]]:
    total, together = counter.total(), 0
    listed = []
    for name, count in sorted(counter.items(), key=lambda one: (-one[1], one[0]))[:_MOST_BARS]:
        together += count
        listed.append((name, count, together / total))
    return listed


def _write_summary(book: Workbook, sheet: Worksheet, report: Mapping[str, Json], tally: _Tally) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 40)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, "Parity report", book.add_format({"bold": True, "font_size": 18}))
    for row, (name, value) in enumerate(_facts(report), 1):
        sheet.write_string(row, 0, name, book.add_format({"bold": True}))
        sheet.write_string(row, 1, value)
    start = len(_facts(report)) + 2
    for column, text in enumerate(("Status", "Fields", "Meaning")):
        sheet.write_string(start, column, text, _heading(book))
    for row, status in enumerate(_ORDER, start + 1):
        sign, colour, words = LOOKS[status]
        sheet.write_string(row, 0, f"{sign} {status}", book.add_format({"bg_color": colour}))
        sheet.write_number(row, 1, tally.statuses[status])
        sheet.write_string(row, 2, words)
    after = start + len(_ORDER) + 1
    sheet.write_string(after, 0, "Accepted for now")
    sheet.write_number(after, 1, tally.accepted)
    if tally.left_out:
        text = f"{tally.left_out:,} rows are not in this workbook: the JSON and CSV forms hold every row."
        sheet.write_string(after + 1, 0, text)
    sheet.insert_chart("E2", _doughnut(book, start + 1))


def _facts(report: Mapping[str, Json]) -> list[tuple[str, str]]:
    return [
        ("Left side", _side(report["left"])),
        ("Right side", _side(report["right"])),
        ("Component", str(report.get("component") or "all")),
        ("Made at", str(report["created_at"])),
        ("Made by", str(report["created_by"])),
        ("Rules", str(report["rules_digest"])),
        ("Rows", str(report.get("digest") or "")),
    ]


def _side(side: Json) -> str:
    if not isinstance(side, Mapping):
        return str(side)
    where = f" in {side['environment']}" if side.get("environment") else ""
    when = f", as of {side['at']}" if side.get("at") else ""
    return f"{side['side']}{where}{when}"


def _chart(book: Workbook, kind: str) -> Chart:
    chart: Chart = book.add_chart({"type": kind})  # type: ignore[assignment]  # None for an unknown kind
    return chart


def _doughnut(book: Workbook, first: int) -> Chart:
    chart = _chart(book, "doughnut")
    last = first + len(_ORDER) - 1
    chart.add_series(
        {
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, 1, last, 1],
            "points": [{"fill": {"color": LOOKS[status][1]}} for status in _ORDER],
            "data_labels": {"percentage": True},
        }
    )
    chart.set_title({"name": "Fields by status"})
    return chart


def _heading(book: Workbook) -> Format:
    return book.add_format({"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF"})
