"""Scheduler of schedules: each becomes one job, however many processes see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select

from tidegate.kernel.clock import Clock
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.models import JobRow, JobTickRow
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.states import RUNNING, TICK_KEY, WAITING
from tidegate.kernel.jobs.task_status import TaskStatuses
from tidegate.kernel.jobs.tasks import Task


class Scheduler(Repository[JobTickRow]):
    """Notes which ticks were seen; a row for each task and tick is what makes a tick happen once.

    Only the newest tick that is due counts: after a stop of a week a daily task is caught up once, not seven
    times. A clock that jumps back meets ticks that have their rows already, and one that jumped ahead by
    mistake and was put right goes on with the ticks that have none. A tick that comes before the job of an
    earlier one is done joins it.
    """

    model = JobTickRow

    def __init__(self, uow: UnitOfWork, queue: JobQueue, *, clock: Clock) -> None:
        super().__init__(uow)
        self._statuses = TaskStatuses(uow)
        self._queue = queue
        self._clock = clock

    def enqueue_tick(self, task: Task, tick: datetime) -> None:
        """Make a job of a tick, the newest that is due, unless it has one already.

        The first tick of a task that is seen only notes where its schedule begins: what was due before
        there was anybody to do it is not made up for.
        """
        if not self._seen(task, tick):
            with self._uow.transaction():
                self.lock_name(task.name)
                if not self._seen(task, tick):
                    self._note(task, tick)
        self._uow.release()

    def _seen(self, task: Task, tick: datetime) -> bool:
        return self._any(JobTickRow.task == task.name, JobTickRow.tick == tick)

    def _note(self, task: Task, tick: datetime) -> None:
        job = None
        if self._any(JobTickRow.task == task.name):
            job = self._unfinished(task) or self._queue.enqueue(task.name, key=TICK_KEY + tick.isoformat())
        now = self._clock.now()
        self.add(JobTickRow(task=task.name, tick=tick, job_id=job, seen_at=now))
        self._statuses.note_seen(task.name, now)

    def _unfinished(self, task: Task) -> str | None:
        """Return the job of an earlier tick that is still to be done: it will do for this one as well."""
        of_a_tick = (JobRow.task == task.name, JobRow.key.startswith(TICK_KEY))
        query = select(JobRow.id).where(*of_a_tick, JobRow.state.in_((WAITING, RUNNING)))
        return self.session.scalars(query.limit(1)).first()

    def _any(self, *where: ColumnElement[bool]) -> bool:
        return bool(self.session.execute(select(exists().where(*where))).scalar_one())
