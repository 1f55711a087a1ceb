"""Reports in other encodings are read as what they are, or refused by the encoding's name."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.reading import items, measure, read_whole, refusal
from tidegate.domain.findings import Case
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.detect import find_reader
from tidegate.readers.encodings import declared_encoding, in_utf8, recode, wide_encoding, xml_in_utf8
from tidegate.readers.test_results.junit import READER

REPORT = '<testsuites><testsuite name="s" tests="1"><testcase name="日本"/></testsuite></testsuites>'


def declaring(encoding: str, report: str = REPORT) -> str:
    """Write a report that declares an encoding."""
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{report}'


def names(report: bytes) -> list[str]:
    """Read the names of a JUnit report's cases."""
    return [case.name for case in items(READER, report) if isinstance(case, Case)]


class TestXml:
    @pytest.mark.parametrize(
        ("declared", "codec"),
        [
            ("Shift_JIS", "cp932"),
            ("windows-31j", "cp932"),
            ("euc-jp", "euc_jp"),
            ("iso-2022-jp", "iso2022_jp"),
            ("GB2312", "gb18030"),
            ("big5", "big5"),
            ("utf-16", "utf-16"),
            ("utf-16", "utf-8"),
            ("utf-16", "utf-8-sig"),
            ("ucs-2", "utf-8"),
            ("utf-32", "utf-32"),
            ("utf-8", "utf-16"),
            ("utf-8", "utf-8-sig"),
            ("us-ascii", "utf-8-sig"),
        ],
    )
    def test_reads_what_the_bytes_are(self, declared: str, codec: str) -> None:
        report = declaring(declared).encode(codec)
        assert names(report) == ["日本"]
        assert find_reader(Source.of_bytes(report)).format == "junit"

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
    def test_reads_wide_characters_without_a_mark(self, codec: str) -> None:
        assert names(REPORT.encode(codec)) == ["日本"]

    def test_reads_characters_that_a_chunk_cuts(self) -> None:
        report = REPORT.replace("日本", "日本" * 100_001)
        assert names(declaring("shift_jis", report).encode("cp932"))[0].endswith("日本")

    @pytest.mark.parametrize(
        ("report", "why"),
        [
            (declaring("utf-8").encode("cp932"), "bytes that are not in the document's encoding, utf-8"),
            (REPORT.encode("euc_jp"), "bytes that are not in the document's encoding, UTF-8"),
            (declaring("utf-16").encode("cp932"), "bytes that are not in the document's encoding, utf-16"),
            (declaring("shift_jis").encode("cp932") + b"\x81 ", "The report begins as cp932, but is not"),
            (declaring("klingon").encode(), "declares the encoding 'klingon', which is not known"),
        ],
    )
    def test_refuses_a_wrong_declaration_by_name(self, report: bytes, why: str) -> None:
        assert why in refusal(READER, report)
        with pytest.raises(Unreadable, match="UTF-8"):
            read_whole(Source.of_bytes(report), Limits())


class TestJsonAndText:
    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
    def test_reads_text_and_json_of_a_windows_shell(self, codec: str) -> None:
        text = "Success: no issues found in 1 source file\r\n"
        assert read_whole(Source.of_bytes(text.encode(codec)), Limits()).tool == "mypy"
        text = '{"dependencies": [{"name": "größe", "version": "1", "vulns": []}], "fixes": []}'
        assert read_whole(Source.of_bytes(text.encode(codec)), Limits()).tool == "pip-audit"

    def test_refuses_other_encodings_and_says_what_to_write(self) -> None:
        text = '{"dependencies": [{"name": "日本", "version": "1", "vulns": []}], "fixes": []}'
        with pytest.raises(Unreadable, match="write it again as UTF-8"):
            read_whole(Source.of_bytes(text.encode("cp932")), Limits())

    def test_names_the_encoding_of_what_no_reader_knows(self) -> None:
        with pytest.raises(Unreadable, match="looks like UTF-16 text"):
            find_reader(Source.of_bytes("words".encode("utf-16")))


class TestSmallParts:
    @given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=50))
    def test_gives_the_same_text_in_utf_8(self, text: str) -> None:
        source = in_utf8(Source.of_bytes(("ab" + text).encode("utf-16")))
        with source.open() as stream:
            assert stream.read().decode() == source.head.decode() == "ab" + text
        assert source.size == len(source.head)

    @given(st.binary(max_size=40))
    def test_never_raises_while_the_encoding_is_recognised(self, data: bytes) -> None:
        for source in (Source.of_bytes(data), Source.of_bytes(codecs.BOM_UTF16_LE + data)):
            in_utf8(source)
            xml_in_utf8(source)

    def test_leaves_utf_8_as_it_is(self) -> None:
        source = Source.of_bytes(REPORT.encode())
        assert in_utf8(source) is source
        assert xml_in_utf8(source) == (source, None)
        assert wide_encoding(b"") is None
        assert declared_encoding(b"<?xml version='1.0'?>") is None

    def test_counts_the_bytes_of_a_long_report_as_they_were(self) -> None:
        data = ("a" * 100_000).encode("utf-16")
        assert recode(Source.of_bytes(data), "utf-16").size == len(data)
        assert measure(READER, declaring("latin-1", REPORT.replace("日本", "é")).encode("latin-1")).ran
