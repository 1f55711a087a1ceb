"""Tests of the thread that keeps a worker's row and leases: what does not work now is tried again."""

from __future__ import annotations

import pytest

from tests.support.jobs import Shop
from tidegate.domain.errors import Unavailable
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.keeper import Keeper
from tidegate.kernel.jobs.slots import JobSlots
from tidegate.kernel.jobs.worker_registry import WorkerRegistry


def keeper_of(shop: Shop, *, lives: bool = True) -> Keeper:
    """Make the keeper of a worker that does nothing."""
    slots, executor = JobSlots(1), JobExecutor(shop.container)
    return Keeper(shop.container, slots, executor, worker="w", shortest_lease=60, lives=lambda: lives)


def beats(shop: Shop) -> int:
    """Count the workers that were heard of."""
    with shop.work() as work:
        return len(work.use(WorkerRegistry).heartbeats())


def test_says_nothing_of_a_worker_that_does_not_look_for_jobs_any_more(shop: Shop) -> None:
    keeper_of(shop, lives=False).look()
    assert beats(shop) == 0

    keeper_of(shop).look()
    assert beats(shop) == 1


@pytest.mark.parametrize("error", [Unavailable("The database does not answer."), KeyError("inside")])
def test_goes_on_after_whatever_goes_wrong(
    shop: Shop, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    keeper = keeper_of(shop)
    with monkeypatch.context() as patch:
        patch.setattr(WorkerRegistry, "record_heartbeat", away)
        keeper.start()
    keeper.look()

    assert beats(shop) == 1
    keeper.stop()
    assert "worker.not_kept" in capsys.readouterr().out


def test_may_be_stopped_before_it_was_started(shop: Shop) -> None:
    keeper_of(shop).stop()

    assert beats(shop) == 0
