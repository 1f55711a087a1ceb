"""Queries over jobs, their runs, and workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased

from tidegate.kernel.db.repository import Repository, delete_in_batches
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.models import JobRow, JobRunRow, JobTickRow, WorkerRow
from tidegate.kernel.jobs.records import Job, Record
from tidegate.kernel.jobs.states import DONE, FAILED, RUNNING, WAITING
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat, WorkerRegistry


class JobRepository(Repository[JobRow]):
    """Jobs as people see them, each with what came of its last attempt."""

    model = JobRow

    def __init__(self, uow: UnitOfWork) -> None:
        super().__init__(uow)
        self._workers = WorkerRegistry(uow)

    def newest(self, *, states: Sequence[str], task: str | None, limit: int) -> tuple[Job, ...]:
        """Return jobs in these states, the newest first."""
        query = _WITH_LAST_RUN.where(JobRow.state.in_(states)).order_by(JobRow.id.desc()).limit(limit)
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

    def record(self, task: str) -> Record:
        """Return how a task went so far."""
        query = select(JobRow.state, func.max(JobRow.ended_at)).where(JobRow.task == task)
        rows = self.session.execute(query.where(JobRow.state.in_((DONE, FAILED))).group_by(JobRow.state))
        ends = {state: ended_at for state, ended_at in rows}
        seen = select(func.min(JobTickRow.seen_at)).where(JobTickRow.task == task)
        return Record(
            first_seen=self.session.scalar(seen),
            last_done=ends.get(DONE),
            last_failed=ends.get(FAILED),
            why_failed=self._why(task) if FAILED in ends else None,
        )

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return the last heartbeat of every worker, the newest first."""
        return self._workers.heartbeats()

    def forget_before(self, moment: datetime) -> Mapping[str, int]:
        """Delete what ended before, a few hundred rows at a time; returns how many of what.

        Jobs that failed stay until a person has seen to them. Of each task the newest tick stays: without any
        its schedule would begin anew.
        """
        later = aliased(JobTickRow)
        newest = select(func.max(later.tick)).where(later.task == JobTickRow.task).scalar_subquery()
        return {
            "runs": delete_in_batches(
                self._uow, JobRunRow, JobRunRow.outcome != RUNNING, JobRunRow.ended_at < moment
            ),
            "jobs": delete_in_batches(self._uow, JobRow, JobRow.state == DONE, JobRow.ended_at < moment),
            "ticks": delete_in_batches(
                self._uow, JobTickRow, JobTickRow.seen_at < moment, JobTickRow.tick < newest
            ),
            "workers": delete_in_batches(self._uow, WorkerRow, WorkerRow.beat_at < moment),
        }

    def _why(self, task: str) -> str | None:
        query = _WITH_LAST_RUN.where(JobRow.task == task, JobRow.state == FAILED)
        found = self.session.execute(query.order_by(JobRow.ended_at.desc()).limit(1)).first()
        return found[1] if found else None


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
