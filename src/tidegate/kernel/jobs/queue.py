"""The queue of jobs: where work for the background is put."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from tidegate.domain.canonical import Json
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.jobs.models import JobRow
from tidegate.kernel.jobs.states import WAITING
from tidegate.kernel.jobs.tasks import Task


class JobQueue(Repository[JobRow]):
    """Writes jobs in the transaction of whatever makes them necessary."""

    model = JobRow

    def __init__(
        self,
        uow: UnitOfWork,
        tasks: Callable[[], tuple[Task, ...]],
        *,
        clock: Clock,
        new_id: NewId,
        wake: Callable[[Session], None],
    ) -> None:
        super().__init__(uow)
        self._tasks = tasks
        self._clock = clock
        self._new_id = new_id
        self._wake = wake

    def enqueue(self, task: str, payload: Mapping[str, Json] | None = None, *, key: str | None = None) -> str:
        """Have a task done once the open transaction has committed, and never if it does not.

        Of jobs of one task with the same `key` there is one, for as long as its row is kept; asking again
        changes nothing. Returns the job's identifier. Raises `LookupError` for a task that nobody declared.
        """
        declared = next((one for one in self._tasks() if one.name == task), None)
        if declared is None:
            raise LookupError(f"no module that is switched on has a task named {task!r}")
        with self._uow.transaction():
            if key is not None and (there := self._found(task, key)) is not None:
                return there
            now = self._clock.now()
            row = JobRow(
                id=self._new_id(),
                task=task,
                key=key,
                payload=dict(payload or {}),
                state=WAITING,
                not_before=now,
                attempt=0,
                tries_left=declared.retries + 1,
                created_at=now,
            )
            self.add(row)
            self.wake_workers()
            return row.id

    def wake_workers(self) -> None:
        """Have workers poll once the open transaction has committed."""
        self._wake(self.session)

    def _found(self, task: str, key: str) -> str | None:
        self.lock_name(f"{task}:{key}")
        return self.session.scalars(
            select(JobRow.id).where(JobRow.task == task, JobRow.key == key)
        ).one_or_none()
