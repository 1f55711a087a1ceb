"""Tests of the rows that say how tasks stand: written with the end of each job, read at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from tests.support.jobs import Shop
from tidegate.kernel.db import schema
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.gauges import job_gauges
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.models import JobRow, JobRunRow
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.task_status import TaskStatus, TaskStatuses
from tidegate.kernel.jobs.tasks import GiveUp, Task

A_MINUTE = timedelta(minutes=1)
MANY = 3000
# How SQLite and PostgreSQL say that they go through every row.
_THROUGH_ALL = re.compile(r"^scan job(s|_runs)\b|seq scan on job(s|_runs)\b", re.MULTILINE)
START = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


def status(shop: Shop, task: str = "try") -> TaskStatus:
    """Return how a task stands."""
    with shop.work() as work:
        return work.use(TaskStatuses).all(shop.clock.now()).get(task, TaskStatus())


@pytest.fixture
def flaky(shop: Shop) -> tuple[Task, list[str]]:
    """A task of every minute that fails for as long as the list holds a reason."""
    reasons: list[str] = []

    def run(*_: object) -> str:
        if reasons:
            raise GiveUp(reasons[0])
        return "done"

    shop.clock.at = START
    task = shop.declare(Task("flaky", run, schedule=Schedule.every(minutes=1)))
    pass_a_minute(shop, task)
    return task, reasons


def pass_a_minute(shop: Shop, task: Task) -> None:
    """Let a minute pass, and make a job of its occurrence."""
    shop.clock.advance(A_MINUTE)
    assert task.schedule is not None
    with shop.work() as work:
        work.use(Scheduler).enqueue_occurrence(task, task.schedule.latest(shop.clock.now()))


class TestStatus:
    def test_follows_a_job_from_its_claim_to_its_end(self, shop: Shop) -> None:
        shop.enqueue()
        claim = shop.claimed()
        assert status(shop) == TaskStatus(running_since=shop.clock.now())

        shop.use(Leases, lambda leases: leases.finish(claim, "done", took=1))
        done = status(shop)
        assert (done.succeeded_at, done.running_since) == (shop.clock.now(), None)
        assert done.runs == {"done": 1, "failed": 0, "lost": 0, "released": 0}

    def test_counts_failures_until_a_success(self, shop: Shop) -> None:
        shop.enqueue()
        for _ in range(2):
            claim = shop.claimed()
            shop.use(Leases, lambda leases: leases.retry(claim, "away", took=1, after=A_MINUTE))  # noqa: B023
            shop.clock.advance(A_MINUTE)
        failing = status(shop)
        assert (failing.failures, failing.error, failing.given_up) == (2, "away", False)

        claim = shop.claimed()
        shop.use(Leases, lambda leases: leases.finish(claim, "done", took=1))
        done = status(shop)
        assert (done.failures, done.failed_at, done.error) == (0, shop.clock.now() - A_MINUTE, "away")

    def test_is_of_nothing_that_was_taken_back(self, shop: Shop) -> None:
        shop.enqueue()
        claim = shop.claimed()
        with shop.work() as work, pytest.raises(KeyError), work.uow.transaction():
            work.use(Leases).finish(claim, "done", took=1)
            raise KeyError("taken back")

        assert status(shop).succeeded_at is None

    def test_does_not_take_a_job_for_running_whose_lease_ran_out(self, shop: Shop) -> None:
        shop.enqueue()
        shop.claimed()
        shop.clock.advance(A_MINUTE)
        assert status(shop).running_since is None

        shop.use(Leases, lambda leases: leases.reap())
        assert status(shop).runs == {"done": 0, "failed": 0, "lost": 1, "released": 0}
        assert (status(shop).failures, status(shop).given_up) == (0, False)

    def test_is_given_up_where_every_worker_died(self, shop: Shop) -> None:
        shop.enqueue()
        for _ in range(3):
            shop.claimed()
            shop.clock.advance(A_MINUTE)
            shop.use(Leases, lambda leases: leases.reap())

        assert status(shop).given_up
        assert status(shop).error == "Worker w1 was not heard of any more."

    def test_counts_what_was_handed_back(self, shop: Shop) -> None:
        shop.enqueue()
        claim = shop.claimed()
        shop.use(Leases, lambda leases: leases.release(claim, took=1))

        assert status(shop).runs["released"] == 1

    def test_remembers_when_a_schedule_was_first_seen(
        self, shop: Shop, flaky: tuple[Task, list[str]]
    ) -> None:
        pass_a_minute(shop, flaky[0])

        assert status(shop, "flaky").first_seen_at == START + A_MINUTE


class TestFailedOccurrences:
    def test_are_closed_by_a_later_success_and_what_a_person_asked_for_is_not(
        self, shop: Shop, flaky: tuple[Task, list[str]]
    ) -> None:
        task, reasons = flaky
        reasons.append("The tide is out.")
        asked = shop.enqueue("flaky")
        JobExecutor(shop.container).execute(shop.claimed(), task)
        for _ in range(2):
            pass_a_minute(shop, task)
            JobExecutor(shop.container).execute(shop.claimed(), task)
        assert [job.state for job in shop.jobs()] == ["failed"] * 3
        assert status(shop, "flaky").given_up

        reasons.clear()
        pass_a_minute(shop, task)
        JobExecutor(shop.container).execute(shop.claimed(), task)

        assert [job.state for job in shop.jobs()] == ["failed", "closed", "closed", "done"]
        assert shop.jobs()[0].id == asked
        assert not status(shop, "flaky").given_up


def test_an_upgrade_fills_the_rows_from_what_is_on_record(shop: Shop, flaky: tuple[Task, list[str]]) -> None:
    task, reasons = flaky
    pass_a_minute(shop, task)
    JobExecutor(shop.container).execute(shop.claimed(), task)
    reasons.append("The tide is out.")
    pass_a_minute(shop, task)
    JobExecutor(shop.container).execute(shop.claimed(), task)
    before = status(shop, "flaky")
    schema.downgrade(shop.container.database, "0003")
    schema.upgrade(shop.container.database)

    assert before.given_up
    # Neither the reason nor the count of attempts is on record in one place; both come with the next attempt.
    assert status(shop, "flaky") == replace(before, error=None, failures=0)


@contextmanager
def _statements(shop: Shop) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, values))

    engine = shop.container.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_what_health_and_metrics_read_does_not_grow_with_what_was_done(
    shop: Shop, flaky: tuple[Task, list[str]]
) -> None:
    """Neither in statements, nor in rows: no plan goes through the jobs and runs that are done."""
    _leave_behind(shop, MANY)
    with shop.work() as work, _statements(shop) as found:
        work.use(TaskStatuses).all(shop.clock.now())
        job_gauges(work.uow, shop.clock.now())

    assert len(found) == 7
    for statement, values in found:
        plan = _plan(shop, statement, values)
        assert not _THROUGH_ALL.search(plan), f"{statement}\n{plan}"


def _leave_behind(shop: Shop, number: int) -> None:
    """Write jobs that are done, with their runs, as months of work would."""
    old = shop.clock.now() - timedelta(days=1)
    job = {"task": "flaky", "payload": {}, "state": "done", "attempt": 1, "tries_left": 0}
    times = {"not_before": old, "created_at": old, "ended_at": old}
    run = {
        "task": "flaky",
        "attempt": 1,
        "worker": "w",
        "started_at": old,
        "ended_at": old,
        "outcome": "done",
    }
    with shop.container.database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(insert(JobRow), [{**job, **times, "id": f"{n}"} for n in range(number)])
        connection.execute(
            insert(JobRunRow), [{**run, "id": f"{n}", "job_id": f"{n}"} for n in range(number)]
        )
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # as its autovacuum does; nobody does it to SQLite
        connection.commit()


def _plan(shop: Shop, statement: str, values: Any) -> str:
    """Return how the database goes about a statement, in small letters."""
    database = shop.container.database
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, values)
        return "\n".join(str(row[-1]) for row in rows).lower()
