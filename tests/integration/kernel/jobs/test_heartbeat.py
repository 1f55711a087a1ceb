"""Tests of the thread that renews a worker's row and leases: what fails now is tried again."""

from __future__ import annotations

import pytest

from tests.support.jobs import Shop
from tidegate.domain.errors import Unavailable
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.heartbeat import HeartbeatThread
from tidegate.kernel.jobs.slots import JobSlots
from tidegate.kernel.jobs.worker_registry import WorkerRegistry


def heartbeat_of(shop: Shop, *, alive: bool = True) -> HeartbeatThread:
    """Make the heartbeat thread of a worker that does nothing."""
    slots, executor = JobSlots({"default": 1}), JobExecutor(shop.container)
    return HeartbeatThread(
        shop.container, slots, executor, worker="w", shortest_lease=60, is_alive=lambda: alive
    )


def beats(shop: Shop) -> int:
    """Count the workers that were heard of."""
    with shop.work() as work:
        return len(work.use(WorkerRegistry).heartbeats())


def test_records_nothing_of_a_worker_that_does_not_poll_for_jobs_any_more(shop: Shop) -> None:
    heartbeat_of(shop, alive=False).run_due()
    assert beats(shop) == 0

    heartbeat_of(shop).run_due()
    assert beats(shop) == 1


@pytest.mark.parametrize("error", [Unavailable("The database does not answer."), KeyError("inside")])
def test_goes_on_after_whatever_goes_wrong(
    shop: Shop, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    heartbeat = heartbeat_of(shop)
    with monkeypatch.context() as patch:
        patch.setattr(WorkerRegistry, "record_heartbeat", away)
        heartbeat.start()
    heartbeat.run_due()

    assert beats(shop) == 1
    heartbeat.stop()
    assert "worker.heartbeat_failed" in capsys.readouterr().out


def test_may_be_stopped_before_it_was_started(shop: Shop) -> None:
    heartbeat_of(shop).stop()

    assert beats(shop) == 0
