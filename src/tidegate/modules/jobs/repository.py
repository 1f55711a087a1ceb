"""Queries over jobs, their runs, and workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from tidegate.kernel.db.repository import Repository, delete_in_batches
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.models import JobOccurrenceRow, JobRow, JobRunRow, WorkerRow
from tidegate.kernel.jobs.records import Job
from tidegate.kernel.jobs.states import CLOSED, DONE, RUNNING, WAITING
from tidegate.kernel.jobs.task_status import TaskStatus, TaskStatuses
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat, WorkerRegistry


class JobRepository(Repository[JobRow]):
    """Jobs as people see them, each with what came of its last attempt."""

    model = JobRow

    def __init__(self, uow: UnitOfWork) -> None:
        super().__init__(uow)
        self._workers = WorkerRegistry(uow)
        self._statuses = TaskStatuses(uow)

    def newest(self, *, states: Sequence[str], task: str | None, limit: int) -> tuple[Job, ...]:
        """Return jobs in these states, in any where none is named, the newest first."""
        query = _WITH_LAST_RUN.order_by(JobRow.id.desc()).limit(limit)
        if states:
            query = query.where(JobRow.state.in_(states))
        if task is not None:
            query = query.where(JobRow.task == task)
        return tuple(_job(row, detail) for row, detail in self.session.execute(query))

    def lock(self, job_id: str) -> Job | None:
        """Return a job that nobody else changes until the transaction ends."""
        row = self.get_for_update(JobRow.id == job_id)
        return _job(row, None) if row else None

    def put_back(self, job_id: str, *, now: datetime, tries: int) -> None:
        """Have a job tried again from now on, so many times."""
        changes: dict[str, object] = {
            "state": WAITING,
            "not_before": now,
            "tries_left": tries,
            "ended_at": None,
        }
        self.session.execute(update(JobRow).where(JobRow.id == job_id).values(changes))

    def statuses(self, now: datetime) -> Mapping[str, TaskStatus]:
        """Return how every task stands."""
        return self._statuses.all(now)

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return the last heartbeat of every worker, the newest first."""
        return self._workers.heartbeats()

    def forget_before(self, moment: datetime, *, of: Mapping[str, datetime]) -> Mapping[str, int]:
        """Delete what ended before, a few hundred rows at a time; returns how many of what.

        `of` holds the moments of tasks that have one of their own. Jobs that failed stay until a person has
        seen to them, or a later job of their schedule has closed them. Of each task the newest occurrence
        stays: without any its schedule would begin anew.
        """
        deleted = Counter({"workers": delete_in_batches(self._uow, WorkerRow, WorkerRow.beat_at < moment)})
        for task, before in of.items():
            deleted += Counter(self._forget(before, {task}))
        deleted += Counter(self._forget(moment, all_but=of))
        return {what: deleted[what] for what in ("runs", "jobs", "occurrences", "workers")}

    def _forget(
        self, moment: datetime, tasks: Collection[str] = (), *, all_but: Collection[str] = ()
    ) -> dict[str, int]:
        def meant(column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
            return column.in_(tasks) if tasks else column.not_in(all_but)

        later = aliased(JobOccurrenceRow)
        newest = select(func.max(later.due_at)).where(later.task == JobOccurrenceRow.task).scalar_subquery()
        old = (JobOccurrenceRow.seen_at < moment, JobOccurrenceRow.due_at < newest)
        ended = (JobRow.state.in_((DONE, CLOSED)), JobRow.ended_at < moment)
        ran = (JobRunRow.outcome != RUNNING, JobRunRow.ended_at < moment)
        return {
            "runs": delete_in_batches(self._uow, JobRunRow, meant(JobRunRow.task), *ran),
            "jobs": delete_in_batches(self._uow, JobRow, meant(JobRow.task), *ended),
            "occurrences": delete_in_batches(self._uow, JobOccurrenceRow, meant(JobOccurrenceRow.task), *old),
        }


_WITH_LAST_RUN = select(JobRow, JobRunRow.detail).outerjoin(
    JobRunRow, and_(JobRunRow.job_id == JobRow.id, JobRunRow.attempt == JobRow.attempt)
)


def _job(row: JobRow, detail: str | None) -> Job:
    return Job(
        id=row.id,
        task=row.task,
        state=row.state,
        attempt=row.attempt,
        tries_left=row.tries_left,
        not_before=row.not_before,
        created_at=row.created_at,
        ended_at=row.ended_at,
        owner=row.owner,
        detail=detail,
    )
