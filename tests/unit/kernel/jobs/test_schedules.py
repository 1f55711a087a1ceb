"""Tests of the grid of time on which scheduled tasks lie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.kernel.jobs.schedules import Schedule

SATURDAY = datetime(2026, 11, 21, 12, 34, 56, tzinfo=UTC)


class TestLatest:
    def test_of_every_day_is_today_once_the_time_has_come_and_yesterday_before(self) -> None:
        schedule = Schedule.daily("02:30")

        assert schedule.latest(SATURDAY) == datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
        assert schedule.latest(datetime(2026, 11, 21, 2, 29, 59, tzinfo=UTC)).day == 20
        assert schedule.latest(datetime(2026, 11, 21, 2, 30, tzinfo=UTC)).day == 21

    def test_of_every_week_is_on_its_day(self) -> None:
        assert Schedule.weekly("sunday", "03:00").latest(SATURDAY) == datetime(2026, 11, 15, 3, tzinfo=UTC)
        assert Schedule.weekly("Saturday", "03:00").latest(SATURDAY) == datetime(2026, 11, 21, 3, tzinfo=UTC)

    def test_of_every_few_minutes_lies_on_the_round_minute(self) -> None:
        assert Schedule.every(minutes=15).latest(SATURDAY) == datetime(2026, 11, 21, 12, 30, tzinfo=UTC)

    @given(
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.integers(1, 9999)
    )
    def test_is_never_after_now_nor_a_period_before(self, now: datetime, minutes: int) -> None:
        schedule = Schedule.every(minutes=minutes)

        occurrence = schedule.latest(now)

        assert now - schedule.period < occurrence <= now
        assert schedule.latest(occurrence) == occurrence

    def test_is_the_same_in_every_time_zone(self) -> None:
        from zoneinfo import ZoneInfo

        there = SATURDAY.astimezone(ZoneInfo("Pacific/Auckland"))

        assert Schedule.daily("02:30").latest(there) == Schedule.daily("02:30").latest(SATURDAY)


class TestDeclarations:
    @pytest.mark.parametrize("at", ["25:00", "noon", "02:30+01:00", ""])
    def test_refuse_what_is_no_time_of_day_in_utc(self, at: str) -> None:
        with pytest.raises(ValueError, match="02:30"):
            Schedule.daily(at)

    def test_refuse_what_is_no_day_of_the_week(self) -> None:
        with pytest.raises(ValueError, match="write one of monday, tuesday"):
            Schedule.weekly("someday", "03:00")

    def test_refuse_a_period_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="at least one second"):
            Schedule(timedelta())
