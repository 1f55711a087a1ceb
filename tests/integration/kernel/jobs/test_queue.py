"""Tests of handing jobs in: with the caller's transaction, or not at all."""

from __future__ import annotations

import threading

import pytest

from tests.support.jobs import Shop
from tidegate.kernel.jobs.queue import JobQueue


class TestEnqueue:
    def test_writes_a_job_that_waits_and_wakes_a_worker(self, shop: Shop) -> None:
        job = shop.job(shop.enqueue("try", {"n": 1}))

        assert (job.task, job.payload, job.state) == ("try", {"n": 1}, "waiting")
        assert (job.attempt, job.tries_left, job.not_before) == (0, 3, shop.clock.now())
        assert shop.bell.sent == 1

    def test_leaves_nothing_where_the_transaction_of_the_caller_fails(self, shop: Shop) -> None:
        with shop.work() as work, pytest.raises(ZeroDivisionError), work.uow.transaction():
            work.use(JobQueue).enqueue("try")
            1 / 0  # noqa: B018  # fails on purpose

        assert shop.jobs() == []
        assert shop.bell.sent == 0

    def test_makes_one_job_of_one_key(self, shop: Shop) -> None:
        first = shop.enqueue("try", key="a")

        assert shop.enqueue("try", key="a") == first
        assert shop.enqueue("try", key="b") != first
        assert len(shop.jobs()) == 2

    def test_makes_one_job_of_one_key_however_many_ask_at_once(self, shop: Shop) -> None:
        made: list[str] = []
        start = threading.Barrier(6)

        def ask() -> None:
            start.wait(10)
            made.append(shop.enqueue("try", key="a"))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert len(made) == 6
        assert len(set(made)) == 1
        assert len(shop.jobs()) == 1

    def test_refuses_a_task_that_nobody_declared(self, shop: Shop) -> None:
        with pytest.raises(LookupError, match="no module that is switched on has a task named 'other'"):
            shop.enqueue("other")
