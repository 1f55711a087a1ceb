"""Cursors and page requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.errors import Invalid
from tidegate.kernel.pagination import MAX_LIMIT, Page, PageRequest, decode_cursor, encode_cursor


class TestCursor:
    @given(text=st.text(max_size=50), number=st.integers(-(2**53), 2**53))
    def test_comes_back_as_it_went(self, text: str, number: int) -> None:
        cursor = encode_cursor((text, number))
        assert all(letter.isalnum() or letter in "-_" for letter in cursor)
        assert decode_cursor(cursor, (str, int)) == (text, number)

    @pytest.mark.parametrize(
        "cursor", ["", "é", "!!", "e30", encode_cursor((1,)), encode_cursor(("a", "b")), "A" * 2000]
    )
    def test_refuses_what_no_list_handed_out(self, cursor: str) -> None:
        with pytest.raises(Invalid, match="start again"):
            decode_cursor(cursor, (str,))


class TestPageRequest:
    @pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
    def test_refuses_a_limit_out_of_bounds(self, limit: int) -> None:
        with pytest.raises(Invalid):
            PageRequest(limit)


class TestPage:
    def test_converts_items_and_keeps_the_cursor(self) -> None:
        assert Page((1, 2), "next").map(str) == Page(("1", "2"), "next")
