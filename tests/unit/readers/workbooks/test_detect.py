"""Workbooks as people send them: each kind is read, and what cannot be used is named by its cell."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from tidegate.domain.workbooks import BadCell, Cell
from tidegate.readers.workbooks.base import UnreadableWorkbook, WorkbookLimits
from tidegate.readers.workbooks.detect import read_workbook
from tidegate.readers.workbooks.rows import ReadWorkbook, read_sheets

_HEAD = ["component", "environment", "version", "replicas"]
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def workbook(fill: Callable[[Any, Any], None]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Estate")
    sheet.write_row(0, 0, _HEAD)
    fill(book, sheet)
    book.close()
    return file.getvalue()


def ods(rows: str, **more: str) -> bytes:
    names = "office table text".split()
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Estate">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    return archive({"mimetype": _ODS, "content.xml": content, **more})


def archive(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in files.items():
            written.writestr(name, text)
    return file.getvalue()


def replaced(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        files = {one: read.read(one).decode() for one in read.namelist()}
    return archive({**files, name: change(files[name])})


def read(data: bytes, **limits: int) -> ReadWorkbook:
    return read_sheets(read_workbook(io.BytesIO(data), WorkbookLimits(**limits)))


def cells(data: bytes) -> list[list[Cell]]:
    return [row for sheet in read_workbook(io.BytesIO(data), WorkbookLimits()) for _, row in sheet.rows]


def bad(found: ReadWorkbook) -> dict[str, str]:
    return {one.cell: one.reason for one in found.problems}


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableWorkbook) as refused:
        read(data, **limits)
    return str(refused.value)


class TestXlsx:
    def test_keeps_texts_as_texts_and_numbers_as_numbers(self) -> None:
        def fill(_: Any, sheet: Any) -> None:
            sheet.write_string(1, 0, "harbour")
            sheet.write_string(1, 2, "1.10")
            sheet.write_number(1, 3, 3)
            sheet.write_boolean(2, 3, True)
            sheet.write_number(3, 3, 0.1)

        assert cells(workbook(fill))[1:] == [
            ["harbour", "", "1.10", 3],
            ["", "", "", True],
            ["", "", "", 0.1],
        ]

    def test_names_formulas_errors_dates_merged_cells_and_versions_that_are_numbers(self) -> None:
        def fill(book: Any, sheet: Any) -> None:
            for row in range(1, 6):
                sheet.write_string(row, 0, "harbour")
                sheet.write_string(row, 1, f"place{row}")
            sheet.write_formula(1, 2, '="1."&"4"', None, "1.4")
            sheet.write_formula(2, 3, "=NA()", None, "#N/A")
            sheet.write_datetime(3, 2, dt.datetime(2026, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
            sheet.merge_range(4, 2, 4, 3, "1.4.2")
            sheet.write_number(5, 2, 1.1)

        found = bad(read(workbook(fill)))
        assert sorted(found) == ["C2", "C4", "C5", "C6", "D3", "D5"]
        assert "formula" in found["C2"]
        assert "date" in found["C4"]
        assert "unmerge" in found["C5"]
        assert "1.10 becomes 1.1" in found["C6"]

    def test_names_an_error_that_no_formula_left(self) -> None:
        data = workbook(lambda _, sheet: sheet.write_row(1, 0, ["harbour", "production", "x", 5]))
        spoilt = replaced(
            data,
            "xl/worksheets/sheet1.xml",
            lambda text: text.replace('<c r="D2"><v>5</v>', '<c r="D2" t="e"><v>#N/A</v>'),
        )
        assert list(bad(read(spoilt))) == ["D2"]

    def test_finds_its_table_below_and_right_of_the_first_cell(self) -> None:
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file)
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, _HEAD)
        sheet.write_row(4, 2, ["harbour", "production", 1.5, 3])
        book.close()
        assert list(bad(read(file.getvalue()))) == ["E5"]

    def test_skips_sheets_without_a_column_component_and_says_so(self) -> None:
        def fill(book: Any, _: Any) -> None:
            book.add_worksheet("Notes").write_string(0, 0, "Ask the port")
            book.add_worksheet("Empty")

        assert read(workbook(fill)).skipped == ["Notes", "Empty"]

    def test_refuses_cells_that_reach_too_far(self) -> None:
        far = workbook(lambda _, sheet: sheet.write_string(1_048_575, 16_383, "far"))
        assert "WORKBOOK_MAX_CELLS" in refusal(far)
        low = workbook(lambda _, sheet: sheet.write_string(300, 0, "low"))
        assert "WORKBOOK_MAX_ROWS" in refusal(low, max_rows=200)
        assert "WORKBOOK_MAX_CELLS" in refusal(low, max_cells=3)

    def test_refuses_cells_that_do_not_say_where_they_stand(self) -> None:
        data = replaced(
            workbook(lambda _, sheet: None),
            "xl/worksheets/sheet1.xml",
            lambda text: text.replace('<c r="A1"', "<c"),
        )
        assert "does not say where it stands" in refusal(data)

    def test_refuses_macros(self) -> None:
        data = replaced(
            workbook(lambda _, sheet: None),
            "[Content_Types].xml",
            lambda text: text.replace("spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"),
        )
        assert "macros" in refusal(data)

    def test_refuses_a_document_type(self) -> None:
        data = replaced(
            workbook(lambda _, sheet: None),
            "xl/workbook.xml",
            lambda text: text.replace("<workbook", '<!DOCTYPE a [<!ENTITY b "c">]><workbook', 1),
        )
        assert "document type" in refusal(data)

    def test_refuses_damage(self) -> None:
        data = workbook(lambda _, sheet: None)
        assert "damaged" in refusal(data[:-30])
        assert "damaged" in refusal(replaced(data, "xl/workbook.xml", lambda text: text[:-9]))
        assert "before it is complete" in refusal(
            replaced(data, "xl/worksheets/sheet1.xml", lambda text: text.partition("</sheetData>")[0])
        )
        assert "cannot be read" in refusal(
            replaced(data, "xl/sharedStrings.xml", lambda text: text.replace("</si>", "</is>"))
        )
        assert "no Excel workbook" in refusal(archive({"notes.txt": "harbour"}))


class TestZip:
    def test_is_refused_before_it_unpacks_to_too_much(self) -> None:
        data = workbook(lambda _, sheet: None)
        bomb = replaced(data, "xl/theme/theme1.xml", lambda _: " " * 2_000_000)
        assert "WORKBOOK_MAX_UNPACKED" in refusal(bomb, max_unpacked=1_000_000)

    def test_is_refused_where_it_lies_about_its_sizes(self) -> None:
        data = archive({"[Content_Types].xml": "", "xl/workbook.xml": "", "xl/a.xml": " " * 1_000_000})
        size = (1_000_000).to_bytes(4, "little")
        at = data.rfind(size)
        lying = data[:at] + (10).to_bytes(4, "little") + data[at + 4 :]
        assert "more than it says" in refusal(lying)

    def test_is_refused_with_a_name_twice_or_too_many(self) -> None:
        file = io.BytesIO(archive({"a": "1"}))
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as written:
            written.writestr("a", "2")
        assert "twice" in refusal(file.getvalue())
        many = archive({str(number): "" for number in range(30)})
        assert "30 files" in refusal(many, max_members=20)


class TestOds:
    def test_reads_texts_numbers_and_truths_and_names_the_rest(self) -> None:
        head = "".join(_text(name) for name in _HEAD)
        rows = f"<table:table-row>{head}</table:table-row>" + _row(
            _text("harbour")
            + _text("production")
            + _text("1.10")
            + '<table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p>'
            "</table:table-cell>"
        )
        rows += _row(
            _text("crane") + '<table:table-cell table:number-columns-spanned="2" office:value-type="string">'
            "<text:p>x</text:p></table:table-cell><table:covered-table-cell/>"
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        )
        rows += _row(
            _text("quay")
            + "<table:table-cell/>"
            + '<table:table-cell office:value-type="date" office:date-value="2026-01-02"/>'
            '<table:table-cell table:formula="of:=1" office:value-type="float" office:value="1"/>'
        )
        found = read(ods(rows))
        assert sorted(bad(found)) == ["B3", "C3", "C4", "D4"]
        assert [bytes(entry.values) for entry in found.entries] == [b'["1.10",3]']

    def test_counts_repeated_cells_before_it_makes_them(self) -> None:
        head = _row(_text("component"))
        many = _row(_text("x", 'table:number-columns-repeated="16384"'), repeats=1_000_000)
        assert "WORKBOOK_MAX_CELLS" in refusal(ods(head + many))
        empty = _row('<table:table-cell table:number-columns-repeated="16384"/>', repeats=1_000_000)
        assert read(ods(head + empty)).entries == []
        assert "impossible" in refusal(ods(_row(_text("x", 'table:number-columns-repeated="-1"'))))

    def test_reads_spaces_and_leaves_out_comments(self) -> None:
        cell = (
            '<table:table-cell office:value-type="string"><office:annotation><text:p>hint</text:p>'
            '</office:annotation><text:p>a<text:s text:c="2"/>b</text:p></table:table-cell>'
        )
        assert cells(ods(_row(cell)))[0] == ["a  b"]

    def test_refuses_what_is_encrypted_or_nested(self) -> None:
        manifest = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}
        assert "encrypted" in refusal(ods("", **manifest))
        assert "table within" in refusal(ods("<table:table/>"))
        assert "no spreadsheet" in refusal(archive({"mimetype": _ODS}))

    def test_names_a_number_that_cannot_be_read(self) -> None:
        cell = '<table:table-cell office:value-type="float" office:value="many"/>'
        assert isinstance(cells(ods(_row(cell)))[0][0], BadCell)


class TestCsv:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_is_read_whatever_separates_its_columns(self, separator: str) -> None:
        text = separator.join(("component", "version", "note", "n")) + "\r\n"
        text += separator.join(("harbour", "1.1", '"a,b;c"', "1.5")) + "\r\n"
        assert cells(b"\xef\xbb\xbf" + text.encode())[1] == ["harbour", "1.1", "a,b;c", 1.5]

    def test_names_rows_that_are_too_short_or_too_long(self) -> None:
        found = bad(read(b"component,version\nharbour\n\ncrane,1.0,more\n"))
        assert sorted(found) == ["B2", "C4"]

    def test_is_refused_where_it_is_none(self) -> None:
        assert "UTF-8" in refusal("component\nGröße\n".encode("latin-1"))
        assert "UTF-8" in refusal(("component\n" + "a\n" * 100_000 + "Größe\n").encode("latin-1"))
        assert "not CSV" in refusal(b'component\n"a"b\n')
        assert "WORKBOOK_MAX_CELLS" in refusal(b"component\na\nb\n", max_cells=2)


class TestOthers:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty"),
            (b"%PDF-1.7", "a PDF"),
            (b" <html>", "a web page"),
            (b"{}", "JSON"),
            (b"MZ\0\0", "neither .xlsx"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old kind"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ],
    )
    def test_are_refused_by_what_they_are(self, data: bytes, said: str) -> None:
        assert said in refusal(data)

    def test_without_the_column_are_refused_with_what_to_do(self) -> None:
        assert "tidegate inventory template" in refusal(b"name\nharbour\n")


class TestRows:
    def test_name_columns_that_are_no_fields_or_there_twice(self) -> None:
        found = bad(read(b"component,Version,zone,zone\nharbour,1,2,3\n"))
        assert sorted(found) == ["B1", "D1"]

    def test_name_a_field_that_is_given_twice(self) -> None:
        found = read(b"component,zone\nharbour,north\nharbour,south\n")
        for _, rows in found.by_subject():
            found.values_of(rows)
        assert list(bad(found)) == ["B3"]
        plain = read(b"component\nharbour\nharbour\n")
        for _, rows in plain.by_subject():
            plain.values_of(rows)
        assert list(bad(plain)) == ["A3"]


def _text(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def _row(cells: str, repeats: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeats}">{cells}</table:table-row>'


class TestDoubledRows:
    HEAD = b"component,environment,version,interval\n"

    def problems(self, rows: bytes) -> list[str]:
        return [f"{one.cell} {one.reason}" for one in read(self.HEAD + rows).problems]

    def test_are_named_where_one_of_them_has_another_fault(self) -> None:
        harbour = b"harbour,production,1.4.0,60\n"
        late = self.problems(harbour + b"shop,production,1.0.0,60\nharbour,production,1.4.0,often\n")
        assert late == [
            "D4 The interval is a whole number of seconds.",
            "A4 harbour/production is there twice: sheet 'csv', row 2, is of it too. Keep one of them.",
        ]
        early = self.problems(b"harbour,production,1.4.0,often\n" + harbour)
        assert sum("row 2, is of it too" in one for one in early) == 1
        both = self.problems(b"harbour,production,1.4.0,often\n" * 3)
        assert sum("row 2, is of it too" in one for one in both) == 2

    def test_are_none_where_the_name_itself_is_at_fault(self) -> None:
        assert not any("twice" in one for one in self.problems(b",production,1,often\n" * 2))

    def test_of_two_sheets_may_describe_one_subject_together(self) -> None:
        def fill(book: Any, sheet: Any) -> None:
            sheet.write_row(1, 0, ["harbour", "production", "1.4.0", 2])
            for name, field in (("More", "zone"), ("Again", "replicas")):
                other = book.add_worksheet(name)
                other.write_row(0, 0, ["component", "environment", field, "interval"])
                other.write_row(1, 0, ["harbour", "production", "north", "often"])

        twice = [one for one in read(workbook(fill)).problems if "is there twice" in one.reason]
        assert [(one.sheet, one.cell) for one in twice] == [("Again", "A2")]
