"""Reports as files: JSON, CSV with neutralised cells, and a workbook (`workbook.py`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tidegate.domain.canonical import Json
from tidegate.domain.facts import FactValue
from tidegate.domain.parity_values import written
from tidegate.domain.times import write_time
from tidegate.modules.parity.ports import ParityReport, ReportSide, ShownRow

HEADINGS = (
    "Component",
    "Environment",
    "Field",
    "Status",
    "Accepted",
    "Left value",
    "Left source",
    "Left seen at",
    "Right value",
    "Right source",
    "Right seen at",
    "Compared as",
    "Assignee",
    "Note",
)
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 500


def described(report: ParityReport) -> dict[str, Json]:
    """Return a report without its rows, as its document."""
    counts = report.counts
    return {
        "id": report.id,
        "left": side_document(report.left),
        "right": side_document(report.right),
        "component": report.component,
        "rules": report.rules,
        "rules_digest": report.rules_digest,
        "state": str(report.state),
        "failure": report.failure,
        "counts": counts.to_document() if counts is not None else None,
        "findings": counts.findings if counts is not None else None,
        "digest": report.digest,
        "created_at": write_time(report.created_at),
        "created_by": report.created_by,
        "finished_at": write_time(report.finished_at) if report.finished_at is not None else None,
    }


def side_document(side: ReportSide) -> dict[str, Json]:
    """Return a side as its document."""
    at = write_time(side.at) if side.at is not None else None
    return {"side": str(side.side), "environment": side.environment, "at": at}


def row_document(shown: ShownRow) -> dict[str, Json]:
    """Return a row with what people made of it, as its document."""
    item = shown.item
    handled: Json = None
    if item is not None:
        until = item.accepted_until
        handled = {
            "id": item.id,
            "state": str(item.state),
            "assignee": item.assignee,
            "note": item.note,
            "accepted_until": write_time(until) if until is not None else None,
        }
    return {**shown.row, "accepted": shown.accepted, "item": handled}


def json_pieces(report: Mapping[str, Json], rows: Iterable[ShownRow]) -> Iterator[bytes]:
    """Write a report and its rows as one JSON document, a piece at a time."""
    yield b'{"report":' + msgspec.json.encode(report) + b',"rows":['
    before = b"\n"
    for shown in rows:
        yield before + msgspec.json.encode(row_document(shown))
        before = b",\n"
    yield b"\n]}\n"


def csv_pieces(rows: Iterable[ShownRow]) -> Iterator[bytes]:
    """Write rows as CSV (RFC 4180), a piece at a time; no cell is a formula to any spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for number, shown in enumerate(rows, 1):
        writer.writerow([neutral(cell) for cell in cells(shown)])
        if number % _AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def cells(shown: ShownRow) -> list[FactValue]:
    """Return a row's cells in the order of the headings; "" for what is not there."""
    row, item = shown.row, shown.item
    until = write_time(item.accepted_until) if item is not None and item.accepted_until is not None else "yes"
    return [
        row["component"],
        row["environment"] or "",
        row["field"],
        row["status"],
        until if shown.accepted else "",
        *_side_cells(row["left"]),
        *_side_cells(row["right"]),
        row["compared"],
        (item.assignee if item is not None else None) or "",
        (item.note if item is not None else None) or "",
    ]


def _side_cells(cell: Mapping[str, Any] | None) -> tuple[FactValue, str, str]:
    return ("", "", "") if cell is None else (cell["value"], cell["source"], cell["seen_at"] or "")


def neutral(cell: FactValue) -> str:
    """Write a cell so that a spreadsheet takes no text for a formula: with an apostrophe before it."""
    text = written(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_BEGINNINGS) else text
