"""Looking at a report's head: keys, texts, and never an error."""

from __future__ import annotations

import json
import time
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import READERS
from tidegate.readers.base import Source
from tidegate.readers.json_preview import JsonPreview, condensed, preview


def preview_of(data: bytes) -> JsonPreview:
    return preview(Source.of_bytes(data))


class TestGlimpse:
    def test_gives_the_roots_keys_and_those_just_below(self) -> None:
        seen = preview_of(b'{"a": "x", "b": [{"c": {"d": {"e": 1}}}], "f\\"g": {"h": "i"}}')
        assert seen.root == "{"
        assert seen.keys == {"a": "x", "b": "", 'f\\"g': ""}
        assert seen.inner == {"c", "h"}
        assert seen.has("a", "b") and not seen.has("a", "z")

    def test_a_list_has_no_keys_of_its_own(self) -> None:
        seen = preview_of(b'[{"name": "x"}]')
        assert seen == JsonPreview("[", {}, frozenset({"name"}))
        assert not seen.has()

    def test_looks_past_a_banner_and_through_encodings(self) -> None:
        assert preview_of(b'WARNING: {x}\n  {"a": 1}').has("a")
        assert preview_of(b'\xef\xbb\xbf{"a": 1}').has("a")
        assert preview_of('{"a": 1}'.encode("utf-16")).has("a")

    @pytest.mark.parametrize("data", [b"", b"no JSON", b"\x00\x01", b"<xml/>"])
    def test_sees_nothing_where_there_is_no_json(self, data: bytes) -> None:
        assert preview_of(data) == JsonPreview("", {}, frozenset())

    def test_what_follows_the_root_is_not_part_of_it(self) -> None:
        assert not preview_of(b'{"a": 1}\n{"b": 2}').has("b")

    def test_a_text_that_the_head_cuts_off_costs_no_time(self) -> None:
        began = time.perf_counter()
        assert preview_of(b'{"a": "' + b'\\"' * 40_000).has("a")
        assert time.perf_counter() - began < 0.5


class TestCondensed:
    def test_shows_the_keys_of_the_whole_object_and_leaves_long_values_out(self) -> None:
        whole = {
            "first": {"deep": {"x": "y" * 70_000}},
            "list": [1] * 9_000,
            "text": "z" * 9_000,
            "last": "here",
        }
        seen = condensed(Source.of_bytes(b"banner\n" + json.dumps(whole).encode()))
        assert seen is not None and len(seen.head) < 1_000
        found = preview(seen)
        assert found.keys == {"first": "", "list": "", "text": "", "last": "here"}
        assert {"deep", "x"} <= found.inner

    @pytest.mark.parametrize(
        "data",
        [
            b'{"a": 1}',
            b"[" + b"1," * 40_000 + b"1]",
            b'{"a": ' + b"1" * 70_000,
            b"x" * 70_000,
            b'{"\xff": "' + b"x" * 70_000 + b'"}',
            b'{"a": 1}\r\n' * 9_000,
        ],
    )
    def test_is_nothing_where_there_is_no_more_to_see(self, data: bytes) -> None:
        assert condensed(Source.of_bytes(data)) is None

    def test_reads_no_report_of_lines_beyond_its_beginning(self) -> None:
        def never() -> BinaryIO:
            raise AssertionError("opened")

        head = b"\xef\xbb\xbf" + b'{"Action":"start","Package":"p"}\n' * 3_000
        assert condensed(Source("go.json", head[: Source.HEAD_BYTES], len(head), never)) is None


class TestLogs:
    @pytest.mark.parametrize(
        "data", [b"[Pipeline] x\n", b"[INFO] x\n", b"[12:30:01] x\n", b"{0} x\n", b"[x]\n", b"[1 of 2] x\n"]
    )
    def test_what_stands_in_brackets_is_no_json(self, data: bytes) -> None:
        assert preview_of(data).root == ""

    def test_json_after_such_lines_is_seen(self) -> None:
        assert preview_of(b'[INFO] x\n{"a": 1}\n').has("a")

    @pytest.mark.parametrize(
        "data", [b"[]", b"[1, 2]", b"[null]", b"[-1.5e3]", b"[[]]", b'["a"]', b"[", b"[ {"]
    )
    def test_lists_are_seen(self, data: bytes) -> None:
        assert preview_of(data).root == "["


class TestSniffing:
    @given(head=st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ar\n', max_size=60).map(str.encode))
    @settings(max_examples=100, deadline=None)
    def test_no_reader_raises_for_any_head(self, head: bytes) -> None:
        for reader in READERS:
            assert reader.sniff(Source.of_bytes(head)) in (True, False)
