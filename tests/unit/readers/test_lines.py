"""Lines of text: decoded strictly, bounded, and free of colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.lines import looks_like, read_all_lines, read_lines


def lines(data: bytes, limits: Limits | None = None) -> list[str]:
    return [line for _, line in read_lines(Source.of_bytes(data, "it"), limits or Limits())]


class TestReadLines:
    def test_accepts_a_byte_order_mark_and_windows_line_ends(self) -> None:
        assert lines(b"\xef\xbb\xbfone\r\ntwo\nthree") == ["one", "two", "three"]

    def test_strips_colours_and_links(self) -> None:
        assert lines(b"\x1b[1m\x1b[31ma.py\x1b[0m:1 \x1b]8;;http://x\x07E1\x1b]8;;\x07\n") == ["a.py:1 E1"]

    @pytest.mark.parametrize("text", ["one\ntwo".encode("utf-16"), b"\xfe\xff\x00a"])
    def test_refuses_utf_16(self, text: bytes) -> None:
        with pytest.raises(Unreadable, match="it: the report is UTF-16; write it as UTF-8"):
            lines(text)

    @pytest.mark.parametrize("text", [b"one\nt\0wo\n", "one\ntwo".encode("utf-16-le")])
    def test_refuses_nul(self, text: bytes) -> None:
        with pytest.raises(Unreadable, match="NUL byte"):
            lines(text)

    def test_refuses_other_encodings_and_names_the_line(self) -> None:
        with pytest.raises(Unreadable, match="it, line 2: the text is not UTF-8"):
            lines("one\ngrün\n".encode("latin-1"))

    def test_cuts_a_long_line_inside_a_character_and_goes_on(self) -> None:
        assert lines("äöü\nnext\n".encode(), Limits(max_text=5)) == ["äö", "next"]

    def test_refuses_nul_in_what_it_cuts_off(self) -> None:
        with pytest.raises(Unreadable, match="line 1"):
            lines(b"a" * 9 + b"\0\nb\n", Limits(max_text=4))

    def test_refuses_more_bytes_or_lines_than_allowed(self) -> None:
        with pytest.raises(Unreadable, match="longer than 8 bytes"):
            lines(b"abcdef\n" * 2, Limits(max_bytes=8))
        with pytest.raises(Unreadable, match="longer than 8 bytes"):
            lines(b"a" * 100, Limits(max_bytes=8, max_text=4))
        with pytest.raises(Unreadable, match="more than 1 lines"):
            lines(b"a\nb\n", Limits(max_items=1))

    @given(st.lists(st.text(st.characters(exclude_characters="\r\n\0\x1b\ufeff", codec="utf-8"))))
    def test_gives_back_what_was_written(self, written: list[str]) -> None:
        assert lines("".join(line + "\n" for line in written).encode()) == written


class TestReadAllLines:
    def test_refuses_a_report_without_a_line(self) -> None:
        with pytest.raises(Unreadable, match="empty"):
            list(read_all_lines(Source.of_bytes(b" \n\n"), Limits()))


class TestLooksLike:
    def test_asks_the_first_line_or_half_of_them(self) -> None:
        def belongs(line: str) -> bool:
            return line == "yes"

        assert looks_like(Source.of_bytes(b"\nyes\nno\nno\nno\n"), belongs)
        assert looks_like(Source.of_bytes(b"no\nyes\n"), belongs)
        assert not looks_like(Source.of_bytes(b"no\nno\nyes\n"), belongs)

    @pytest.mark.parametrize("data", [b"", b"\n \n", b"\xff\xfey\0", b"\0yes", b"{}", b"[1]"])
    def test_wants_text(self, data: bytes) -> None:
        assert not looks_like(Source.of_bytes(data), lambda line: True)
