"""Tests of schedules: an occurrence happens once, whoever looks, and whatever the clock does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.jobs import Shop, nothing
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task

AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture
def nightly(shop: Shop) -> Task:
    """A task of every night, whose schedule was seen before; it is half past two."""
    task = shop.declare(Task("nightly", nothing, schedule=Schedule.daily("02:00")))
    shop.clock.at = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    enqueue_due(shop, task)
    return task


def enqueue_due(shop: Shop, task: Task) -> None:
    """Look at the clock, as every worker does all the time."""
    assert task.schedule is not None
    with shop.work() as work:
        work.use(Scheduler).enqueue_occurrence(task, task.schedule.latest(shop.clock.now()))


def do_all(shop: Shop) -> int:
    """Do what waits; returns how many jobs that were."""
    done = 0
    while (claim := shop.claim()) is not None:
        with shop.work() as work:
            work.use(Leases).finish(claim, "done", took=1)
        done += 1
    return done


def test_the_first_look_only_notes_where_the_schedule_begins(shop: Shop, nightly: Task) -> None:
    assert shop.jobs() == []
    assert [(occurrence.due_at.hour, occurrence.job_id) for occurrence in shop.occurrences()] == [(2, None)]


def test_an_occurrence_makes_one_job_however_often_it_is_seen(shop: Shop, nightly: Task) -> None:
    shop.clock.advance(A_DAY)
    for _ in range(3):
        enqueue_due(shop, nightly)
        shop.clock.advance(AN_HOUR)

    assert [job.task for job in shop.jobs()] == ["nightly"]
    assert shop.occurrences()[-1].job_id == shop.jobs()[0].id


def test_an_occurrence_makes_one_job_however_many_look_at_once(shop: Shop, nightly: Task) -> None:
    shop.clock.advance(A_DAY)
    start = threading.Barrier(6)

    def race() -> None:
        start.wait(10)
        enqueue_due(shop, nightly)

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(shop.jobs()) == 1
    assert len(shop.occurrences()) == 2


def test_after_a_stop_of_a_week_it_is_caught_up_once(shop: Shop, nightly: Task) -> None:
    shop.clock.advance(7 * A_DAY)
    enqueue_due(shop, nightly)

    assert do_all(shop) == 1
    enqueue_due(shop, nightly)
    assert do_all(shop) == 0


def test_a_clock_that_jumps_back_doubles_nothing_and_loses_nothing(shop: Shop, nightly: Task) -> None:
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 1
    shop.clock.advance(-A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 0
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 0
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 1


def test_a_clock_that_was_years_ahead_for_a_while_loses_no_occurrence_afterwards(
    shop: Shop, nightly: Task
) -> None:
    shop.clock.advance(1000 * A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 1
    shop.clock.advance(-1000 * A_DAY)
    enqueue_due(shop, nightly)
    assert do_all(shop) == 0
    for _ in range(3):
        shop.clock.advance(A_DAY)
        enqueue_due(shop, nightly)
        assert do_all(shop) == 1


def test_an_occurrence_that_comes_before_the_last_one_is_done_joins_it(shop: Shop, nightly: Task) -> None:
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)
    shop.claimed()
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)

    (job,) = shop.jobs()
    assert [occurrence.job_id for occurrence in shop.occurrences()] == [None, job.id, job.id]


def test_a_job_that_a_person_asked_for_takes_no_occurrences_place(shop: Shop, nightly: Task) -> None:
    shop.enqueue("nightly")
    shop.clock.advance(A_DAY)
    enqueue_due(shop, nightly)

    assert len(shop.jobs()) == 2
