"""One-time codes as they are shown and typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.one_time_codes import BITS, digest_of_code, write_code


class TestCode:
    @given(st.integers(0, 2**BITS - 1))
    def test_is_the_same_however_it_is_typed(self, number: int) -> None:
        code = write_code(number)

        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

        assert len(code) == 19
        assert digest_of_code(f" {typed} ") == digest_of_code(code)

    @given(st.integers(0, 2**BITS - 2))
    def test_is_another_for_another_number(self, number: int) -> None:
        assert digest_of_code(write_code(number)) != digest_of_code(write_code(number + 1))

    @pytest.mark.parametrize("typed", ["", "\u00e9", "\ud800", "x" * 10_000])
    def test_that_is_none_has_a_digest_all_the_same(self, typed: str) -> None:
        assert len(digest_of_code(typed)) == 64
