"""Durations are read in the notations that tools use, and nonsense never makes a sum smaller or endless."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.readers.durations import DurationSum, seconds_of


class TestSecondsOf:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("0.5", 0.5),
            ("1,234.5", 1234.5),
            ("1,234,567.25", 1234567.25),
            ("1.234,5", 1234.5),
            ("1 234,5", 1234.5),
            ("1\u202f234,5", 1234.5),
            ("0,123", 0.123),
            ("12,5", 12.5),
            ("1234,567", 1234.567),
            ("-5", 0.0),
            ("-1,234.5", 0.0),
            ("nan", 0.0),
            ("inf", 0.0),
            ("1e300", 0.0),
        ],
    )
    def test_reads_what_tools_write(self, text: str, seconds: float) -> None:
        assert seconds_of(text) == seconds

    @pytest.mark.parametrize("text", ["", "soon", "1,2,3", "1s", "0:01", "1,234"])
    def test_is_none_for_what_is_no_number(self, text: str) -> None:
        assert seconds_of(text) is None


class TestDurationSum:
    def test_adds_up_over_several_batches(self) -> None:
        durations = DurationSum()
        durations.add(["0.1", None, ""])
        durations.add(["0.2"])
        assert durations.total == 0.3

    def test_measures_nothing_where_nothing_was_given(self) -> None:
        durations = DurationSum()
        durations.add([None, ""])
        assert durations.total is None

    def test_measures_nothing_where_one_cannot_be_read(self) -> None:
        durations = DurationSum()
        durations.add(["1", "soon"])
        assert durations.total is None

    @pytest.mark.parametrize(
        ("texts", "total"),
        [
            (["0,160", "12,500"], 12.66),
            (["12,500", "1.234,5"], 1247.0),
            (["0.5", "1,234"], 1234.5),
            (["1,234", "1,234,567"], 1235801.0),
            (["1,234"], None),
            (["0,5", "0.5", "1,234"], None),
        ],
    )
    def test_reads_what_can_be_either_as_the_other_durations_tell(
        self, texts: list[str], total: float | None
    ) -> None:
        durations = DurationSum()
        for text in texts:
            durations.add([text])
        assert durations.total == total

    def test_learns_the_notation_from_a_duration_that_does_not_count(self) -> None:
        durations = DurationSum()
        assert durations.seconds_of("1,234") == 0.0
        for text in (None, "etc.", "5", "1,234", "0,410"):
            durations.note(text)
        durations.add(["1,234"])
        assert (durations.total, durations.seconds_of("1,234"), durations.seconds_of("0,5")) == (
            1.234,
            1.234,
            0.5,
        )

    @given(st.lists(st.floats() | st.integers(-10, 10)))
    def test_is_never_negative_nor_endless(self, values: list[float]) -> None:
        durations = DurationSum()
        durations.add(["1", *map(str, values)])
        assert durations.total is not None
        assert durations.total >= 1
        assert math.isfinite(durations.total)
