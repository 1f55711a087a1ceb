"""When a target is asked next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_schedule import next_probe_at
from tidegate.domain.probing import ProbeReading

_DONE = datetime(2026, 11, 29, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def waits(latency_ms: int = 0, *, unanswered: int = 0, share: float = 0.0, **more: Any) -> float:
    reading = ProbeReading(_DONE, HealthState.PASS, "", latency_ms, 200, "/health", {}, **more)
    return (next_probe_at(reading, _MINUTE, unanswered=unanswered, share=share) - _DONE).total_seconds()


class TestNext:
    def test_is_an_interval_after_the_last_began(self) -> None:
        assert waits(10_000) == 50

    def test_is_spread_over_a_tenth_of_the_interval(self) -> None:
        assert waits(share=0.5) == 57

    def test_is_not_before_the_time_that_the_target_asked_for(self) -> None:
        assert waits(retry_after=600.0) == 600

    @pytest.mark.parametrize(("unanswered", "seconds"), [(5, 60), (6, 120), (7, 240), (40, 300)])
    def test_comes_less_often_where_nothing_answers(self, unanswered: int, seconds: int) -> None:
        assert waits(unanswered=unanswered) == seconds
