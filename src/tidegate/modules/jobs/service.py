"""Use cases of the jobs: list them, try one again, have a task done now; judge whether the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, NotFound, TidegateError
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.records import Job
from tidegate.kernel.jobs.states import FAILED, WAITING
from tidegate.kernel.jobs.task_status import TaskFault, TaskStatus, fault_of
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat
from tidegate.modules.audit.service import AuditService
from tidegate.modules.jobs.repository import JobRepository


class WorkStatuses(Protocol):
    """How the tasks stand and which workers live: the repository says it, and in tests a fake."""

    def statuses(self, now: datetime) -> Mapping[str, TaskStatus]:
        """Return how every task stands."""
        ...

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return the last heartbeat of every worker, the newest first."""
        ...


class NotWorking(TidegateError):
    """The work in the background is not done as it should be."""


class JobService:
    """What people ask of jobs."""

    def __init__(
        self,
        uow: UnitOfWork,
        jobs: JobRepository,
        queue: JobQueue,
        audit: AuditService,
        *,
        tasks: Callable[[], Iterable[Task]],
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._jobs = jobs
        self._queue = queue
        self._audit = audit
        self._tasks = tasks
        self._clock = clock

    def jobs(self, *, states: Sequence[str], task: str | None = None, limit: int = 50) -> tuple[Job, ...]:
        """Return jobs in these states, in any where none is named, the newest first."""
        return self._jobs.newest(states=states, task=task, limit=limit)

    def tasks(self) -> tuple[str, ...]:
        """Return the names of all tasks, in their order."""
        return tuple(sorted(task.name for task in self._tasks()))

    def retry(self, job_id: str) -> Job:
        """Have a job that waits tried again now, as often as its task says; raises `NotFound`, `Conflict`."""
        with self._uow.transaction():
            job = self._jobs.lock(job_id)
            if job is None:
                raise NotFound("job", job_id)
            if job.state not in (FAILED, WAITING):
                raise Conflict(
                    f"Job {job_id} is {job.state}: only one that failed or waits can be tried again."
                )
            retries = next((task.retries for task in self._tasks() if task.name == job.task), 0)
            self._jobs.put_back(job_id, now=self._clock.now(), tries=retries + 1)
            self._audit.append(action="job.retried", subject=f"job:{job_id}", details={"task": job.task})
            self._queue.wake_workers()
        return job

    def request(self, task: str, payload: Mapping[str, Json]) -> str:
        """Have a task done now, besides its schedule; returns the job's identifier. Raises `NotFound`."""
        if task not in {one.name for one in self._tasks()}:
            raise NotFound("task", task)
        with self._uow.transaction():
            job = self._queue.enqueue(task, payload)
            self._audit.append(action="job.requested", subject=f"job:{job}", details={"task": task})
        return job

    def forget(self, keep: timedelta) -> Mapping[str, int]:
        """Delete jobs that are done or closed, runs, occurrences and workers that were kept for long enough.

        `keep` is for tasks that do not say how long theirs are kept.
        """
        now = self._clock.now()
        own = {task.name: now - task.keep for task in self._tasks() if task.keep is not None}
        return self._jobs.forget_before(now - keep, of=own)


class WorkHealth:
    """Judges whether the work in the background is done; every answer is a sentence, every fault an error.

    `expected` says that a worker belongs to this installation, `since` when this process started: one that
    has just started does not complain of a worker that is about to.
    """

    def __init__(
        self,
        statuses: WorkStatuses,
        *,
        tasks: Callable[[], Iterable[Task]],
        expected: bool,
        silence: timedelta,
        since: datetime,
        clock: Clock,
    ) -> None:
        self._statuses = statuses
        self._tasks = tasks
        self._expected = expected
        self._silence = silence
        self._since = since
        self._clock = clock

    def worker(self) -> str:
        """Tell which workers live; raises `NotWorking` where one ought to and none does."""
        now, heartbeats = self._clock.now(), self._statuses.heartbeats()
        living = [heartbeat for heartbeat in heartbeats if self._lives(heartbeat, now)]
        if living:
            age = max(0.0, (now - living[0].beat_at).total_seconds())
            return f"{_count(len(living), 'worker')}; the newest heartbeat is {age:.0f} s old."
        vanished = next((heartbeat for heartbeat in heartbeats if heartbeat.stopped_at is None), None)
        if vanished is not None:
            raise NotWorking(
                f"No worker is alive: the one on {vanished.host} was last heard of at "
                f"{_written(vanished.beat_at)} and did not stop in good order. Start `tidegate worker` again."
            )
        if not self._expected:
            return "No worker runs, and none is expected (WORKER_EXPECTED)."
        if now - self._since < self._silence:
            return f"No worker yet; this is a fault from {_written(self._since + self._silence)} on."
        raise NotWorking("No worker is alive. Start `tidegate worker`, or set WORKER_EXPECTED=false.")

    def scheduler(self) -> str:
        """Tell whether what is scheduled was done in time; raises `NotWorking` that names what was not."""
        judged = self.scheduled()
        if judged is None:
            return "Nothing is scheduled: no worker runs, and none is expected (WORKER_EXPECTED)."
        faults = [fault.text for fault in judged.values() if fault is not None]
        if faults:
            raise NotWorking(" ".join(faults))
        return f"{_count(len(judged), 'scheduled task')}: none failed, none is late."

    def scheduled(self) -> Mapping[str, TaskFault | None] | None:
        """Judge each scheduled task; None where nobody is there to do any, and nobody ought to be."""
        heartbeats = self._statuses.heartbeats()
        if not self._expected and all(heartbeat.stopped_at is not None for heartbeat in heartbeats):
            return None
        now = self._clock.now()
        statuses = self._statuses.statuses(now)
        return {
            task.name: fault_of(task, statuses.get(task.name, TaskStatus()), now)
            for task in self._tasks()
            if task.schedule is not None
        }

    def _lives(self, heartbeat: WorkerHeartbeat, now: datetime) -> bool:
        return heartbeat.stopped_at is None and now - heartbeat.beat_at <= self._silence


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
