"""Tests of slots: each queue has its own."""

from __future__ import annotations

from tests.support.jobs import nothing
from tidegate.kernel.jobs.leases import Claim
from tidegate.kernel.jobs.slots import JobSlots, RunningJob
from tidegate.kernel.jobs.tasks import Task


def running(queue: str, *, abandoned: bool = False) -> RunningJob:
    """Make a job that runs."""
    claim = Claim(job="j", task="t", payload={}, owner="w", attempt=1, tries_left=0)
    return RunningJob(claim, Task("t", nothing, queue=queue), started=0.0, abandoned=abandoned)


def test_a_queue_that_is_full_takes_nothing_from_another() -> None:
    slots = JobSlots({"default": 2, "backups": 1})
    long = running("backups")
    slots.add(long)
    slots.add(running("default"))

    assert slots.size == 3
    assert slots.free_queues == {"default"}
    slots.remove(long)
    assert slots.free_queues == {"default", "backups"}


def test_one_queue_without_a_slot_that_can_become_free_is_enough_to_be_stuck() -> None:
    slots = JobSlots({"default": 2, "backups": 1})
    slots.add(running("default", abandoned=True))
    assert not slots.stuck

    slots.add(running("backups", abandoned=True))
    assert slots.stuck
