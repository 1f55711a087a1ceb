"""Maintenance windows: rules, time zones with their gaps and folds, and what cannot be written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject
from tidegate.domain.maintenance import (
    WindowOccurrence,
    WindowPlan,
    checked_plan,
    current,
    following,
    occurrences,
    refuse_what_is_over,
)
from tidegate.domain.times import is_timezone

_ONCE = WindowPlan("New disks", None, None, datetime(2027, 3, 1, 2, 0), "Europe/Berlin", 90)
_FROM, _TO = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def starts(plan: WindowPlan, start: datetime = _FROM, end: datetime = _TO) -> list[str]:
    return [f"{one.start:%m-%d %H:%M}" for one in occurrences(checked_plan(plan), start, end)]


def refusal(plan: WindowPlan, at: datetime) -> str:
    try:
        refuse_what_is_over(plan, at)
    except Invalid as error:
        return str(error)
    return ""


class TestWhatIsOver:
    @pytest.mark.parametrize(
        ("rule", "now", "over"),
        [
            (None, datetime(2027, 3, 1, 2, 29, tzinfo=UTC), False),
            (None, datetime(2027, 3, 1, 2, 30, tzinfo=UTC), True),
            ("FREQ=DAILY;COUNT=3", datetime(2027, 3, 3, 2, 29, tzinfo=UTC), False),
            ("FREQ=DAILY;UNTIL=20270303", datetime(2027, 3, 3, 2, 30, tzinfo=UTC), True),
            ("FREQ=WEEKLY", datetime(2099, 1, 1, tzinfo=UTC), False),
        ],
    )
    def test_is_what_has_no_time_left(self, rule: str | None, now: datetime, over: bool) -> None:
        said = refusal(replace(_ONCE, rule=rule), now)
        assert bool(said) is over
        assert not over or "03:30 in Europe/Berlin" in said

    def test_is_named_by_what_has_to_change(self) -> None:
        later = datetime(2028, 1, 1, tzinfo=UTC)
        assert " starts_at: it would be over already: write a later time than now" in refusal(_ONCE, later)
        counted = replace(_ONCE, rule="FREQ=DAILY;COUNT=3")
        assert " rule: its last time would be over already: let it go on after now" in refusal(counted, later)


class TestOccurrences:
    def test_of_a_window_that_comes_once(self) -> None:
        assert starts(_ONCE) == ["03-01 01:00"]
        assert starts(_ONCE, _FROM.replace(month=4)) == []

    def test_of_every_second_sunday(self) -> None:
        plan = replace(
            _ONCE, starts_at=datetime(2027, 3, 7, 2), rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;COUNT=3"
        )
        assert starts(plan) == ["03-07 01:00", "03-21 01:00", "04-04 00:00"]

    def test_of_the_first_saturday_and_the_last_day_of_a_month(self) -> None:
        saturday = replace(_ONCE, rule="FREQ=MONTHLY;BYDAY=1SA", starts_at=datetime(2027, 5, 1, 12))
        assert starts(saturday)[:2] == ["05-01 10:00", "06-05 10:00"]
        last = replace(_ONCE, rule="FREQ=MONTHLY;BYMONTHDAY=-1", starts_at=datetime(2027, 2, 28, 12))
        assert starts(last)[:2] == ["02-28 11:00", "03-31 10:00"]

    @pytest.mark.parametrize(
        ("until", "last"),
        [
            ("20270303", "03-03 01:00"),
            ("20270303T010000Z", "03-03 01:00"),
            ("20270303T015959", "03-02 01:00"),
        ],
    )
    def test_end_with_the_rule(self, until: str, last: str) -> None:
        assert starts(replace(_ONCE, rule=f"FREQ=DAILY;UNTIL={until}"))[-1] == last

    def test_that_begin_within_a_gap_of_the_clock_begin_after_it(self) -> None:
        plan = replace(_ONCE, starts_at=datetime(2027, 3, 28, 2, 30))  # the clock goes from 2:00 to 3:00
        assert starts(plan) == ["03-28 01:30"]  # 3:30 on the wall

    def test_that_begin_at_a_time_that_comes_twice_begin_at_the_first(self) -> None:
        plan = replace(_ONCE, starts_at=datetime(2027, 10, 31, 2, 30))
        assert starts(plan) == ["10-31 00:30"]

    def test_last_as_long_as_they_say_when_the_clock_is_changed(self) -> None:
        plan = replace(_ONCE, starts_at=datetime(2027, 10, 31, 1, 30), minutes=120)
        (one,) = occurrences(plan, _FROM, _TO)
        assert one.end - one.start == timedelta(minutes=120)
        assert one.end == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    def test_keep_the_time_of_the_wall_over_a_change_of_the_clock(self) -> None:
        plan = replace(_ONCE, rule="FREQ=DAILY;COUNT=3", starts_at=datetime(2027, 3, 27, 12))
        assert starts(plan) == ["03-27 11:00", "03-28 10:00", "03-29 10:00"]

    @given(st.integers(0, 366 * 24 * 60), st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]))
    def test_that_are_current_begin_and_end_around_the_moment(self, minute: int, zone: str) -> None:
        plan = replace(
            _ONCE, rule="FREQ=DAILY", timezone=zone, starts_at=datetime(2026, 12, 1, 2, 30), minutes=100
        )
        at = _FROM + timedelta(minutes=minute)
        found = current(plan, at)
        assert (found is not None) == any(one.start <= at < one.end for one in occurrences(plan, _FROM, _TO))
        assert found is None or found.start <= at < found.end


class TestCurrent:
    def test_begins_with_the_window_and_ends_before_its_end(self) -> None:
        start = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
        end = start + timedelta(minutes=90)
        assert current(_ONCE, start) == WindowOccurrence(start, end)
        assert current(_ONCE, start - timedelta(microseconds=1)) is None
        assert current(_ONCE, end) is None

    def test_the_next_one_is_found_within_some_days(self) -> None:
        start = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
        found = following(_ONCE, start - timedelta(days=3), timedelta(days=7))
        assert found is not None
        assert found.start == start
        assert following(_ONCE, start - timedelta(days=9), timedelta(days=7)) is None


class TestPlans:
    def test_cover_what_they_name(self) -> None:
        subject = FactSubject("harbour", "production")
        assert _ONCE.covers(subject)
        assert replace(_ONCE, component="harbour", environment="production").covers(subject)
        assert not replace(_ONCE, component="shop").covers(subject)
        assert not replace(_ONCE, environment="staging").covers(subject)

    @pytest.mark.parametrize(
        ("change", "where", "why"),
        [
            ({"title": " "}, "title", "say what is done"),
            ({"minutes": 0}, "minutes", "write 1 to 10,080 minutes"),
            ({"minutes": 20_000}, "minutes", "write 1 to 10,080 minutes"),
            ({"timezone": "Berlin"}, "timezone", "such as Europe/Berlin"),
            ({"timezone": "../etc/passwd"}, "timezone", "such as Europe/Berlin"),
            ({"starts_at": datetime(2027, 3, 1, tzinfo=UTC)}, "starts_at", "without an offset"),
            ({"rule": "every week"}, "rule", "write the value of an RRULE"),
            ({"rule": "RRULE:FREQ=WEEKLY"}, "rule", "write the value of an RRULE"),
            ({"rule": "FREQ=WEEKLY;BYHOUR=2"}, "rule", "BYHOUR cannot be used here"),
            ({"rule": "FREQ=SECONDLY"}, "rule", "write FREQ=DAILY"),
            ({"rule": "FREQ=MONTHLY"}, "rule", "write FREQ=DAILY"),
            ({"rule": "FREQ=MONTHLY;BYMONTHDAY=31"}, "rule", "-1 for the last day"),
            ({"rule": "FREQ=MONTHLY;BYDAY=5MO"}, "rule", "BYDAY=1SA to 4SA"),
            ({"rule": "FREQ=DAILY;BYDAY=MO"}, "rule", "write FREQ=DAILY"),
            ({"rule": "FREQ=WEEKLY;BYDAY=1MO"}, "rule", "write FREQ=DAILY"),
            ({"rule": "FREQ=DAILY;INTERVAL=0"}, "rule", "a number from 1 to 99"),
            ({"rule": "FREQ=DAILY;COUNT=9999"}, "rule", "a number from 1 to 1000"),
            ({"rule": "FREQ=DAILY;UNTIL=20271341"}, "rule", "20271231"),
            ({"rule": "FREQ=DAILY;UNTIL=soon"}, "rule", "write the value of an RRULE"),
            ({"rule": "FREQ=DAILY;UNTIL=2027"}, "rule", "20271231"),
            ({"rule": "FREQ=DAILY;UNTIL=99991231T235959Z"}, "rule", "without it there is no end"),
            ({"rule": "FREQ=DAILY;UNTIL=00010101T000000Z"}, "rule", "up to 2199"),
            ({"starts_at": datetime(1, 1, 1)}, "starts_at", "a year from 2000 to 2199"),
            ({"starts_at": datetime(9999, 12, 31)}, "starts_at", "a year from 2000 to 2199"),
            ({"rule": "FREQ=DAILY;WKST=TU"}, "rule", "MO or SU"),
            ({"rule": "FREQ=DAILY;COUNT=2;UNTIL=20271231"}, "rule", "not both"),
        ],
    )
    def test_that_cannot_be_followed_say_why(self, change: dict[str, object], where: str, why: str) -> None:
        with pytest.raises(Invalid) as raised:
            checked_plan(replace(_ONCE, **change))  # type: ignore[arg-type]  # each is of its field's type
        ((place, what),) = raised.value.problems
        assert place == where
        assert why in what


def test_zones_are_known_by_their_names() -> None:
    assert is_timezone("Asia/Kolkata")
    assert not is_timezone("Nowhere/Town")
    assert not is_timezone("")


@pytest.mark.parametrize(
    ("rule", "minutes", "most"),
    [
        ("FREQ=DAILY", 1500, 1439),
        ("FREQ=DAILY", 1440, 1439),
        ("FREQ=WEEKLY;BYDAY=SA,SU", 2880, 1439),
        ("FREQ=WEEKLY", 7 * 1440, 7 * 1440 - 1),
    ],
)
def test_a_window_that_comes_again_before_it_ends_is_refused(rule: str, minutes: int, most: int) -> None:
    plan = replace(_ONCE, rule=rule, minutes=minutes)
    with pytest.raises(Invalid, match=f"before it ends: write at most {most:,} minutes"):
        checked_plan(plan)
    assert checked_plan(replace(plan, minutes=most)).minutes == most
