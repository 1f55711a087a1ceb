"""Reading JSON within bounds: what is refused, and what the refusal says."""

from __future__ import annotations

import io

import msgspec
import pytest

from tidegate.readers import jsons
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.jsons import cut, decode, decode_each, load, read_text

MAKE = "`tool --json`"


class Shape(msgspec.Struct):
    """A small report."""

    a: int = 0
    more: list[int] = []


def load_bytes(data: bytes, limits: Limits = Limits()) -> Shape:
    return load(Source.of_bytes(data), limits, Shape, remake=MAKE)


def refusal(data: bytes, limits: Limits = Limits()) -> str:
    with pytest.raises(Unreadable) as caught:
        load_bytes(data, limits)
    return str(caught.value)


class TestLoad:
    def test_reads_a_report_with_a_byte_order_mark_and_blank_lines(self) -> None:
        assert load_bytes(b'\xef\xbb\xbf\r\n {"a": 3}\n').a == 3

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \n\t "])
    def test_an_empty_report_was_not_written(self, data: bytes) -> None:
        assert "empty" in refusal(data) and MAKE in refusal(data)

    def test_a_wrong_type_is_named_by_its_path(self) -> None:
        text = refusal(b'{"more": [1, "x"]}')
        assert "At `$.more[1]`" in text and "expected `int`, got `str`" in text and MAKE in text

    @pytest.mark.parametrize("data", [b"null", b"12", b'"text"', b"[]"])
    def test_json_of_another_kind_is_refused_by_its_shape(self, data: bytes) -> None:
        assert "At `$`" in refusal(data) and "expected `object`" in refusal(data)

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b'{\n"a": NaN}', "line 2, byte 7: invalid character"),
            (b'{"a": 1,}', "line 1, byte 8: trailing comma in object"),
            (b'{"u": [1,\n]}', "line 2, byte 10: trailing comma in array"),
            (b'{"u": "a\nb"}', "line 1, byte 8: invalid character"),
            (b'{"a": 1} {"a": 2}', "byte 10: something that does not belong to it follows the JSON"),
            (b'{"u": "\\q"}', "invalid escape"),
        ],
    )
    def test_a_fault_of_syntax_is_named_by_line_and_byte(self, data: bytes, what: str) -> None:
        assert what in refusal(data)

    def test_a_truncated_report_says_so(self) -> None:
        assert "ends before its JSON does (line 1, byte 5)" in refusal(b'{"a":')

    def test_a_number_out_of_range_is_refused(self) -> None:
        assert "`$.a`" in refusal(b'{"a": 1e99999}')

    def test_what_recursion_cannot_follow_is_refused_even_with_a_wide_limit(self) -> None:
        nested = b'{"u":' + b"[" * 60_000 + b"]" * 60_000 + b"}"
        assert "nests deeper" in refusal(nested, Limits(max_depth=10**6))

    def test_the_fault_of_a_part_is_named_by_its_place_in_the_whole(self) -> None:
        with pytest.raises(Unreadable, match=r"At `\$\.runs\[3\]\.a`"):
            decode(b'{"a": "x"}', Shape, remake=MAKE, at="$.runs[3]")


class TestBanner:
    def test_says_how_long_the_banner_is_and_how_to_be_rid_of_it(self) -> None:
        text = refusal(b"DEPRECATED: use scan\n\n" + b'{"a": 1}')
        assert "first 22 characters" in text and "'DEPRECATED: use '" in text and MAKE in text

    def test_shows_little_of_what_is_not_json_at_all(self) -> None:
        text = refusal(b"\x1b[31mpassword=hunter2-and-much-more-of-it")
        assert "is not JSON" in text and "much-more" not in text and "\x1b" not in text


class TestSize:
    def test_refuses_a_report_beyond_the_limit(self) -> None:
        assert "larger than 10 bytes" in refusal(b'{"a": 1}' + b" " * 10, Limits(max_bytes=10))
        assert load_bytes(b'{"a": 1}  ', Limits(max_bytes=10)).a == 1

    def test_a_file_that_grows_meanwhile_is_read_up_to_the_limit_only(self) -> None:
        opened = io.BytesIO(b'{"a": 1}' + b" " * 1000)
        grown = Source("report", b"{", 4, lambda: opened)
        with pytest.raises(Unreadable, match="larger than 20 bytes"):
            load(grown, Limits(max_bytes=20), Shape, remake=MAKE)
        grown = Source("report", b"{", 4, lambda: io.BytesIO(b'{"a": 1}'))
        assert load(grown, Limits(max_bytes=20), Shape, remake=MAKE).a == 1


class TestCut:
    def test_cuts_long_texts_only(self) -> None:
        assert cut("abc", Limits(max_text=3)) == "abc"
        assert cut("abcd", Limits(max_text=3)) == "abc"


class TestDecodeEach:
    def test_names_the_element_that_is_wrong(self) -> None:
        parts = [msgspec.Raw(b'{"a": 1}'), msgspec.Raw(b'{"a": "x"}')]
        each = decode_each(parts, Shape, remake=MAKE, at="$.results")
        assert next(each).a == 1
        with pytest.raises(Unreadable, match=r"At `\$\.results\[1\]\.a`"):
            next(each)


class TestLongReports:
    def test_one_that_is_cut_off_is_refused_as_a_short_one_is(self) -> None:
        data = b'{"results": [' + b'{"id": 1, "text": "x"}, ' * 20_000
        with pytest.raises(Unreadable, match="ends before its JSON does"):
            read_text(Source.of_bytes(data), Limits(), remake="it")

    def test_one_that_only_the_decoder_can_follow_is_refused_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jsons, "check_content", lambda *_, **__: False)
        with pytest.raises(Unreadable, match="cannot be followed to its end. Write it again with it"):
            read_text(Source.of_bytes(b"[]"), Limits(), remake="it")
