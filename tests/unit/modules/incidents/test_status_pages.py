"""Tests of what a status page says of an environment as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import day_of
from tidegate.modules.incidents.status_pages import ShownComponent, ShownState, StatusPage, Uptimes
from tidegate.modules.probes.measurements import ProbeMeasurements


@pytest.mark.parametrize(
    ("states", "left_out", "said"),
    [
        ([ShownState.OPERATIONAL], False, ShownState.OPERATIONAL),
        ([ShownState.OPERATIONAL], True, ShownState.UNKNOWN),
        ([ShownState.DOWN], True, ShownState.DOWN),
        ([], False, ShownState.UNKNOWN),
    ],
)
def test_is_no_better_than_what_is_not_shown(
    states: list[ShownState], left_out: bool, said: ShownState
) -> None:
    shown = tuple(ShownComponent(str(state), state, None, ()) for state in states)
    page = StatusPage("production", datetime(2026, 11, 21, tzinfo=UTC), shown, (), (), left_out)
    assert page.state is said


class CountedMeasurements(ProbeMeasurements):
    """Says of each target that it was up once, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[FactSubject]] = []

    def days_of(
        self, subjects: Sequence[FactSubject], start: datetime, end: datetime
    ) -> Mapping[FactSubject, Mapping[datetime, Counter[HealthState]]]:
        self.asked.append(subjects)
        return {one: {day_of(end): Counter({HealthState.PASS: 1})} for one in subjects}


class TestUptimes:
    def test_are_asked_for_again_after_half_a_minute_alone(self) -> None:
        measurements, uptimes, now = CountedMeasurements(), Uptimes(), datetime(2026, 1, 31, 12, tzinfo=UTC)
        harbour, ferry = FactSubject("harbour", "production"), FactSubject("ferry", "production")
        first = uptimes.of([harbour], now, measurements)
        both = uptimes.of([harbour, ferry], now + timedelta(seconds=29), measurements)
        assert measurements.asked == [[harbour], [ferry]]
        assert both[harbour] is first[harbour]
        assert (both[ferry].share, both[ferry].days[-1]) == (1.0, (day_of(now), 1.0))
        uptimes.of([harbour], now + timedelta(seconds=30), measurements)
        assert measurements.asked[2:] == [[harbour]]

    def test_of_many_targets_are_not_all_kept(self) -> None:
        measurements, uptimes, now = CountedMeasurements(), Uptimes(), datetime(2026, 1, 31, 12, tzinfo=UTC)
        subjects = [FactSubject(f"boat-{number}", "production") for number in range(1_001)]
        for start in range(0, len(subjects), 100):
            uptimes.of(subjects[start : start + 100], now, measurements)
        uptimes.of(subjects[:1], now, measurements)
        assert measurements.asked[-1] == subjects[:1]
