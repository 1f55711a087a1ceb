"""Which format a report is in: by content, or by name; never by guess."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import BinaryIO

import pytest

from tests.fakes.readers import FAKE_READER
from tests.support.reading import read_whole
from tidegate.readers import registry
from tidegate.readers.base import Item, Limits, Source, Unreadable
from tidegate.readers.detect import UnknownFormat, describe, find_reader, start

READERS = (FAKE_READER, dataclasses.replace(FAKE_READER, format="later"))


class TestFindReader:
    def test_takes_the_first_reader_that_knows_the_content(self) -> None:
        assert find_reader(Source.of_bytes(b"fake"), readers=READERS).format == "fake"

    def test_reads_no_more_than_the_beginning_where_that_tells(self) -> None:
        def never() -> BinaryIO:
            raise AssertionError("opened")

        head = b'{"errors": [], "metrics": {"_totals": {}}, "results": [' + b" " * Source.HEAD_BYTES
        source = Source("bandit.json", head[: Source.HEAD_BYTES], 10 * len(head), never)
        assert find_reader(source).format == "bandit"

    def test_takes_the_named_reader_whatever_the_content(self) -> None:
        assert find_reader(Source.of_bytes(b"?"), "later", READERS).format == "later"

    def test_suggests_the_name_that_was_meant(self) -> None:
        with pytest.raises(UnknownFormat, match="named 'faek'. Did you mean 'fake'.* read: fake, later"):
            find_reader(Source.of_bytes(b""), "faek", READERS)
        with pytest.raises(UnknownFormat, match="named 'fake-json'. Did you mean 'fake'"):
            find_reader(Source.of_bytes(b""), "fake-json", READERS)
        with pytest.raises(UnknownFormat) as raised:
            find_reader(Source.of_bytes(b""), "xyz", READERS)
        assert "Did you mean" not in str(raised.value)

    def test_says_of_unknown_content_what_it_looks_like_and_what_to_do(self) -> None:
        with pytest.raises(Unreadable) as raised:
            find_reader(Source.of_bytes(b"secret words", "r.txt"), readers=READERS)
        assert "r.txt" in str(raised.value)
        assert "plain text" in str(raised.value)
        assert "name its format: lcov:PATH (or pylint-text, mypy-text, mypy-json, flake8)." in str(
            raised.value
        )
        assert "secret" not in str(raised.value)

    @pytest.mark.parametrize("data", [b"", b"\xfd7zXZ\x00", b"[]", b"5", b"words"])
    def test_says_it_in_so_few_words_that_a_verdict_cuts_none_off(self, data: bytes) -> None:
        name = "services/harbour/build/reports/tests/unit/TEST-harbour.xml"
        with pytest.raises(Unreadable) as raised:
            find_reader(Source.of_bytes(data, name))
        assert len(str(raised.value)) <= 300

    def test_a_file_name_that_names_the_tool_gets_its_command(self) -> None:
        with pytest.raises(
            Unreadable, match="Write it with `ruff check [^`]*`\\. Or name its format: lcov:PATH"
        ):
            find_reader(Source.of_bytes(b"words", "out/ruff.txt"), readers=READERS)
        with pytest.raises(Unreadable, match="Write it with `ruff check [^`]*`\\.$"):
            find_reader(Source.of_bytes(b"", "out/ruff.txt"), readers=READERS)

    @pytest.mark.parametrize(
        ("data", "advice"),
        [
            (
                b"[]",
                "format: FORMAT:PATH, one of ruff-json, pylint-json, hadolint, gitleaks, gitlab-codequality.",
            ),
            (
                b"{}",
                "as nyc writes where it covered no file. If a tool wrote it, name its format: istanbul:PATH.",
            ),
            (
                b"All checks passed!\n",
                "ty and others write. If a tool wrote it, name its format: ruff-text:PATH.",
            ),
            (b"[1, 2]", "name its format: ruff-json:PATH (or pylint-json, pip-audit)."),
            (b'{"a": 1}', "format: sarif:PATH (or bandit, safety, pip-audit, coveragepy, cyclonedx)."),
            (b"<a/>", "name its format: junit:PATH (or cobertura, jacoco)."),
            (b"5", "name its format: flake8:PATH."),
            (b"", "If a tool should have written it, run that again and see what it says."),
            (b"\x1f\x8b", "run that again and see what it says."),
        ],
    )
    def test_lists_the_formats_that_can_be_named(self, data: bytes, advice: str) -> None:
        with pytest.raises(Unreadable) as raised:
            find_reader(Source.of_bytes(data, "odd"), readers=READERS)
        assert str(raised.value).endswith(advice)

    @pytest.mark.parametrize("data", [b"[]", b"[1]", b'{"a": 1}', b"<a/>", b"5", b"words"])
    def test_lists_none_that_there_is_not(self, data: bytes) -> None:
        with pytest.raises(Unreadable) as raised:
            find_reader(Source.of_bytes(data, "odd"), readers=READERS)
        listed = str(raised.value).rpartition("format: ")[2].replace("FORMAT:PATH, one of", "")
        listed = listed.replace(":PATH", "").replace("(or", "")
        assert set(re.findall(r"[\w-]+", listed)) <= set(registry.FORMATS)

    def test_of_an_empty_list_it_names_the_tool_of_the_file_first(self) -> None:
        with pytest.raises(Unreadable, match=r"format: gitleaks:PATH \(or ruff-json, pylint-json, "):
            find_reader(Source.of_bytes(b"[]", "out/gitleaks.json"), readers=READERS)

    def test_sees_the_keys_that_come_late_in_a_long_object(self) -> None:
        parts = [{"type": "library", "name": f"part-{n}", "version": "1"} for n in range(3_000)]
        late = {"components": parts, "specVersion": "1.6", "bomFormat": "CycloneDX"}
        assert find_reader(Source.of_bytes(json.dumps(late).encode())).format == "cyclonedx"

    def test_names_a_format_by_keys_that_come_late(self) -> None:
        late = {"filler": ["x" * 70] * 1_000, "database": {}, "lockfile": {}}
        with pytest.raises(Unreadable, match="this is cargo audit JSON"):
            find_reader(Source.of_bytes(json.dumps(late).encode()))

    @pytest.mark.parametrize(
        "data", [b'{"a": "' + b"x" * 70_000, b"{" + b'"a":{' * 20_000, b'{"a": 1}' + b" " * 70_000]
    )
    def test_a_long_file_that_shows_nothing_more_is_refused(self, data: bytes) -> None:
        with pytest.raises(Unreadable, match="cannot be recognised"):
            find_reader(Source.of_bytes(data))

    def test_knows_the_registered_readers(self) -> None:
        assert (
            find_reader(Source.of_bytes(b"Success: no issues found in 1 source file\n")).format == "mypy-text"
        )


class TestDescribe:
    @pytest.mark.parametrize(
        ("head", "what"),
        [
            (b"", "an empty file"),
            (b"\xef\xbb\xbf \n", "an empty file"),
            (b"\xff\xfea\0", "UTF-16"),
            (b"\xff\xfe\0\0", "UTF-32"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"PK\x03\x04", "zip"),
            (b"SQLite format 3\0", "SQLite"),
            (b"ab\0c", "binary"),
            (b"<!DOCTYPE html><p>", "an HTML"),
            (b"<?xml version='1.0'?>", "XML"),
            (b'{"a": 1}', "JSON (an object)"),
            (b'{"a": NaN}', "JSON (an object) with a fault: invalid character (byte 6)"),
            (b'{"a": 1,}', "JSON (an object) with a fault: "),
            (b'["\xff"]', "JSON (a list) that is not UTF-8"),
            (b"null\n", "JSON that says nothing"),
            (b"[Pipeline] Start of Pipeline\n", "plain text"),
            (b"[INFO] Scanning for projects...\n", "plain text"),
            (b"[2026-01-01T12:00:00Z] started\n", "plain text"),
            (b"[12:30:01] started\n", "plain text"),
            (b"[a]\nkey=1\n", "plain text"),
            (b"{0} tests\n", "plain text"),
            (b"[1]", "JSON (a list)"),
            (b" [ ]\n", "an empty JSON list"),
            (b"{ }", "an empty JSON object"),
            (b"All checks passed!\n", "the line `All checks passed!`"),
            (b"0\n", "a lone number"),
            (b"hello", "plain text"),
        ],
    )
    def test_names_the_class_of_the_first_bytes(self, head: bytes, what: str) -> None:
        assert describe(Source.of_bytes(head)).startswith((what, f"a {what}"))


class TestReading:
    def test_hands_items_on_and_gives_the_reading(self) -> None:
        met: list[Item] = []
        reading = read_whole(Source.of_bytes(b"fake a b"), Limits(), on_item=met.append, readers=READERS)
        assert (reading.measures["findings.total"], len(met)) == (2, 3)

    def test_reads_without_items_where_nobody_wants_them(self) -> None:
        assert list(start(READERS[0], Source.of_bytes(b"fake a"), Limits(), items=False)) == []
        assert (
            read_whole(Source.of_bytes(b"fake a"), Limits(), readers=READERS).measures["findings.total"] == 1
        )

    def test_refuses_more_bytes_than_allowed(self) -> None:
        with pytest.raises(Unreadable, match="has 6 bytes; at most 5 are read"):
            read_whole(Source.of_bytes(b"fake a"), Limits(max_bytes=5), readers=READERS)
