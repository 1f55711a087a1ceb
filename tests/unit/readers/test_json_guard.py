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
from tidegate.readers.json_guard import check_encoding, check_structure


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
