"""Tests of who has a job until when, and of the fence that keeps late ones out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.support.jobs import Shop, nothing
from tidegate.kernel.jobs.leases import Claim, LeaseLost, Leases
from tidegate.kernel.jobs.tasks import Task

A_MINUTE = timedelta(minutes=1)


def reap(shop: Shop) -> tuple[str, ...]:
    """Take back what was lost."""
    with shop.work() as work:
        return work.use(Leases).reap()


class TestClaim:
    def test_takes_the_job_that_has_been_due_for_longest(self, shop: Shop) -> None:
        first = shop.enqueue()
        shop.clock.advance(A_MINUTE)
        second = shop.enqueue()

        assert [shop.claimed().job, shop.claimed().job, shop.claim()] == [first, second, None]

    def test_notes_owner_lease_and_run(self, shop: Shop) -> None:
        job = shop.enqueue("try", {"n": 1})

        claim = shop.claimed("w7")

        row = shop.job(job)
        (run,) = shop.runs(job)
        assert claim == Claim(job, "try", {"n": 1}, "w7", attempt=1, tries_left=2)
        assert (row.state, row.owner, row.lease_until) == ("running", "w7", shop.clock.now() + A_MINUTE)
        assert (run.outcome, run.worker, run.started_at) == ("running", "w7", shop.clock.now())

    def test_leaves_what_is_not_due_and_what_this_worker_does_not_know(self, shop: Shop) -> None:
        shop.enqueue()
        claim = shop.claimed()
        shop.use(Leases, lambda leases: leases.retry(claim, "not now", took=0.1, after=A_MINUTE))

        assert shop.claim() is None
        shop.clock.advance(A_MINUTE)
        with shop.work() as work:
            assert work.use(Leases).claim("w1", {"other": Task("other", nothing)}) is None
        assert shop.claimed().attempt == 2

    def test_gives_each_job_to_one_of_many_workers(self, shop: Shop) -> None:
        jobs = {shop.enqueue() for _ in range(30)}
        taken: list[str] = []

        def take(owner: str) -> None:
            while (claim := shop.claim(owner)) is not None:
                taken.append(claim.job)

        threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        # SKIP LOCKED: one may have found the last row locked and gone home; it would have looked again.
        take("w9")

        assert sorted(taken) == sorted(jobs)


class TestFence:
    @pytest.fixture
    def late(self, shop: Shop) -> Claim:
        """A claim whose lease ran out, and whose job somebody else has by now."""
        shop.enqueue()
        claim = shop.claimed("slow")
        shop.clock.advance(A_MINUTE)
        reap(shop)
        shop.claimed("quick")
        return claim

    @pytest.mark.parametrize("end", ["finish", "retry", "give_up", "release"])
    def test_keeps_a_worker_out_whose_lease_ran_out(self, shop: Shop, late: Claim, end: str) -> None:
        ends = {
            "finish": lambda leases: leases.finish(late, "done", took=1),
            "retry": lambda leases: leases.retry(late, "no", took=1, after=A_MINUTE),
            "give_up": lambda leases: leases.give_up(late, "no", took=1),
            "release": lambda leases: leases.release(late, took=1),
        }
        with pytest.raises(LeaseLost, match="came too late"):
            shop.use(Leases, ends[end])

        row = shop.job(late.job)
        assert (row.state, row.owner, row.attempt) == ("running", "quick", 2)
        assert [run.outcome for run in shop.runs(late.job)] == ["lost", "running"]

    def test_extends_no_lease_that_is_somebody_elses(self, shop: Shop, late: Claim) -> None:
        with shop.work() as work:
            assert not work.use(Leases).extend(late, A_MINUTE)

    def test_holds_between_two_attempts_of_the_same_worker(self, shop: Shop) -> None:
        shop.enqueue()
        first = shop.claimed("w1")
        shop.clock.advance(A_MINUTE)
        reap(shop)
        shop.claimed("w1")

        with pytest.raises(LeaseLost):
            shop.use(Leases, lambda leases: leases.finish(first, "done", took=1))


class TestEnds:
    def test_done_says_what_came_of_it_and_how_long_it_took(self, shop: Shop) -> None:
        job = shop.enqueue()
        claim = shop.claimed()
        shop.clock.advance(timedelta(seconds=3))

        shop.use(Leases, lambda leases: leases.finish(claim, "3 deleted", took=2.5))

        row, (run,) = shop.job(job), shop.runs(job)
        assert (row.state, row.owner, row.lease_until, row.ended_at) == ("done", None, None, shop.clock.now())
        assert (run.outcome, run.detail, run.duration_ms) == ("done", "3 deleted", 2500)
        assert run.ended_at == shop.clock.now()

    def test_released_counts_as_not_tried(self, shop: Shop) -> None:
        job = shop.enqueue()
        claim = shop.claimed()

        shop.use(Leases, lambda leases: leases.release(claim, took=1))

        assert (shop.job(job).state, shop.job(job).tries_left) == ("waiting", 3)
        assert shop.claimed("w2").attempt == 2
        assert [run.outcome for run in shop.runs(job)] == ["released", "running"]

    def test_a_detail_that_is_too_long_is_cut(self, shop: Shop) -> None:
        job = shop.enqueue()
        claim = shop.claimed()

        shop.use(Leases, lambda leases: leases.give_up(claim, "x" * 9999, took=1))

        assert len(shop.runs(job)[0].detail or "") == 2000


class TestReap:
    def test_takes_back_what_a_dead_worker_had_and_nothing_else(self, shop: Shop) -> None:
        dead, alive = shop.enqueue(), shop.enqueue()
        shop.claimed("dead")
        shop.clock.advance(timedelta(seconds=30))
        shop.claimed("alive")
        shop.clock.advance(timedelta(seconds=30))

        assert reap(shop) == (dead,)
        assert reap(shop) == ()
        assert (shop.job(dead).state, shop.job(alive).state) == ("waiting", "running")
        (run,) = shop.runs(dead)
        assert (run.outcome, run.detail) == ("lost", "Worker dead was not heard of any more.")

    def test_spares_a_lease_that_was_extended(self, shop: Shop) -> None:
        shop.enqueue()
        claim = shop.claimed()
        shop.clock.advance(timedelta(seconds=50))
        with shop.work() as work:
            assert work.use(Leases).extend(claim, A_MINUTE)
        shop.clock.advance(timedelta(seconds=50))

        assert reap(shop) == ()

    def test_leaves_a_job_that_keeps_killing_its_workers_to_a_person(self, shop: Shop) -> None:
        job = shop.enqueue()
        for _ in range(3):
            shop.claimed()
            shop.clock.advance(A_MINUTE)
            reap(shop)

        assert (shop.job(job).state, shop.job(job).ended_at) == ("failed", shop.clock.now())
        assert shop.claim() is None
