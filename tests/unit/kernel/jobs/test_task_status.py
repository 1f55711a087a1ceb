"""Tests of the one judgement over scheduled tasks: what is late, what has failed, and what is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.jobs import nothing
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.task_status import TaskStatus, fault_of
from tidegate.kernel.jobs.tasks import Task

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
NIGHTLY = Task("backup.nightly", nothing, schedule=Schedule.daily("02:00"), timeout=6 * AN_HOUR)
DONE_YESTERDAY = NOON.replace(hour=3) - A_DAY


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of the day on which it is due at two."""
    return NOON.replace(hour=hour, minute=minute)


class TestLate:
    def test_is_what_was_not_done_for_as_long_as_it_may_take(self) -> None:
        status = TaskStatus(succeeded_at=DONE_YESTERDAY)

        assert fault_of(NIGHTLY, status, at(7, 59)) is None
        fault = fault_of(NIGHTLY, status, at(9))
        assert fault is not None
        assert fault.text == "backup.nightly is late: it was due at 2026-11-21 02:00:00Z and is not done."
        assert (fault.given_up, fault.overdue) == (False, AN_HOUR)

    def test_is_not_what_runs_under_its_lease_however_long(self) -> None:
        status = TaskStatus(succeeded_at=DONE_YESTERDAY, running_since=at(2))

        assert fault_of(NIGHTLY, status, at(23)) is None

    def test_is_what_runs_again_after_attempts_that_failed(self) -> None:
        status = TaskStatus(
            succeeded_at=DONE_YESTERDAY, running_since=at(9), failures=2, error="The disk is full."
        )

        assert fault_of(NIGHTLY, status, at(7)) is None
        fault = fault_of(NIGHTLY, status, at(10))
        assert fault is not None
        assert fault.text.endswith("Its last attempt failed: The disk is full.")

    def test_counts_from_the_first_occurrence_that_was_missed(self) -> None:
        fault = fault_of(NIGHTLY, TaskStatus(succeeded_at=DONE_YESTERDAY - 3 * A_DAY), at(12))

        assert fault is not None
        assert fault.overdue == 3 * A_DAY + 4 * AN_HOUR
        assert "due at 2026-11-18 02:00:00Z" in fault.text

    def test_is_not_what_was_due_before_the_schedule_was_first_seen(self) -> None:
        assert fault_of(NIGHTLY, TaskStatus(first_seen_at=at(3)), at(12)) is None
        assert fault_of(NIGHTLY, TaskStatus(), at(12)) is None

    def test_is_nothing_that_has_no_schedule(self) -> None:
        assert fault_of(Task("once", nothing), TaskStatus(succeeded_at=NOON - 99 * A_DAY), NOON) is None


class TestFailed:
    def test_is_what_was_left_to_a_person_and_says_why(self) -> None:
        status = TaskStatus(failed_at=at(3), error="The disk is full.", failures=5, given_up=True)
        fault = fault_of(NIGHTLY, status, at(4))

        assert fault is not None
        assert fault.text == (
            "backup.nightly failed at 2026-11-21 03:00:00Z: The disk is full. "
            "Fix it, then `tidegate jobs retry`."
        )
        assert (fault.given_up, fault.overdue) == (True, timedelta())

    def test_says_that_it_knows_no_reason(self) -> None:
        fault = fault_of(NIGHTLY, TaskStatus(given_up=True), at(4))

        assert fault is not None
        assert "failed at an unknown time: no reason is known." in fault.text

    def test_is_not_what_is_tried_again_by_itself(self) -> None:
        status = TaskStatus(succeeded_at=DONE_YESTERDAY, failed_at=at(3), failures=1, error="away")

        assert fault_of(NIGHTLY, status, at(4)) is None


class TestTask:
    def test_is_late_after_an_hour_at_the_least_and_never_before_its_timeout(self) -> None:
        assert Task("quick", nothing, timeout=timedelta(seconds=5)).longest_delay == AN_HOUR
        assert NIGHTLY.longest_delay == 6 * AN_HOUR
        assert Task("own", nothing, lateness=2 * A_DAY).longest_delay == 2 * A_DAY

    def test_that_would_be_late_while_it_does_what_it_may_is_refused(self) -> None:
        with pytest.raises(
            ValueError, match="'hasty' may run for 6:00:00, so it cannot be late after 1:00:00"
        ):
            Task("hasty", nothing, timeout=6 * AN_HOUR, lateness=AN_HOUR)
