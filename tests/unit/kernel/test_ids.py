"""Identifiers that sort by time."""

from __future__ import annotations

from uuid import UUID

from tidegate.kernel.ids import Uuid7, new_id, next_after


class TestUuid7:
    def test_is_a_uuid_of_version_7_that_holds_its_time(self) -> None:
        made = UUID(Uuid7(lambda: 0x0123456789AB)())
        assert (made.version, made.variant) == (7, "specified in RFC 4122")
        assert made.int >> 80 == 0x0123456789AB

    def test_later_ones_sort_after_earlier_ones(self) -> None:
        made = [new_id() for _ in range(10_000)]
        assert made == sorted(set(made))

    def test_more_than_a_millisecond_holds_and_clocks_that_jump_back_keep_the_order(self) -> None:
        times = iter([5] * 5000 + [1] * 100 + [9])
        make = Uuid7(lambda: next(times))
        made = [make() for _ in range(5101)]
        assert made == sorted(set(made))
        assert UUID(made[-1]).int >> 80 == 9


def test_the_next_one_sorts_right_after() -> None:
    assert next_after("01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91") == "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c92"
    assert next_after("01930b5c-6f0a-7a57-9d3c-ffffffffffff") > "01930b5c-6f0a-7a57-9d3c-ffffffffffff"
