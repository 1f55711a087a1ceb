"""The baseline file: one byte form, and nothing guessed on the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.baseline import read_baseline, write_baseline
from tidegate.domain.errors import Invalid

NAME = "0" * 32
COUNTS = st.dictionaries(
    st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(1, 1000), max_size=5
)


class TestTheFile:
    @given(COUNTS)
    def test_reads_back_what_was_written(self, counts: dict[str, int]) -> None:
        assert read_baseline(write_baseline(counts)) == counts

    def test_is_the_same_bytes_for_the_same_findings(self) -> None:
        one, other = {NAME: 1, "1" * 32: 2}, {"1" * 32: 2, NAME: 1, "2" * 32: 0}
        assert write_baseline(one) == write_baseline(other)
        assert write_baseline({NAME: 1}) == b'{"findings":{"' + NAME.encode() + b'":1},"tidegate_baseline":1}'

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b"", "not JSON"),
            (b"\xff", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b"[]", "not a baseline"),
            (b'{"findings":{}}', "not a baseline"),
            (b'{"tidegate_baseline":2,"findings":{}}', "version 2"),
            (b'{"tidegate_baseline":true,"findings":{}}', "version True"),
            (b'{"tidegate_baseline":1}', "no `findings`"),
            (b'{"tidegate_baseline":1,"findings":{"xyz":1}}', "1 entries"),
            (b'{"tidegate_baseline":1,"findings":{"' + NAME.encode() + b'":0}}', "1 entries"),
            (b'{"tidegate_baseline":1,"findings":{"' + NAME.encode() + b'":true}}', "1 entries"),
        ],
    )
    def test_is_refused_where_anything_is_wrong(self, data: bytes, what: str) -> None:
        with pytest.raises(Invalid, match=what):
            read_baseline(data)
