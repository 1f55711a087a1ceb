"""What a module declares of its work in the background; its `tasks.py` holds the functions.

A module's `wiring.py` contributes each task, and whoever wants it done asks the `JobQueue`:

    container.contribute(Task, lambda _: Task("catalog.tidy", tidy, schedule=Schedule.daily("02:30")))
    ...
    work.use(JobQueue).enqueue("catalog.tidy", {"component": "shop"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import TypeAlias

from tidegate.domain.canonical import Json
from tidegate.domain.errors import TidegateError
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule

DEFAULT_QUEUE = "default"
_LATENESS = timedelta(hours=1)

Run: TypeAlias = Callable[[Work, Mapping[str, Json]], str]
"""Does the work with parts from `work.use(...)`, and returns what came of it in one line."""


class GiveUp(TidegateError):
    """Raised by a task that knows that trying again cannot help: its job waits for an operator at once."""


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of work: `name` is written `audit.verify` and never changes, since rows hold it.

    A task `in_transaction` runs inside the transaction that also marks its job as done, so that what it does
    in the database is done exactly once, whenever a process is killed. It has to be short: on SQLite nobody
    else writes meanwhile. A long task, or one with effects outside the database, says `in_transaction=False`,
    opens short transactions of its own, and must bear being run again from the beginning at any point; its
    docstring says why it does.

    A `queue` has slots of its own in every worker, so that what takes hours keeps nobody waiting: the
    default one has WORKER_CONCURRENCY slots, any other has one.

    `retries` is how often a failed job is retried by itself before it waits for an operator. A worker
    holds a job for the time of its `lease` and extends it while it works; when the worker dies, another one
    takes the job over once the lease has run out. After `timeout` the job is given up, whatever its function
    still does. `/health` calls a scheduled task late when an occurrence is older than `lateness` and not
    done; that is never less than `timeout`, for which a job may rightly run, and at least an hour if it is
    not given. `keep` is how long its jobs that are done, their runs and occurrences are kept: a task of every
    minute needs no JOBS_KEEP_DAYS of them.
    """

    name: str
    run: Run
    _: KW_ONLY
    schedule: Schedule | None = None
    queue: str = DEFAULT_QUEUE
    retries: int = 4
    lease: timedelta = timedelta(minutes=1)
    timeout: timedelta = timedelta(hours=1)
    lateness: timedelta | None = None
    keep: timedelta | None = None
    in_transaction: bool = True

    def __post_init__(self) -> None:
        """Refuse a task that would be called late while it does what it may."""
        if self.lateness is not None and self.lateness < self.timeout:
            raise ValueError(
                f"the task {self.name!r} may run for {self.timeout}, so it cannot be late after "
                f"{self.lateness}: give it lateness={self.timeout!r} or more, or a shorter timeout"
            )

    @property
    def longest_delay(self) -> timedelta:
        """How long after an occurrence its job has to be done."""
        return self.lateness or max(_LATENESS, self.timeout)
