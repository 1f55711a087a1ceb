"""Tests of how many refused attempts are recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tidegate.kernel.refusals import OVERALL, PER_CALLER, WINDOW, RefusalBudget

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class TestRefusalBudget:
    def test_records_some_of_each_caller(self) -> None:
        budget = RefusalBudget()

        first = [budget.take("eve", NOW) for _ in range(PER_CALLER + 5)]

        assert first == [0] * PER_CALLER + [None] * 5
        assert budget.take("mallory", NOW) == 5  # what was left out before

    def test_records_some_of_all_together(self) -> None:
        budget = RefusalBudget()

        recorded = [budget.take(f"caller {number}", NOW) for number in range(OVERALL + 1)]

        assert recorded.count(None) == 1

    def test_begins_anew_every_minute_and_where_the_clock_was_set_back(self) -> None:
        budget = RefusalBudget(per_caller=1)
        assert [budget.take("eve", NOW), budget.take("eve", NOW)] == [0, None]

        assert budget.take("eve", NOW + WINDOW) == 1
        assert budget.take("eve", NOW - timedelta(days=1)) == 0
