"""Objectives: figures that are exact to what is kept, the budget of a whole window, and fast burn."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.health_words import HealthState
from tidegate.domain.objectives import (
    Aim,
    ObjectiveKind,
    ObjectiveState,
    Resolution,
    checked_aim,
    measure,
    window_of,
)
from tidegate.domain.probe_history import DAY, HOUR, DayOfProbes, HourOfProbes, Sample, day_of_samples

_NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_UP = Aim(ObjectiveKind.AVAILABILITY, 99_000, 10)
_QUICK = Aim(ObjectiveKind.LATENCY, 95_000, 10, 300)


def samples(count: int, bad: int = 0, *, latency: int = 20, back: timedelta = _MINUTE) -> list[Sample]:
    """Return probes of the last minutes; the newest are the bad ones."""
    return [
        Sample(
            _NOW - (count - place) * back,
            HealthState.FAIL if place >= count - bad else HealthState.PASS,
            latency,
            200,
        )
        for place in range(count)
    ]


def day(ago: int, *, bad: int, good: int = 1440) -> DayOfProbes:
    start = (_NOW - ago * DAY).replace(hour=0)
    hours = tuple(
        HourOfProbes(
            start + hour * HOUR, Counter({HealthState.PASS: (good - bad) // 24, HealthState.FAIL: bad // 24})
        )
        for hour in range(24)
    )
    return DayOfProbes(hours, Counter({20: good}))


class TestAvailability:
    def test_without_a_probe_is_neither_met_nor_missed(self) -> None:
        found = measure(_UP, [], [], _NOW)
        assert (found.state, found.share, found.budget_left, found.burn_rate) == (
            ObjectiveState.UNMEASURED,
            None,
            None,
            None,
        )

    def test_counts_every_probe_that_is_kept(self) -> None:
        found = measure(_UP, [], samples(14_400, 72, back=_MINUTE), _NOW)
        assert (found.probes, found.bad, found.resolution) == (14_400, 72, Resolution.PROBE)
        assert found.share == 1 - 72 / 14_400
        assert found.budget_left == 0.5
        assert found.measured == 1.0

    def test_counts_what_is_unknown_as_bad_and_warnings_as_good(self) -> None:
        looks = [HealthState.WARN, HealthState.UNKNOWN, HealthState.PASS]
        found = measure(_UP, [], [Sample(_NOW - _MINUTE, one, 1, 200) for one in looks], _NOW)
        assert (found.probes, found.bad) == (3, 1)

    def test_is_exhausted_where_more_failed_than_may(self) -> None:
        found = measure(_UP, [], samples(14_400, 144), _NOW)
        assert (found.state, found.budget_left) == (ObjectiveState.EXHAUSTED, 0.0)
        assert measure(_UP, [], samples(14_400, 143), _NOW).state is not ObjectiveState.EXHAUSTED

    def test_burns_fast_where_an_hour_and_its_last_minutes_do(self) -> None:
        quiet, last = samples(14_400, 0), samples(60, 20)
        found = measure(_UP, [], [*quiet[:-60], *last], _NOW)
        assert (found.state, round(found.burn_rate or 0, 6)) == (
            ObjectiveState.BURNING,
            round(20 / 60 * 100, 6),
        )
        over = [
            *quiet[:-60],
            *(Sample(one.at - 40 * _MINUTE, one.state, 1, 200) for one in last),
            *quiet[-20:],
        ]
        assert measure(_UP, [], over, _NOW).state is ObjectiveState.MET

    def test_a_new_target_has_the_budget_of_the_whole_window(self) -> None:
        found = measure(_UP, [], samples(60, 1), _NOW)
        assert found.budget_left == pytest.approx(1 - 1 / (0.01 * 60 * 240))
        assert found.measured == pytest.approx(1 / 240)

    def test_joins_days_that_were_summed_up(self) -> None:
        found = measure(_UP, [day(3, bad=24)], samples(100), _NOW)
        assert (found.probes, found.bad, found.resolution) == (1540, 24, Resolution.HOUR)

    def test_counts_hours_of_the_first_day_from_the_window_on(self) -> None:
        found = measure(_UP, [day(10, bad=24)], samples(10), _NOW)
        assert (found.probes, found.bad) == (12 * 60 + 10, 12)

    def test_leaves_out_what_is_older_than_the_window(self) -> None:
        found = measure(_UP, [day(12, bad=24)], samples(10, back=DAY), _NOW)
        assert (found.probes, found.bad, found.resolution) == (10, 0, Resolution.PROBE)


class TestBurn:
    @pytest.mark.parametrize("ago", [5, 10, 60, 180])
    def test_goes_on_while_a_target_that_is_down_is_asked_less_often(self, ago: int) -> None:
        down = [Sample(_NOW - (ago + number) * _MINUTE, HealthState.FAIL, 2, None) for number in range(5)]
        up = [Sample(_NOW - DAY - number * _MINUTE, HealthState.PASS, 20, 200) for number in range(2000)]
        found = measure(Aim(ObjectiveKind.AVAILABILITY, 99_000, 30), [], up + down, _NOW)
        assert found.state is ObjectiveState.BURNING

    def test_is_not_known_of_two_probes(self) -> None:
        assert measure(_UP, [], samples(2), _NOW).burn_rate is None


class TestLatency:
    def test_counts_what_was_refused_quickly_as_bad(self) -> None:
        refused = [Sample(_NOW - number * _MINUTE, HealthState.FAIL, 2, None) for number in range(100)]
        assert measure(_QUICK, [], refused, _NOW).bad == 100

    def test_counts_what_failed_in_days_that_were_summed_up(self) -> None:
        kept = day_of_samples(
            [Sample(_NOW - 3 * DAY, state, 10, 200) for state in (HealthState.PASS, HealthState.FAIL)]
        )
        found = measure(_QUICK, [kept], [], _NOW)
        assert (found.probes, found.bad) == (2, 1)

    def test_counts_probes_that_took_too_long(self) -> None:
        slow, quick = samples(5, latency=301), samples(95, latency=300)
        found = measure(_QUICK, [], slow + quick, _NOW)
        assert (found.probes, found.bad) == (100, 5)

    def test_counts_whole_days_in_the_steps_that_are_kept(self) -> None:
        kept = day_of_samples([Sample(_NOW - 3 * DAY, HealthState.PASS, ms, 200) for ms in (10, 200, 400)])
        found = measure(_QUICK, [kept, day(12, bad=0), DayOfProbes((), Counter())], [], _NOW)
        assert (found.probes, found.bad, found.resolution) == (3, 1, Resolution.DAY)


def test_a_window_ends_now() -> None:
    assert window_of(_UP, _NOW) == _NOW - 10 * DAY


@pytest.mark.parametrize(
    ("aim", "where"),
    [
        (Aim(ObjectiveKind.AVAILABILITY, 100_000, 30), "target"),
        (Aim(ObjectiveKind.AVAILABILITY, 10_000, 30), "target"),
        (Aim(ObjectiveKind.AVAILABILITY, 99_900, 0), "days"),
        (Aim(ObjectiveKind.AVAILABILITY, 99_900, 91), "days"),
        (Aim(ObjectiveKind.AVAILABILITY, 99_900, 30, 300), "latency_ms"),
        (Aim(ObjectiveKind.LATENCY, 95_000, 30), "latency_ms"),
        (Aim(ObjectiveKind.LATENCY, 95_000, 30, 0), "latency_ms"),
    ],
)
def test_what_cannot_be_measured_says_why(aim: Aim, where: str) -> None:
    with pytest.raises(Invalid) as raised:
        checked_aim(aim)
    assert [place for place, _ in raised.value.problems] == [where]


def test_what_can_be_measured_is_kept() -> None:
    assert checked_aim(_UP) is _UP
    assert checked_aim(_QUICK) is _QUICK
