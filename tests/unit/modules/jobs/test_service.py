"""Tests of how the work in the background is judged: what a release manager reads, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.jobs import FakeWorkStatuses
from tests.support.api import HandClock
from tests.support.jobs import nothing
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.task_status import TaskStatus
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat
from tidegate.modules.jobs.service import NotWorking, WorkHealth

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
BACKUP = Task("backup.nightly", nothing, schedule=Schedule.daily("02:00"), lateness=AN_HOUR)


def heartbeat(age: float, *, stopped: bool = False) -> WorkerHeartbeat:
    """Make a worker's last heartbeat, so many seconds old."""
    at = NOON - timedelta(seconds=age)
    return WorkerHeartbeat("w", "quay", 7, "1.0", 2, 0, at, at, at if stopped else None)


class Place:
    """A server at noon, up for an hour."""

    def __init__(self, *heartbeats: WorkerHeartbeat, expected: bool = False, up: timedelta = AN_HOUR) -> None:
        self.statuses = FakeWorkStatuses()
        self.statuses.worker_heartbeats += heartbeats
        self.health = WorkHealth(
            self.statuses,
            tasks=lambda: (BACKUP, Task("other", nothing)),
            expected=expected,
            silence=timedelta(seconds=60),
            since=NOON - up,
            clock=HandClock(NOON),
        )


class TestWorker:
    @pytest.mark.requirement("S2-32")
    def test_is_well_while_one_is_heard_of(self) -> None:
        assert (
            Place(heartbeat(3), heartbeat(900)).health.worker()
            == "1 worker; the newest heartbeat is 3 s old."
        )
        assert Place(heartbeat(3), heartbeat(60)).health.worker().startswith("2 workers;")

    @pytest.mark.requirement("S2-32")
    def test_is_missed_where_it_went_without_a_word(self) -> None:
        with pytest.raises(NotWorking, match="the one on quay was last heard of at 2026-11-21 11:58:59Z"):
            Place(heartbeat(61)).health.worker()

    def test_is_not_missed_where_none_was_ever_there_and_none_is_expected(self) -> None:
        assert "none is expected (WORKER_EXPECTED)" in Place().health.worker()

    def test_is_not_missed_where_it_stopped_in_good_order_and_none_is_expected(self) -> None:
        assert "none is expected (WORKER_EXPECTED)" in Place(heartbeat(900, stopped=True)).health.worker()

    @pytest.mark.parametrize("heartbeats", [(), (heartbeat(5, stopped=True),)])
    def test_is_missed_where_one_is_expected(self, heartbeats: tuple[WorkerHeartbeat, ...]) -> None:
        with pytest.raises(NotWorking, match="or set WORKER_EXPECTED=false"):
            Place(*heartbeats, expected=True).health.worker()

    @pytest.mark.requirement("S4-18")
    def test_is_given_time_to_start_after_the_server(self) -> None:
        text = Place(expected=True, up=timedelta(seconds=20)).health.worker()

        assert text == "No worker yet; this is a fault from 2026-11-21 12:00:40Z on."

    def test_is_well_where_its_clock_is_a_little_ahead(self) -> None:
        assert Place(heartbeat(-2)).health.worker() == "1 worker; the newest heartbeat is 0 s old."


class TestScheduler:
    def ask(self, status: TaskStatus) -> str:
        """Ask a place where a worker lives."""
        place = Place(heartbeat(3))
        place.statuses.task_statuses[BACKUP.name] = status
        return place.health.scheduler()

    @pytest.mark.requirement("S4-20")
    def test_is_well_while_everything_was_done_in_time(self) -> None:
        done = TaskStatus(first_seen_at=NOON - 9 * A_DAY, succeeded_at=NOON - timedelta(hours=9, minutes=50))

        assert self.ask(done) == "1 scheduled task: none failed, none is late."

    @pytest.mark.requirement("S4-20")
    def test_fails_while_a_task_is_late(self) -> None:
        done_yesterday = TaskStatus(first_seen_at=NOON - 9 * A_DAY, succeeded_at=NOON - A_DAY)

        with pytest.raises(NotWorking, match="backup.nightly is late: it was due at 2026-11-21 02:00:00Z"):
            self.ask(done_yesterday)

    @pytest.mark.requirement("S4-20")
    def test_fails_while_a_task_has_failed_and_says_why(self) -> None:
        failed = TaskStatus(failed_at=NOON - AN_HOUR, error="The disk is full.", failures=5, given_up=True)

        with pytest.raises(NotWorking, match="The disk is full. Fix it, then `tidegate jobs retry`."):
            self.ask(failed)

    def test_does_not_miss_what_no_worker_has_seen_yet(self) -> None:
        assert "none is late" in self.ask(TaskStatus())

    def test_is_not_judged_where_nobody_is_to_work(self) -> None:
        place = Place(heartbeat(900, stopped=True))
        place.statuses.task_statuses[BACKUP.name] = TaskStatus(first_seen_at=NOON - 9 * A_DAY)

        assert place.health.scheduler().startswith("Nothing is scheduled")
        assert place.health.scheduled() is None

    def test_is_judged_where_a_worker_is_expected_or_went_without_a_word(self) -> None:
        for place in (Place(expected=True), Place(heartbeat(900))):
            place.statuses.task_statuses[BACKUP.name] = TaskStatus(first_seen_at=NOON - 9 * A_DAY)
            with pytest.raises(NotWorking, match="is late"):
                place.health.scheduler()
