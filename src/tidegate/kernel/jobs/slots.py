"""The slots of a worker, and the jobs that its threads run in them."""

from __future__ import annotations

import threading
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
    """So many jobs at a time, each in a thread of its own; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self.size = size
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
    def full(self) -> bool:
        """Whether every slot is taken."""
        return len(self.all()) >= self.size

    @property
    def stuck(self) -> bool:
        """Whether every slot is held by a thread whose job was given up."""
        return self.full and all(one.abandoned for one in self.all())

    def wait_for_change(self, seconds: float) -> None:
        """Return when a slot becomes free, or when the time is over."""
        with self._changed:
            self._changed.wait(max(0.0, seconds))
