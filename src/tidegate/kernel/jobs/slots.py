"""The slots of a worker, and the jobs that its threads run in them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.kernel.jobs.leases import Claim
from tidegate.kernel.jobs.tasks import Task


@dataclass(slots=True, eq=False)
class RunningJob:
    """A job in one of this worker's threads; times are of the monotonic clock, in seconds.

    An `abandoned` one was given up, but its thread still runs: nobody can end a thread from outside.
    """

    claim: Claim
    task: Task
    started: float
    extended: float = field(init=False)
    abandoned: bool = False

    def __post_init__(self) -> None:
        """Take the claim itself as the first extension of the lease."""
        self.extended = self.started


class JobSlots:
    """So many jobs of each queue at a time, each in a thread; safe to share between threads."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = dict(sizes)
        self._running: list[RunningJob] = []
        self._changed = threading.Condition()

    def add(self, running: RunningJob) -> None:
        """Take a slot."""
        with self._changed:
            self._running.append(running)

    def remove(self, running: RunningJob) -> None:
        """Free a slot."""
        with self._changed:
            self._running.remove(running)
            self._changed.notify_all()

    def all(self) -> tuple[RunningJob, ...]:
        """Return the jobs whose threads have not ended."""
        with self._changed:
            return tuple(self._running)

    @property
    def size(self) -> int:
        """How many jobs run at most, all queues together."""
        return sum(self._sizes.values())

    @property
    def free_queues(self) -> frozenset[str]:
        """The queues that have a free slot."""
        taken = Counter(one.task.queue for one in self.all())
        return frozenset(queue for queue, size in self._sizes.items() if taken[queue] < size)

    @property
    def stuck(self) -> bool:
        """Whether every slot of some queue is held by a thread whose job was given up."""
        lost = Counter(one.task.queue for one in self.all() if one.abandoned)
        return any(lost[queue] >= size for queue, size in self._sizes.items())

    def wait_for_change(self, seconds: float) -> None:
        """Return when a slot becomes free, or when the time is over."""
        with self._changed:
            self._changed.wait(max(0.0, seconds))
