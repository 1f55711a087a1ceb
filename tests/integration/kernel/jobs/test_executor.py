"""Tests of one attempt at a job: what it writes and what is recorded of it, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.jobs import Shop
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Unavailable
from tidegate.kernel.container import Work
from tidegate.kernel.db.models import IdempotencyKeyRow
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.tasks import GiveUp, Task

A_MINUTE = timedelta(minutes=1)


def write(work: Work, payload: Mapping[str, Json]) -> str:
    """Leave a row."""
    with work.uow.transaction() as session:
        session.add(
            IdempotencyKeyRow(
                scope="test",
                key=str(payload.get("key", "k")),
                request_digest="sha256:" + "0" * 64,
                status=200,
                headers=[],
                body=b"",
                created_at=work.container.clock.now(),
            )
        )
    return "one row"


def written(shop: Shop) -> int:
    """Count the rows."""
    with shop.work() as work:
        return len(work.uow.session.scalars(select(IdempotencyKeyRow)).all())


def execute(shop: Shop, task: Task) -> str:
    """Do the one job that there is."""
    return JobExecutor(shop.container, monotonic=lambda: 7.0, chance=lambda: 1.0).execute(
        shop.claimed(), task
    )


class TestInTransaction:
    def test_what_a_task_writes_is_there_with_its_end(self, shop: Shop) -> None:
        task = shop.declare(Task("write", write))
        job = shop.enqueue("write")

        assert execute(shop, task) == "done"

        assert (shop.job(job).state, written(shop)) == ("done", 1)
        assert shop.runs(job)[0].detail == "one row"

    def test_nothing_of_a_task_that_fails_stays(self, shop: Shop) -> None:
        def write_and_fail(work: Work, payload: Mapping[str, Json]) -> str:
            write(work, payload)
            work.use(JobQueue).enqueue("write")
            raise Unavailable("The harbour does not answer.")

        task = shop.declare(Task("write", write_and_fail))
        job = shop.enqueue("write")
        before = shop.bell.sent

        assert execute(shop, task) == "failed"

        assert (written(shop), len(shop.jobs()), shop.bell.sent) == (0, 1, before)
        assert shop.runs(job)[0].detail == "The harbour does not answer."

    def test_nothing_of_a_task_stays_whose_lease_ran_out(self, shop: Shop) -> None:
        late_now: list[bool] = []

        def write_slowly(work: Work, payload: Mapping[str, Json]) -> str:
            if late_now:
                return write(work, payload)
            return "not yet"

        task = shop.declare(Task("write", write_slowly))
        job = shop.enqueue("write")
        late = shop.claimed("slow")
        shop.clock.advance(A_MINUTE)
        with shop.work() as work:
            work.use(Leases).reap()
        shop.claimed("quick")
        late_now.append(True)

        assert JobExecutor(shop.container).execute(late, task) == "lost"

        assert written(shop) == 0
        assert [run.outcome for run in shop.runs(job)] == ["lost", "running"]


class TestOutsideOfATransaction:
    def test_what_a_task_wrote_before_it_failed_stays(self, shop: Shop) -> None:
        def write_and_fail(work: Work, payload: Mapping[str, Json]) -> str:
            write(work, payload)
            raise Unavailable("Half of it is done.")

        task = shop.declare(Task("write", write_and_fail, in_transaction=False))
        shop.enqueue("write")

        assert execute(shop, task) == "failed"

        assert written(shop) == 1

    def test_its_end_is_recorded(self, shop: Shop) -> None:
        task = shop.declare(Task("write", write, in_transaction=False))
        job = shop.enqueue("write")

        assert execute(shop, task) == "done"
        assert shop.job(job).state == "done"


class TestFailure:
    def broken(self, shop: Shop, error: Exception, *, retries: int = 2) -> tuple[Task, str]:
        """Declare a task that raises, and hand in a job of it."""

        def fail(_work: Work, _payload: Mapping[str, Json]) -> str:
            raise error

        return shop.declare(Task("fail", fail, retries=retries)), shop.enqueue("fail")

    def test_is_tried_again_after_a_time_that_doubles_then_waits_for_a_person(self, shop: Shop) -> None:
        task, job = self.broken(shop, KeyError("inside"))
        waits = []
        for _ in range(2):
            assert execute(shop, task) == "failed"
            waits.append((shop.job(job).not_before - shop.clock.now()).total_seconds())
            shop.clock.advance(timedelta(seconds=waits[-1]))

        assert execute(shop, task) == "failed"

        assert waits == [10, 20]
        assert (shop.job(job).state, shop.job(job).ended_at) == ("failed", shop.clock.now())
        assert [run.detail for run in shop.runs(job)] == ["KeyError: 'inside'"] * 3

    def test_waits_for_half_the_time_at_least(self, shop: Shop) -> None:
        task, job = self.broken(shop, KeyError("inside"))

        JobExecutor(shop.container, chance=lambda: 0.0).execute(shop.claimed(), task)

        assert shop.job(job).not_before - shop.clock.now() == timedelta(seconds=5)

    def test_never_waits_longer_than_an_hour(self, shop: Shop) -> None:
        task, job = self.broken(shop, Unavailable("Not now."), retries=12)
        for _ in range(11):
            execute(shop, task)
            shop.clock.advance(timedelta(hours=1))

        assert shop.job(job).not_before == shop.clock.now()

    def test_waits_for_a_person_at_once_where_the_task_gives_up(self, shop: Shop) -> None:
        task, job = self.broken(shop, GiveUp("The chain is broken."))

        execute(shop, task)

        assert (shop.job(job).state, shop.runs(job)[0].detail) == ("failed", "The chain is broken.")

    def test_shows_no_secret(self, shop: Shop) -> None:
        key = shop.container.settings.secret_key
        task, job = self.broken(shop, ValueError(f"signed with {key}"))

        execute(shop, task)

        assert shop.runs(job)[0].detail == "ValueError: signed with [hidden]"

    def test_that_cannot_be_recorded_is_found_by_its_lease(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, job = self.broken(shop, KeyError("inside"))
        claim = shop.claimed()

        def away(*_: object, **__: object) -> None:
            raise Unavailable("The database does not answer.")

        with monkeypatch.context() as patch:
            patch.setattr(Leases, "retry", away)
            assert JobExecutor(shop.container).execute(claim, task) == "lost"

        assert shop.job(job).state == "running"
        shop.clock.advance(A_MINUTE)
        with shop.work() as work:
            assert work.use(Leases).reap() == (job,)

    def test_that_comes_after_the_lease_ran_out_changes_nothing(self, shop: Shop) -> None:
        task, job = self.broken(shop, KeyError("inside"))
        late = shop.claimed("slow")
        shop.clock.advance(A_MINUTE)
        with shop.work() as work:
            work.use(Leases).reap()
        shop.claimed("quick")

        assert JobExecutor(shop.container).execute(late, task) == "lost"
        assert shop.job(job).owner == "quick"
