"""Who does which job until when: every change of hands is one transaction, and a fence keeps late ones out.

A job is named together with its owner and the number of the attempt. Every statement that extends, finishes
or hands back a job asks for all three, so a worker that was taken for dead changes nothing any more: neither
the job nor, since it is the same transaction, anything that the task wrote into the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, exists, select, update

from tidegate.domain.canonical import Json
from tidegate.domain.errors import TidegateError
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.jobs.models import JobRow, JobRunRow
from tidegate.kernel.jobs.states import CLOSED, DONE, FAILED, LOST, RELEASED, RUNNING, SCHEDULED_KEY, WAITING
from tidegate.kernel.jobs.task_status import TaskStatuses
from tidegate.kernel.jobs.tasks import Task

_LONGEST_DETAIL = 2000


class LeaseLost(TidegateError):
    """Somebody else has the job by now; whatever this transaction wrote is taken back."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(
            f"Attempt {claim.attempt} at job {claim.job} came too late: its lease had run out. Nothing that "
            "it wrote counts; another attempt does."
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of a worker; `tries_left` counts the attempts after this one."""

    job: str
    task: str
    payload: Mapping[str, Json]
    owner: str
    attempt: int
    tries_left: int


class Leases(Repository[JobRow]):
    """Hands jobs out and takes them back."""

    model = JobRow

    def __init__(self, uow: UnitOfWork, *, clock: Clock, new_id: NewId) -> None:
        super().__init__(uow)
        self._statuses = TaskStatuses(uow)
        self._clock = clock
        self._new_id = new_id

    def claim(self, owner: str, tasks: Mapping[str, Task]) -> Claim | None:
        """Take the job that has been due for longest, among those whose task this worker knows."""
        now = self._clock.now()
        due = (JobRow.state == WAITING, JobRow.not_before <= now, JobRow.task.in_(tasks))
        # Reading first: on SQLite a poll that finds nothing must not keep anybody from writing.
        if not self._any(*due):
            return None
        with self._uow.transaction():
            # SKIP LOCKED: another worker is about to take that row, there may be more.
            first = select(JobRow).where(*due).order_by(JobRow.not_before, JobRow.id).limit(1)
            row = self.session.scalars(first.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            row.state, row.owner = RUNNING, owner
            row.lease_until = now + tasks[row.task].lease
            row.attempt, row.tries_left = row.attempt + 1, row.tries_left - 1
            claim = Claim(
                job=row.id,
                task=row.task,
                payload=cast(Mapping[str, Json], row.payload),
                owner=owner,
                attempt=row.attempt,
                tries_left=row.tries_left,
            )
            self.session.add(self._run(claim, now))
        return claim

    def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Hold the job for another `lease` from now; False where it is somebody else's by now."""
        with self._uow.transaction():
            return self._change(claim, lease_until=self._clock.now() + lease)

    def finish(self, claim: Claim, detail: str, *, took: float) -> None:
        """Mark the job as done, in the transaction of what was done; raises `LeaseLost`."""
        now = self._clock.now()
        with self._uow.transaction():
            self._end(claim, DONE, DONE, detail, took, ended_at=now)
            if self._statuses.note_success(claim.task, now):
                self._close_failed_occurrences(claim.task)

    def retry(self, claim: Claim, detail: str, *, took: float, after: timedelta) -> None:
        """Have the job tried again after a while; raises `LeaseLost`."""
        with self._uow.transaction():
            self._end(claim, WAITING, FAILED, detail, took, not_before=self._clock.now() + after)
            self._note_failure(claim.task, detail, outcome=FAILED, given_up=False)

    def give_up(self, claim: Claim, detail: str, *, took: float) -> None:
        """Leave the job to an operator; raises `LeaseLost`."""
        with self._uow.transaction():
            self._end(claim, FAILED, FAILED, detail, took, ended_at=self._clock.now())
            self._note_failure(claim.task, detail, outcome=FAILED, given_up=True)

    def release(self, claim: Claim, *, took: float) -> None:
        """Hand the job back as if it had not been tried; raises `LeaseLost`."""
        with self._uow.transaction():
            self._end(
                claim,
                WAITING,
                RELEASED,
                "The worker stopped before this was done and handed it back.",
                took,
                not_before=self._clock.now(),
                tries_left=claim.tries_left + 1,
            )
            self._statuses.note_release(claim.task)

    def reap(self) -> tuple[str, ...]:
        """Take back the jobs of workers that died, and return their identifiers.

        A job that was lost as often as it may be tried waits for an operator: it may kill its workers.
        """
        now = self._clock.now()
        over = (JobRow.state == RUNNING, JobRow.lease_until <= now)
        if not self._any(*over):
            return ()
        with self._uow.transaction():
            # By task: two that take turns in updating the same statuses cannot wait for each other.
            query = select(JobRow).where(*over).order_by(JobRow.task).with_for_update(skip_locked=True)
            rows = self.session.scalars(query).all()
            for row in rows:
                reason = f"Worker {row.owner} was not heard of any more."
                self._close_run(row.id, row.attempt, LOST, reason, now)
                self._note_failure(row.task, reason, outcome=LOST, given_up=row.tries_left <= 0)
                row.state = WAITING if row.tries_left > 0 else FAILED
                row.ended_at = None if row.tries_left > 0 else now
                row.not_before, row.owner, row.lease_until = now, None, None
            return tuple(row.id for row in rows)

    def _any(self, *where: ColumnElement[bool]) -> bool:
        found = self.session.execute(select(exists().where(*where))).scalar_one()
        self._uow.release()
        return bool(found)

    def _end(
        self, claim: Claim, state: str, outcome: str, detail: str, took: float, **changes: object
    ) -> None:
        if not self._change(claim, state=state, owner=None, lease_until=None, **changes):
            raise LeaseLost(claim)
        self._close_run(claim.job, claim.attempt, outcome, detail, self._clock.now(), took)

    def _note_failure(self, task: str, detail: str, *, outcome: str, given_up: bool) -> None:
        error = detail[:_LONGEST_DETAIL]
        self._statuses.note_failure(task, error, self._clock.now(), outcome=outcome, given_up=given_up)

    def _close_failed_occurrences(self, task: str) -> None:
        """Close the failed jobs of a schedule: what they were to do was done by a later one."""
        failed = (JobRow.task == task, JobRow.state == FAILED, JobRow.key.startswith(SCHEDULED_KEY))
        statement = update(JobRow).where(*failed).values(state=CLOSED)
        self.session.execute(statement.execution_options(synchronize_session=False))

    def _change(self, claim: Claim, **changes: object) -> bool:
        """Change the job while it is still ours: this is the fence."""
        statement = update(JobRow).where(
            JobRow.id == claim.job,
            JobRow.owner == claim.owner,
            JobRow.attempt == claim.attempt,
            JobRow.state == RUNNING,
        )
        result = self.session.execute(
            statement.values(**changes).execution_options(synchronize_session=False)
        )
        return cast(int, result.rowcount) == 1  # type: ignore[attr-defined]  # an UPDATE's result has it

    def _run(self, claim: Claim, now: datetime) -> JobRunRow:
        return JobRunRow(
            id=self._new_id(),
            job_id=claim.job,
            task=claim.task,
            attempt=claim.attempt,
            worker=claim.owner,
            started_at=now,
            outcome=RUNNING,
        )

    def _close_run(
        self, job: str, attempt: int, outcome: str, detail: str, now: datetime, took: float | None = None
    ) -> None:
        values = {
            "outcome": outcome,
            "detail": detail[:_LONGEST_DETAIL],
            "ended_at": now,
            "duration_ms": None if took is None else round(took * 1000),
        }
        self.session.execute(
            update(JobRunRow)
            .where(JobRunRow.job_id == job, JobRunRow.attempt == attempt)
            .values(values)
            .execution_options(synchronize_session=False)
        )
