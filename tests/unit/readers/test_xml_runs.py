"""Runs of plain elements are read from their bytes, and nothing shows that they were."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.readers.base import Limits, Reading, Source, Unreadable
from tidegate.readers.coverage.cobertura import READER
from tidegate.readers.coverage.cobertura import _CoberturaReport as Lines
from tidegate.readers.detect import drain
from tidegate.readers.xml import feed
from tidegate.readers.xml_runs import Pieces


class _Short(io.BytesIO):
    """A stream that gives a few bytes at a time, so that chunks end everywhere."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._most)


def _source(data: bytes, most: int) -> Source:
    def opener() -> BinaryIO:
        return _Short(data, most)

    return Source("r.xml", data[: Source.HEAD_BYTES], len(data), opener)


def _said(data: bytes, most: int = 1 << 20, limits: Limits = Limits()) -> Reading | str:
    try:
        return drain(READER.read(_source(data, most), limits, False), None)
    except Unreadable as error:
        return str(error)


@contextmanager
def _by_the_parser_alone() -> Iterator[None]:
    """Let no run be taken: what the parser says of the whole document is what counts."""
    holder: str | None = Lines.holder
    Lines.holder = None
    try:
        yield
    finally:
        Lines.holder = holder


def _agree(found: Reading | str, wanted: Reading | str) -> bool:
    """Tell whether both are the same reading or both are refused; of two faults either may come first."""
    return found == wanted or (isinstance(found, str) and isinstance(wanted, str))


def _report(inside: str) -> bytes:
    return (
        f'<?xml version="1.0" ?>\n<coverage version="7" line-rate="0">\n<packages><package name="p"><classes>'
        f'<class name="a" filename="a.py">{inside}</class></classes></package></packages></coverage>'
    ).encode()


_PIECES = st.sampled_from(
    [
        "<lines>",
        "</lines>",
        "<lines >",
        "<lines/>",
        '<line number="1" hits="1"/>',
        '<line number="2" hits="0"/>\n',
        '\r\n  <line number="03" hits="007" branch="true" condition-coverage="50% (1/2)"/>',
        '<line number="4" hits="0" branch="True" condition-coverage="0% (0/2)" missing-branches="5, x"/>\t',
        '<line hits="1" number="5"/>',
        '<line number="6" hits="1"></line>',
        '<line number="7" hits=""/>',
        '<line number="8" hits="-1"/>',
        '<line number="9" hits="1" hits="2"/>',
        '<line number="10" hits="1" branch="true" condition-coverage="?"/>',
        '<line number="11" hits="1"><conditions/></line>',
        '<method name="m" signature="()">',
        "</method>",
        '</class><class name="b" filename="b.py">',
        "<!-- <lines> -->",
        '<!-- <lines><line number="12" hits="1"/></lines> -->',
        "<![CDATA[<lines>]]>",
        "<methods>",
        "</methods>",
        "\n",
        " ",
        "text",
        "&amp;",
        "\r",
    ]
)


class TestRuns:
    @given(st.lists(_PIECES, max_size=12), st.integers(1, 400))
    def test_say_what_the_parser_says_wherever_chunks_end(self, pieces: list[str], most: int) -> None:
        data = _report("".join(pieces))
        with _by_the_parser_alone():
            wanted = _said(data)
        found = _said(data, most)
        assert _agree(found, wanted)

    @given(st.lists(_PIECES, max_size=12), st.integers(1, 60), st.integers(1, 400))
    def test_stop_at_the_limits_where_the_parser_stops(self, pieces: list[str], most: int, size: int) -> None:
        limits = Limits(max_depth=min(most, 8), max_items=most)
        data = _report("<lines>" + "".join(pieces) + "</lines>")
        with _by_the_parser_alone():
            wanted = _said(data, limits=limits)
        found = _said(data, size, limits)
        assert _agree(found, wanted)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n  ", ""])
    def test_leave_the_places_of_errors_true(self, end: str) -> None:
        lines = "".join(f'<line number="{n}" hits="1"/>{end}' for n in range(1, 400))
        data = _report(f"\n<lines>{end}{lines}</lines>") + b"<more/>"
        with _by_the_parser_alone():
            wanted = _said(data)
        assert str(wanted).endswith("without the output of other tools.")
        assert [_said(data, most) for most in (100, 1000, 100_000)] == [wanted] * 3

    def test_are_taken(self) -> None:
        taken = []

        class Watched(Lines):
            def take(self, run: bytes) -> bool:
                taken.append(run)
                return super().take(run)

        lines = b'<line number="1" hits="1"/>\n' * 100
        data = _report("<lines>" + lines.decode() + "</lines>")
        assert len(list(feed(_source(data, 64), Limits(), Watched()))) > 10
        assert b"".join(taken) == lines

    @pytest.mark.parametrize(
        "held",
        ["<!--", "<![CDATA[", "<?pi "],
    )
    def test_are_never_taken_where_they_only_look_like_elements(self, held: str) -> None:
        ends = {"<!--": "-->", "<![CDATA[": "]]>", "<?pi ": "?>"}
        data = _report(
            f'{held}<lines><line number="1" hits="1"/></lines>{ends[held]}'
            '<lines><line number="2" hits="0"/></lines>'
        )
        for most in (1, 7, 50, 1000):
            found = _said(data, most)
            assert isinstance(found, Reading)
            assert found.measures["coverage.lines_total"] == 1
            assert found.measures["coverage.lines_covered"] == 0

    def test_of_another_encoding_are_left_to_the_parser(self) -> None:
        text = _report('<lines><line number="2" hits="1"/></lines>').decode()
        found = _said(text.replace("?>", 'encoding="UTF-16"?>').encode("utf-16"))
        assert isinstance(found, Reading)
        assert found.measures["coverage.lines_covered"] == 1


class TestPieces:
    def test_a_comment_full_of_promises_is_not_parsed_once_for_each(self) -> None:
        fed: list[bytes] = []

        class Parser:
            CurrentByteIndex = 0

            def Parse(self, data: bytes, last: bool) -> None:
                fed.append(data)

        pieces = Pieces(Parser(), Lines(), lambda: -1)  # type: ignore[arg-type]  # what it uses of a parser
        pieces.parse(b"<!--" + b"<lines>" * 1000)
        assert len(fed) == 2
        assert pieces.waiting == 7004

    def test_an_element_without_end_is_not_kept_back(self) -> None:
        data = _report("<lines><line " + " " * 10_000 + 'number="1" hits="1"/></lines>')
        found = _said(data, 6000)
        assert isinstance(found, Reading)
        assert found.measures["coverage.lines_covered"] == 1
