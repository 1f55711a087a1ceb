"""Tests of a whole worker in this process, on both databases: it looks, works, holds its leases, stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.support.jobs import Shop
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Unavailable
from tidegate.kernel.container import Work
from tidegate.kernel.db import schema
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.worker import Worker
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat, WorkerRegistry

PATIENCE = 20


def worker_of(shop: Shop, *, slots: int = 2, poll: float = 0.1, grace: float = 5) -> Worker:
    """Make a worker."""
    made = Worker(shop.container, slots=slots, poll=poll, grace=grace)
    shop.workers.append(made)
    return made


@contextmanager
def running(worker: Worker) -> Iterator[list[bool]]:
    """Let it work in a thread; what it returned is in the list afterwards."""
    returned: list[bool] = []
    thread = threading.Thread(target=lambda: returned.append(worker.run()))
    thread.start()
    try:
        yield returned
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def eventually(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


def heartbeats(shop: Shop) -> tuple[WorkerHeartbeat, ...]:
    """Return the heartbeats."""
    with shop.work() as work:
        return work.use(WorkerRegistry).heartbeats()


class Gate:
    """A task that waits inside until it is let go."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.go = threading.Event()

    def run(self, _work: Work, _payload: Mapping[str, Json]) -> str:
        """Wait."""
        self.inside.release()
        assert self.go.wait(PATIENCE)
        return "went through"


@pytest.fixture
def gate(shop: Shop) -> Iterator[Gate]:
    """A gate that is opened at the end, and the task `gate`."""
    made = Gate()
    shop.declare(Task("gate", made.run, lease=timedelta(seconds=3), in_transaction=False))
    yield made
    made.go.set()


class TestRun:
    def test_does_what_is_handed_in_while_it_works(self, shop: Shop) -> None:
        with running(worker_of(shop)) as returned:
            jobs = [shop.enqueue() for _ in range(5)]
            eventually(lambda: all(shop.job(job).state == "done" for job in jobs))

        assert returned == [True]

    def test_finds_a_job_whose_wake_up_was_lost(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shop.bell, "send", lambda _: None)
        with running(worker_of(shop)):
            job = shop.enqueue()
            eventually(lambda: shop.job(job).state == "done")

    def test_makes_jobs_of_occurrences(self, shop: Shop) -> None:
        shop.declare(Task("hourly", lambda *_: "done", schedule=Schedule.every(minutes=60)))
        with running(worker_of(shop)):
            eventually(lambda: len(shop.occurrences()) == 1)
            shop.clock.advance(timedelta(hours=3))
            eventually(lambda: [job.state for job in shop.jobs()] == ["done"])

    def test_takes_over_from_a_worker_that_died(self, shop: Shop) -> None:
        job = shop.enqueue()
        shop.claimed("dead")
        shop.clock.advance(timedelta(minutes=2))
        with running(worker_of(shop)):
            eventually(lambda: shop.job(job).state == "done")

        assert [run.outcome for run in shop.runs(job)] == ["lost", "done"]

    def test_does_no_more_at_a_time_than_it_has_slots(self, shop: Shop, gate: Gate) -> None:
        jobs = [shop.enqueue("gate") for _ in range(3)]
        with running(worker_of(shop, slots=2)):
            assert gate.inside.acquire(timeout=PATIENCE)
            assert gate.inside.acquire(timeout=PATIENCE)
            assert not gate.inside.acquire(timeout=0.3)
            gate.go.set()
            eventually(lambda: all(shop.job(job).state == "done" for job in jobs))

    def test_records_its_heartbeat_and_its_end(self, shop: Shop) -> None:
        worker = worker_of(shop)
        with running(worker):
            eventually(lambda: bool(heartbeats(shop)))
            (heartbeat,) = heartbeats(shop)
            assert (heartbeat.worker, heartbeat.slots, heartbeat.stopped_at) == (worker.id, 2, None)

        assert heartbeats(shop)[0].stopped_at == shop.clock.now()

    def test_goes_on_while_the_database_does_not_answer(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looks = []

        def away(_leases: Leases) -> tuple[str, ...]:
            looks.append(1)
            raise Unavailable("The database does not answer.") if len(looks) % 2 else KeyError("inside")

        with running(worker_of(shop)):
            with monkeypatch.context() as patch:
                patch.setattr(Leases, "reap", away)
                eventually(lambda: len(looks) > 2)
            job = shop.enqueue()
            eventually(lambda: shop.job(job).state == "done")

    def test_waits_for_the_newest_schema(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        schema.downgrade(shop.container.database, "0001")
        with running(worker_of(shop)):
            eventually(lambda: "run the migrations" in capsys.readouterr().out)
            schema.upgrade(shop.container.database)
            eventually(lambda: bool(heartbeats(shop)))

    def test_ends_while_it_waits_for_a_schema(self, shop: Shop) -> None:
        schema.downgrade(shop.container.database, "0001")
        with running(worker_of(shop)) as returned:
            time.sleep(0.1)

        assert returned == [True]


class TestQueues:
    def test_that_are_full_keep_nobody_waiting(self, shop: Shop) -> None:
        slow = Gate()
        shop.declare(Task("slow", slow.run, queue="backups", in_transaction=False))
        jobs = [shop.enqueue("slow") for _ in range(2)]
        try:
            with running(worker_of(shop, slots=1, poll=60)):
                assert slow.inside.acquire(timeout=PATIENCE)
                quick = [shop.enqueue() for _ in range(3)]
                eventually(lambda: all(shop.job(job).state == "done" for job in quick))

                assert sorted(shop.job(job).state for job in jobs) == ["running", "waiting"]
                slow.go.set()
                # The slot that becomes free is taken at once, long before the next poll.
                eventually(lambda: all(shop.job(job).state == "done" for job in jobs))
        finally:
            slow.go.set()


class TestLeases:
    def test_are_held_for_as_long_as_a_job_takes(self, shop: Shop, gate: Gate) -> None:
        job = shop.enqueue("gate")
        with running(worker_of(shop)):
            assert gate.inside.acquire(timeout=PATIENCE)
            first = shop.job(job).lease_until
            assert first is not None
            shop.clock.advance(timedelta(seconds=2))
            eventually(lambda: (shop.job(job).lease_until or first) > first)
            gate.go.set()
            eventually(lambda: shop.job(job).state == "done")

        assert len(shop.runs(job)) == 1

    def test_that_are_lost_are_reported(
        self, shop: Shop, gate: Gate, capsys: pytest.CaptureFixture[str]
    ) -> None:
        job = shop.enqueue("gate")
        with running(worker_of(shop, slots=1)):
            assert gate.inside.acquire(timeout=PATIENCE)
            # As if the clock had jumped ahead: to others this worker looks dead.
            shop.clock.advance(timedelta(minutes=5))
            with shop.work() as work:
                work.use(Leases).reap()
            # The worker polls as well, and may be the one that takes it back.
            eventually(lambda: shop.claim("other") is not None)
            eventually(lambda: "job.lease_lost" in capsys.readouterr().out)
            gate.go.set()

        assert shop.job(job).owner == "other"
        assert [run.outcome for run in shop.runs(job)] == ["lost", "running"]


class TestTimeout:
    def test_gives_a_job_up_and_goes_on_with_others(self, shop: Shop) -> None:
        go = threading.Event()
        shop.declare(
            Task(
                "endless",
                lambda *_: str(go.wait(PATIENCE)),
                lease=timedelta(seconds=1),
                timeout=timedelta(seconds=0.2),
                retries=0,
                in_transaction=False,
            )
        )
        job = shop.enqueue("endless")
        with running(worker_of(shop)):
            eventually(lambda: shop.job(job).state == "failed")
            other = shop.enqueue()
            eventually(lambda: shop.job(other).state == "done")
            go.set()

        assert shop.runs(job)[0].detail == "It took longer than 0.2 s and was given up."

    def test_ends_a_worker_that_has_no_slot_left(self, shop: Shop) -> None:
        go = threading.Event()
        wait = Task(
            "endless",
            lambda *_: str(go.wait(PATIENCE)),
            lease=timedelta(seconds=1),
            timeout=timedelta(seconds=0.2),
            in_transaction=False,
        )
        shop.declare(wait)
        shop.enqueue("endless")
        worker = worker_of(shop, slots=1, grace=0)

        assert not worker.run()
        assert not worker.idle
        go.set()
        eventually(lambda: worker.idle)


class TestStop:
    @pytest.mark.requirement("S2-20")
    def test_lets_what_is_in_flight_finish(self, shop: Shop, gate: Gate) -> None:
        job, later = shop.enqueue("gate"), shop.enqueue()
        worker = worker_of(shop, slots=1)
        with running(worker):
            assert gate.inside.acquire(timeout=PATIENCE)
            worker.stop()
            time.sleep(0.2)
            gate.go.set()

        assert (shop.job(job).state, shop.job(later).state) == ("done", "waiting")

    @pytest.mark.requirement("S2-20")
    def test_hands_back_what_does_not_finish_in_time(self, shop: Shop, gate: Gate) -> None:
        job = shop.enqueue("gate")
        with running(worker_of(shop, grace=0.1)):
            assert gate.inside.acquire(timeout=PATIENCE)

        assert (shop.job(job).state, shop.job(job).tries_left) == ("waiting", 5)
        assert shop.runs(job)[0].outcome == "released"
        gate.go.set()

    def test_hands_back_at_once_when_asked_twice(self, shop: Shop, gate: Gate) -> None:
        job = shop.enqueue("gate")
        worker = worker_of(shop, grace=PATIENCE)
        with running(worker):
            assert gate.inside.acquire(timeout=PATIENCE)
            worker.stop()
            worker.stop(at_once=True)
            eventually(lambda: shop.job(job).state == "waiting")

    @pytest.mark.parametrize("error", [Unavailable("The database does not answer."), None])
    def test_ends_where_a_job_cannot_be_handed_back(
        self, shop: Shop, gate: Gate, error: Exception | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = shop.enqueue("gate")
        release = Leases.release

        def late(leases: Leases, *arguments: object, **more: object) -> None:
            if error is not None:
                raise error
            # It ended in the very moment: now there is nothing to hand back.
            gate.go.set()
            eventually(lambda: shop.job(job).state == "done")
            release(leases, *arguments, **more)  # type: ignore[arg-type]  # passed on

        with running(worker_of(shop, grace=0)) as returned:
            assert gate.inside.acquire(timeout=PATIENCE)
            monkeypatch.setattr(Leases, "release", late)

        assert returned == [True]


class TestOnce:
    def test_does_what_is_due_and_ends(self, shop: Shop) -> None:
        jobs = [shop.enqueue() for _ in range(5)]

        assert worker_of(shop).run_once()
        assert {shop.job(job).state for job in jobs} == {"done"}

    def test_tells_that_something_was_not_done(self, shop: Shop) -> None:
        def fail(*_: object) -> str:
            raise Unavailable("Not today.")

        shop.declare(Task("fail", fail))
        shop.enqueue("fail")

        assert not worker_of(shop).run_once()
