"""Tests of what people do with jobs, and of what they leave behind, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.jobs import Shop, nothing
from tidegate.domain.errors import Conflict, NotFound
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import GiveUp, Task
from tidegate.kernel.jobs.worker_registry import WorkerRegistry
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.jobs.service import JobService, NotWorking, WorkHealth

A_DAY = timedelta(days=1)


@pytest.fixture
def task(shop: Shop) -> Task:
    """A task that does nothing."""
    return shop.declare(Task("try", nothing, retries=2))


@pytest.fixture
def failed(shop: Shop) -> str:
    """A job that failed and waits for an operator."""

    def fail(*_: object) -> str:
        raise GiveUp("The tide is out.")

    hopeless = shop.declare(Task("hopeless", fail))
    job = shop.enqueue("hopeless")
    JobExecutor(shop.container).execute(shop.claimed(), hopeless)
    return job


def logged(shop: Shop) -> list[tuple[str, str]]:
    """Return what the audit log holds."""
    with shop.work() as work:
        page = work.use(AuditService).events(PageRequest(limit=100, cursor=None))
        return [(row.entry.action, row.entry.subject) for row in page.items]


class TestJobs:
    def test_are_listed_newest_first_with_what_came_of_them(
        self, shop: Shop, task: Task, failed: str
    ) -> None:
        newest = shop.enqueue("try")
        with shop.work() as work:
            service = work.use(JobService)
            everything = service.jobs(states=("waiting", "failed"))
            only = service.jobs(states=("waiting", "failed"), task="hopeless")

        assert [(job.id, job.state, job.detail) for job in everything] == [
            (newest, "waiting", None),
            (failed, "failed", "The tide is out."),
        ]
        assert [job.id for job in only] == [failed]


class TestRetry:
    def test_has_a_failed_job_tried_again_as_often_as_its_task_says(self, shop: Shop, failed: str) -> None:
        rung = shop.bell.sent
        shop.use(JobService, lambda service: service.retry(failed))

        assert (shop.job(failed).state, shop.job(failed).tries_left) == ("waiting", 5)
        assert shop.job(failed).ended_at is None
        assert shop.bell.sent == rung + 1
        assert logged(shop) == [("job.retried", f"job:{failed}")]
        assert shop.claimed().attempt == 2

    def test_brings_the_next_attempt_of_a_waiting_job_forward(self, shop: Shop, task: Task) -> None:
        job = shop.enqueue("try")
        claim = shop.claimed()
        shop.use(Leases, lambda leases: leases.retry(claim, "not now", took=1, after=A_DAY))
        shop.use(JobService, lambda service: service.retry(job))

        assert shop.claimed().job == job

    def test_refuses_what_runs_and_what_is_done(self, shop: Shop, task: Task) -> None:
        job = shop.enqueue("try")
        claim = shop.claimed()
        with pytest.raises(Conflict, match="is running: only one that failed or waits"):
            shop.use(JobService, lambda service: service.retry(job))
        shop.use(Leases, lambda leases: leases.finish(claim, "done", took=1))
        with pytest.raises(Conflict, match="is done"):
            shop.use(JobService, lambda service: service.retry(job))
        assert logged(shop) == []

    def test_refuses_what_is_not_there(self, shop: Shop) -> None:
        with pytest.raises(NotFound, match="no job named 'x'"):
            shop.use(JobService, lambda service: service.retry("x"))


class TestRequest:
    def test_has_a_task_done_now_and_notes_it(self, shop: Shop, task: Task) -> None:
        shop.use(JobService, lambda service: service.request("try", {"a": 1}))

        (job,) = shop.jobs()
        assert (job.task, job.payload, job.state) == ("try", {"a": 1}, "waiting")
        assert logged(shop) == [("job.requested", f"job:{job.id}")]

    def test_refuses_a_task_that_is_not_there(self, shop: Shop) -> None:
        with pytest.raises(NotFound, match="no task named 'x'"):
            shop.use(JobService, lambda service: service.request("x", {}))


class TestForget:
    def test_deletes_what_ended_before_and_keeps_what_is_open(
        self, shop: Shop, task: Task, failed: str
    ) -> None:
        nightly = shop.declare(Task("nightly", nothing, schedule=Schedule.daily("02:00")))
        done = [shop.enqueue("try") for _ in range(3)]
        for _ in done:
            claim = shop.claimed()
            with shop.work() as work:
                work.use(Leases).finish(claim, "done", took=1)
        self.enqueue_newest(shop, nightly)
        shop.clock.advance(A_DAY)
        self.enqueue_newest(shop, nightly)
        now = shop.clock.now()
        with shop.work() as work:
            work.use(WorkerRegistry).record_heartbeat(
                "old", now=now - A_DAY, started_at=now - A_DAY, slots=1, busy=0
            )
            work.use(WorkerRegistry).record_heartbeat("new", now=now, started_at=now, slots=1, busy=0)
            forgotten = work.use(JobService).forget(A_DAY / 2)
            heartbeats = work.use(WorkerRegistry).heartbeats()

        assert forgotten == {"runs": 4, "jobs": 3, "occurrences": 1, "workers": 1}
        assert [(job.task, job.state) for job in shop.jobs()] == [
            ("hopeless", "failed"),
            ("nightly", "waiting"),
        ]
        assert [heartbeat.worker for heartbeat in heartbeats] == ["new"]

    def test_keeps_the_newest_tick_so_that_no_schedule_begins_anew(self, shop: Shop) -> None:
        nightly = shop.declare(Task("nightly", nothing, schedule=Schedule.daily("02:00")))
        self.enqueue_newest(shop, nightly)
        shop.clock.advance(100 * A_DAY)
        with shop.work() as work:
            work.use(JobService).forget(timedelta(0))
        self.enqueue_newest(shop, nightly)

        assert [job.task for job in shop.jobs()] == ["nightly"]

    def test_follows_what_a_task_says_of_its_own(self, shop: Shop) -> None:
        minutely = shop.declare(Task("minutely", nothing, schedule=Schedule.every(minutes=1), keep=A_DAY))
        shop.declare(Task("try", nothing))
        for _ in range(3):
            self.enqueue_newest(shop, minutely)
            shop.clock.advance(timedelta(minutes=1))
        shop.enqueue("try")
        while (claim := shop.claim()) is not None:
            with shop.work() as work:
                work.use(Leases).finish(claim, "done", took=1)
        shop.clock.advance(2 * A_DAY)
        with shop.work() as work:
            forgotten = work.use(JobService).forget(90 * A_DAY)

        assert forgotten == {"runs": 1, "jobs": 1, "occurrences": 2, "workers": 0}
        assert [job.task for job in shop.jobs()] == ["try"]

    def enqueue_newest(self, shop: Shop, task: Task) -> None:
        """Look at the clock."""
        assert task.schedule is not None
        with shop.work() as work:
            work.use(Scheduler).enqueue_occurrence(task, task.schedule.latest(shop.clock.now()))


class TestHealth:
    @pytest.mark.requirement("S4-20")
    def test_calls_no_backup_late_that_still_runs_in_any_part(self, shop: Shop) -> None:
        long = shop.declare(
            Task("long", nothing, schedule=Schedule.daily("02:00"), timeout=timedelta(hours=6))
        )
        TestForget().enqueue_newest(shop, long)
        shop.clock.at = shop.clock.now().replace(hour=2, minute=0) + A_DAY
        TestForget().enqueue_newest(shop, long)
        claim = shop.claimed()
        for _ in range(5):
            shop.clock.advance(timedelta(hours=1))
            with shop.work() as work:
                now = shop.clock.now()
                work.use(Leases).extend(claim, long.lease)
                work.use(WorkerRegistry).record_heartbeat("w", now=now, started_at=now, slots=2, busy=1)
                health = work.use(WorkHealth)
                assert "none is late" in health.scheduler()
                assert health.scheduled() is not None and set((health.scheduled() or {}).values()) == {None}

    @pytest.mark.requirement("S2-15")
    def test_follows_the_heartbeat(self, shop: Shop) -> None:
        now = shop.clock.now()
        with shop.work() as work:
            health = work.use(WorkHealth)
            work.use(WorkerRegistry).record_heartbeat("w", now=now, started_at=now, slots=2, busy=1)
            assert health.worker() == "1 worker; the newest heartbeat is 0 s old."
            shop.clock.advance(timedelta(minutes=2))
            with pytest.raises(NotWorking, match="was last heard of"):
                health.worker()
            work.use(WorkerRegistry).mark_stopped("w", now=shop.clock.now())
            work.use(WorkerRegistry).mark_stopped("nobody", now=shop.clock.now())
            assert "none is expected" in health.worker()

    @pytest.mark.requirement("S4-20")
    def test_turns_red_when_a_scheduled_task_fails_and_green_when_it_is_done(self, shop: Shop) -> None:
        tides = ["out"]

        def ebb(*_: object) -> str:
            if tides:
                raise GiveUp("The tide is out.")
            return "afloat"

        task = shop.declare(Task("ebb", ebb, schedule=Schedule.daily("02:00")))
        now = shop.clock.now()
        with shop.work() as work:
            work.use(WorkerRegistry).record_heartbeat("w", now=now, started_at=now, slots=2, busy=1)
        job = shop.enqueue("ebb")
        JobExecutor(shop.container).execute(shop.claimed(), task)
        with shop.work() as work, pytest.raises(NotWorking, match="ebb failed at .* The tide is out."):
            work.use(WorkHealth).scheduler()

        tides.clear()
        shop.clock.advance(timedelta(seconds=1))
        shop.use(JobService, lambda service: service.retry(job))
        JobExecutor(shop.container).execute(shop.claimed(), task)
        with shop.work() as work:
            assert "none failed" in work.use(WorkHealth).scheduler()
