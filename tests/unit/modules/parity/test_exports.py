"""Reports as files: JSON, CSV and workbooks."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

from tidegate.domain.parity import ParityStatus
from tidegate.modules.parity.exports import HEADINGS, cells, csv_pieces, json_pieces, neutral
from tidegate.modules.parity.ports import ItemState, ParityItem, ShownRow
from tidegate.modules.parity.workbook import write_workbook

_AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
_REPORT: dict[str, Any] = {
    "left": {"side": "declared", "environment": "production", "at": "2026-11-01T00:00:00.000Z"},
    "right": "estate.csv",
    "created_at": "2026-11-28T12:00:00.000Z",
    "created_by": "person:ada",
    "rules_digest": "sha256:" + "0" * 64,
}


def shown(
    field: str, status: str, left: object = "a", right: object = None, *, accepted: bool = False
) -> ShownRow:
    def cell(value: object) -> dict[str, Any] | None:
        told = {"environment": "production", "source": "test", "since": None, "seen_at": None}
        return None if value is None else {**told, "value": value}

    row = {
        "component": "harbour",
        "environment": "production",
        "field": field,
        "status": status,
        "left": cell(left),
        "right": cell(right),
        "compared": "text",
    }
    return ShownRow(row, accepted, _item(field) if accepted else None)


def _item(field: str) -> ParityItem:
    return ParityItem(
        id="1",
        comparison="declared ~ observed",
        component="harbour",
        environment="production",
        field=field,
        status=ParityStatus.MISMATCH,
        left="a",
        right="b",
        state=ItemState.ACCEPTED,
        assignee="ada",
        note="=on purpose",
        accepted_until=_AT,
        report_id="2",
        version=1,
        created_at=_AT,
        updated_at=_AT,
        updated_by="person:ada",
    )


def sheets(most_rows: int, rows: list[ShownRow]) -> dict[str, str]:
    target = io.BytesIO()
    write_workbook(target, _REPORT, rows, most_rows=most_rows)
    with zipfile.ZipFile(target) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.startswith("xl/")}


class TestCsv:
    def test_has_a_line_for_each_row(self) -> None:
        rows = [shown("port", "mismatch", 443, 8443, accepted=True), shown("tag", "unobserved", "=x")]
        listed = list(csv.reader(io.StringIO(b"".join(csv_pieces(rows)).decode())))
        assert listed[0] == list(HEADINGS)
        assert listed[1][2:6] == ["port", "mismatch", "2026-11-28T12:00:00.000Z", "443"]
        assert listed[1][-2:] == ["ada", "'=on purpose"]
        assert (listed[2][5], listed[2][8]) == ("'=x", "")

    def test_comes_in_pieces(self) -> None:
        pieces = list(csv_pieces(shown("port", "match") for _ in range(1_001)))
        assert len(pieces) == 3
        assert b"".join(pieces).count(b"\r\n") == 1_002

    def test_neutralises_what_a_spreadsheet_would_run(self) -> None:
        assert [neutral(one) for one in ("=a", "+a", "-a", "@a", "\ta", "a=", -5, True)] == [
            "'=a",
            "'+a",
            "'-a",
            "'@a",
            "'\ta",
            "a=",
            "-5",
            "true",
        ]


class TestJson:
    def test_is_one_document(self) -> None:
        rows = [shown("port", "mismatch", 1, 2, accepted=True), shown("tag", "match", "a", "a")]
        document = json.loads(b"".join(json_pieces(_REPORT, rows)))
        assert document["report"] == _REPORT
        assert [row["field"] for row in document["rows"]] == ["port", "tag"]
        assert document["rows"][0]["item"]["accepted_until"] == "2026-11-28T12:00:00.000Z"
        assert json.loads(b"".join(json_pieces(_REPORT, [])))["rows"] == []


class TestWorkbook:
    def test_holds_values_as_what_they_are_and_no_formula(self) -> None:
        found = sheets(10, [shown("port", "mismatch", 443, True), shown("tag", "unobserved", "=1+1")])
        listed = found["xl/worksheets/sheet2.xml"]
        assert "<v>443</v>" in listed
        assert re.search(r't="b"><v>1</v>', listed)
        assert "=1+1" in listed
        assert not any("<f>" in text for name, text in found.items() if "worksheets" in name)

    def test_has_a_frozen_header_filters_signs_and_charts(self) -> None:
        found = sheets(10, [shown("port", "mismatch", 1, 2), shown("tag", "match", "a", "a")])
        listed = found["xl/worksheets/sheet2.xml"]
        assert 'state="frozen"' in listed
        assert "<autoFilter" in listed
        assert "≠ mismatch" in listed
        assert "✓ match" in listed
        assert len([name for name in found if name.startswith("xl/charts/chart")]) == 3

    def test_says_how_many_rows_it_leaves_out(self) -> None:
        found = sheets(1, [shown("port", "mismatch", 1, 2), shown("tag", "match", "a", "a")])
        assert "1 rows are not in this workbook" in found["xl/worksheets/sheet1.xml"]
        assert "✓ match" not in found["xl/worksheets/sheet2.xml"]

    def test_of_nothing_is_one_too(self) -> None:
        found = sheets(10, [])
        assert "Parity report" in found["xl/worksheets/sheet1.xml"]
        assert "as of 2026-11-01" in found["xl/worksheets/sheet1.xml"]

    def test_takes_what_is_accepted_for_no_finding(self) -> None:
        found = sheets(10, [shown("port", "mismatch", "a", "b", accepted=True)])
        assert "port" not in found["xl/worksheets/sheet3.xml"]


def test_cells_are_as_many_as_headings() -> None:
    assert len(cells(shown("port", "mismatch"))) == len(HEADINGS)
