"""The checks before decoding: encoding, depth and number of objects, whatever the chunks."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.readers import json_guard
from tidegate.readers.base import Limits, Unreadable
from tidegate.readers.json_guard import check_content, check_encoding, check_keys, check_structure


def depth_of(value: object) -> int:
    """Count levels of nesting in the plainest way."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def objects_in(value: object) -> int:
    """Count objects in the plainest way."""
    if isinstance(value, dict):
        return 1 + sum(map(objects_in, value.values()))
    return sum(map(objects_in, value)) if isinstance(value, list) else 0


_texts = st.text(alphabet='[]{}"\\\u00e9\U0001f600ab\n,:', max_size=8)
_values = st.recursive(
    _texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=25,
)


class TestStructure:
    @given(value=_values, chunk=st.integers(min_value=1, max_value=40), plain=st.booleans())
    @settings(max_examples=150, deadline=None)
    def test_counts_as_a_full_parser_does(self, value: object, chunk: int, plain: bool) -> None:
        data = json.dumps(value, ensure_ascii=plain).encode("utf-8")
        depth, objects = depth_of(value), objects_in(value)
        before = json_guard._CHUNK
        json_guard._CHUNK = chunk
        try:
            check_structure(data, Limits(max_depth=depth, max_items=objects))
            if depth:
                with pytest.raises(Unreadable, match="levels deep"):
                    check_structure(data, Limits(max_depth=depth - 1))
            if objects:
                with pytest.raises(Unreadable, match="objects"):
                    check_structure(data, Limits(max_items=objects - 1))
        finally:
            json_guard._CHUNK = before

    @pytest.mark.parametrize(
        "data", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000], ids=["[", "{", "[]"]
    )
    def test_refuses_a_hundred_thousand_levels_at_once(self, data: bytes) -> None:
        tracemalloc.start()
        began = time.perf_counter()
        with pytest.raises(Unreadable, match="more than 200 levels deep"):
            check_structure(data, Limits())
        assert time.perf_counter() - began < 1
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        tracemalloc.stop()

    def test_stays_quick_on_wide_and_shallow_brackets(self) -> None:
        began = time.perf_counter()
        check_structure(b"[" + b"[[]]," * 400_000 + b"[]]", Limits())
        assert time.perf_counter() - began < 2

    def test_a_long_run_of_backslashes_is_no_boundary(self) -> None:
        check_structure(b'["' + b"\\" * 400_000 + b'[[["]', Limits(max_depth=1))
        check_structure(b'["' + b"\\" * 400_000, Limits(max_depth=1))

    def test_brackets_that_close_what_was_never_opened_do_not_give_credit(self) -> None:
        with pytest.raises(Unreadable, match="more than 2 levels"):
            check_structure(b"]" * json_guard._CHUNK + b"[[[", Limits(max_depth=2))


class TestContent:
    """What is longer than some KiB is walked, and yet refused for the same reasons."""

    @pytest.fixture(autouse=True)
    def _walk_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(json_guard, "_LONG", 0)
        monkeypatch.setattr(json_guard, "_CHUNK", 8)

    def test_a_key_that_stands_twice_is_refused(self) -> None:
        with pytest.raises(Unreadable, match="The key `a` stands twice .*Write it again with it"):
            check_content(b'[{"a": 1, "b": {"a": 1, "a": 2}}]', Limits(), remake="it")

    def test_so_is_what_is_too_deep(self) -> None:
        assert check_content(b'[[{"a": [1]}]]', Limits(max_depth=4), remake="it")
        with pytest.raises(Unreadable, match="more than 3 levels"):
            check_content(b'[[{"a": [1]}]]', Limits(max_depth=3), remake="it")

    def test_only_objects_count_and_not_their_brackets_in_texts(self) -> None:
        assert check_content(b'[{}, {}, "{{{"]', Limits(max_items=2), remake="it")
        with pytest.raises(Unreadable, match="more than 1 objects"):
            check_content(b"[{}, {}]", Limits(max_items=1), remake="it")

    def test_the_place_of_a_byte_that_is_not_utf_8_is_named(self) -> None:
        check_content('["\u00e9\u00e9\u00e9\u00e9\u00e9\U0001f600"]'.encode(), Limits(), remake="it")
        with pytest.raises(Unreadable, match="not UTF-8 at line 1, byte 13"):
            check_content('["\u00e9\u00e9\u00e9\u00e9\u00e9a'.encode() + b'\xff"]', Limits(), remake="it")

    def test_what_cannot_be_followed_is_said_to_be(self) -> None:
        assert not check_content(b'[{"a": 1}, ', Limits(), remake="it")


class TestEncoding:
    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-be"])
    def test_names_utf_16_and_its_kin(self, codec: str) -> None:
        with pytest.raises(Unreadable, match="UTF-16.*write it again as UTF-8"):
            check_encoding('{"a": 1}'.encode(codec))

    def test_names_the_place_of_a_nul_byte(self) -> None:
        with pytest.raises(Unreadable, match="NUL byte at line 2, byte 7"):
            check_encoding(b'{"a":\n \0}')

    def test_names_the_place_of_a_byte_that_is_not_utf_8(self) -> None:
        data = b'{"a": "' + b"x" * json_guard._CHUNK + b'\n\xff"}'
        with pytest.raises(Unreadable, match=f"not UTF-8 at line 2, byte {json_guard._CHUNK + 8}"):
            check_structure(data, Limits())


class TestKeys:
    @pytest.mark.parametrize(
        ("data", "key"),
        [
            (b'{"results": [1], "results": []}', "results"),
            (b'{"a": {"b": [{"c": 1, "d": {}, "c": 2}]}}', "c"),
            (b'{"k": 1, "\\u006b": 2}', "k"),
            ('{"schl\u00fcssel": 1, "schl\u00fcssel": 2}'.encode(), "schlüssel"),
            ('{"\u00fc": 1, "\\u00fc": 2}'.encode(), "ü"),
            (b'{"": 1, "": 1}', ""),
            (b'[{"a": 1}, {"a": 1, "a": 1}]', "a"),
        ],
    )
    def test_a_key_that_stands_twice_in_an_object_is_refused_by_its_name(self, data: bytes, key: str) -> None:
        with pytest.raises(Unreadable, match=f"The key `{key}` stands twice in one object"):
            check_keys(data, remake="it")

    def test_the_place_of_the_second_is_reported_where_there_are_no_more(self) -> None:
        with pytest.raises(Unreadable, match=r"the second at line 2, byte 9"):
            check_keys(b'{"a": 1,\n"a": 2}', remake="it")
        with pytest.raises(Unreadable) as caught:
            check_keys(b'[{"a": 1}, {"a": 1, "a": 2}]', remake="it")
        assert "second" not in str(caught.value)

    @pytest.mark.parametrize(
        "data",
        [b'[{"a": 1}, {"a": 1}]', b'{"a": {"a": 1}}', b'{"a": "\\"a\\": 1", "b": 1}', b'{"A": 1, "a": 1}'],
    )
    def test_the_same_key_in_other_objects_is_not(self, data: bytes) -> None:
        check_keys(data, remake="it")

    @pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1,}', b"nonsense", b"[" * 50_000])
    def test_what_is_no_json_is_left_to_the_decoder(self, data: bytes) -> None:
        check_keys(data, remake="it")

    def test_a_number_of_a_million_digits_takes_no_time(self) -> None:
        began = time.perf_counter()
        check_keys(b'{"a": ' + b"9" * 1_000_000 + b"}", remake="it")
        assert time.perf_counter() - began < 1
