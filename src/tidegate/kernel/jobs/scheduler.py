"""The scheduler: each occurrence of a schedule becomes one job, however many processes see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select

from tidegate.kernel.clock import Clock
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.models import JobOccurrenceRow, JobRow
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.states import RUNNING, SCHEDULED_KEY, WAITING
from tidegate.kernel.jobs.task_status import TaskStatuses
from tidegate.kernel.jobs.tasks import Task


class Scheduler(Repository[JobOccurrenceRow]):
    """Notes which occurrences of schedules were seen; a row for each is what makes it happen once.

    Only the newest that is due counts: after a stop of a week a daily task is caught up once, not seven
    times. A clock that jumps back meets occurrences that have their rows already, and one that jumped ahead
    by mistake and was put right goes on with those that have none. One that comes before the job of an
    earlier one is done joins it.
    """

    model = JobOccurrenceRow

    def __init__(self, uow: UnitOfWork, queue: JobQueue, *, clock: Clock) -> None:
        super().__init__(uow)
        self._statuses = TaskStatuses(uow)
        self._queue = queue
        self._clock = clock

    def enqueue_occurrence(self, task: Task, occurrence: datetime) -> None:
        """Make a job of an occurrence, the newest that is due, unless it has one already.

        The first occurrence of a task that is seen only notes where its schedule begins: what was due before
        there was anybody to do it is not made up for.
        """
        if not self._seen(task, occurrence):
            with self._uow.transaction():
                self.lock_name(task.name)
                if not self._seen(task, occurrence):
                    self._note(task, occurrence)
        self._uow.release()

    def _seen(self, task: Task, occurrence: datetime) -> bool:
        return self._any(JobOccurrenceRow.task == task.name, JobOccurrenceRow.due_at == occurrence)

    def _note(self, task: Task, occurrence: datetime) -> None:
        job = None
        if self._any(JobOccurrenceRow.task == task.name):
            job = self._unfinished(task) or self._queue.enqueue(
                task.name, key=SCHEDULED_KEY + occurrence.isoformat()
            )
        now = self._clock.now()
        self.add(JobOccurrenceRow(task=task.name, due_at=occurrence, job_id=job, seen_at=now))
        self._statuses.note_seen(task.name, now)

    def _unfinished(self, task: Task) -> str | None:
        """Return the job of an earlier occurrence that is still to be done: it does for this one as well."""
        scheduled = (JobRow.task == task.name, JobRow.key.startswith(SCHEDULED_KEY))
        query = select(JobRow.id).where(*scheduled, JobRow.state.in_((WAITING, RUNNING)))
        return self.session.scalars(query.limit(1)).first()

    def _any(self, *where: ColumnElement[bool]) -> bool:
        return bool(self.session.execute(select(exists().where(*where))).scalar_one())
