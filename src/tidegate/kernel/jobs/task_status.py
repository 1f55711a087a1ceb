"""How tasks stand: a row for each, written in the transaction that ends a job, and the one judgement over it.

Whoever says whether scheduled work is done, in `/health` or `/metrics`, asks `fault_of`, so that no two
answers can differ. What it costs does not grow with the jobs that were ever done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.kernel.db.engine import SQLITE
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.db.types import UtcDateTime
from tidegate.kernel.jobs.models import JobRow, JobRunRow, TaskStatusRow
from tidegate.kernel.jobs.states import DONE, FAILED, LOST, RELEASED, RUNNING
from tidegate.kernel.jobs.tasks import Task

_TABLE = table_of(TaskStatusRow)
_COUNTERS = {DONE: "runs_done", FAILED: "runs_failed", LOST: "runs_lost", RELEASED: "runs_released"}


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How a task stands: `failures` and `given_up` since it last succeeded, `running_since` under a lease."""

    first_seen_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None
    failures: int = 0
    given_up: bool = False
    running_since: datetime | None = None
    runs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskFault:
    """What is wrong with a scheduled task; `overdue` is beyond what it may take, or zero."""

    task: str
    text: str
    given_up: bool
    overdue: timedelta


def fault_of(task: Task, status: TaskStatus, now: datetime) -> TaskFault | None:
    """Judge whether a scheduled task was done in time; None where nothing is wrong, or it has no schedule.

    A job that runs under its lease is not late, unless attempts at it have failed before: its timeout bounds
    how long it may go on. What was due before anybody saw the schedule is not missed.
    """
    overdue = _overdue(task, status, now)
    if status.given_up:
        at = _written(status.failed_at) if status.failed_at else "an unknown time"
        text = f"{task.name} failed at {at}: {status.error or 'no reason is known.'}"
        return TaskFault(task.name, f"{text} Fix it, then `tidegate jobs retry`.", True, overdue)
    if not overdue:
        return None
    due = _written(now - overdue - task.longest_delay)
    text = f"{task.name} is late: it was due at {due} and is not done."
    if status.failures:
        text += f" Its last attempt failed: {status.error}"
    return TaskFault(task.name, text, False, overdue)


def _overdue(task: Task, status: TaskStatus, now: datetime) -> timedelta:
    settled = max((at for at in (status.first_seen_at, status.succeeded_at) if at), default=None)
    if task.schedule is None or settled is None or (status.running_since and not status.failures):
        return timedelta()
    return max(timedelta(), now - task.schedule.following(settled) - task.longest_delay)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


class TaskStatuses(Repository[TaskStatusRow]):
    """Writes the rows, and reads all of them at once."""

    model = TaskStatusRow

    def all(self, now: datetime) -> dict[str, TaskStatus]:
        """Return how every task stands that anything was ever done for, by name, in two statements."""
        running = self._running(now)
        found = {row.task: _status(row) for row in self.session.execute(select(_TABLE))}
        for task, since in running.items():
            found[task] = replace(found.get(task, TaskStatus()), running_since=since)
        return found

    def note_seen(self, task: str, now: datetime) -> None:
        """Record when the schedule of a task was first seen."""
        first = func.coalesce(_TABLE.c.first_seen_at, literal(now, UtcDateTime))
        self._write(task, {"first_seen_at": now}, {"first_seen_at": first})

    def note_success(self, task: str, now: datetime) -> bool:
        """Record that a job was done; True where one had been left to an operator since the last success."""
        given_up = self.session.scalar(select(_TABLE.c.given_up).where(_TABLE.c.task == task))
        self._write(task, {"succeeded_at": now, "failures": 0, "given_up": False}, outcome=DONE)
        return bool(given_up)

    def note_failure(self, task: str, error: str, now: datetime, *, outcome: str, given_up: bool) -> None:
        """Record that an attempt failed or was lost; after one `given_up` no other comes by itself."""
        failed = int(outcome == FAILED)
        last: dict[str, object] = {"failed_at": now, "error": error}
        new = last | {"failures": failed, "given_up": given_up}
        changes = last | {"failures": _TABLE.c.failures + failed}
        if given_up:
            changes["given_up"] = True
        self._write(task, new, changes, outcome=outcome)

    def note_release(self, task: str) -> None:
        """Record that an attempt was handed back."""
        self._write(task, {}, outcome=RELEASED)

    def _running(self, now: datetime) -> dict[str, datetime]:
        """Return since when tasks run, of those whose lease holds; there are as many as slots at most."""
        query = (
            select(JobRow.task, JobRunRow.started_at)
            .join(JobRunRow, and_(JobRunRow.job_id == JobRow.id, JobRunRow.attempt == JobRow.attempt))
            .where(JobRow.state == RUNNING, JobRow.lease_until > now)
        )
        # Grouped here: SQLite would go through every job by its task for a GROUP BY.
        found: dict[str, datetime] = {}
        for task, since in self.session.execute(query):
            found[task] = min(since, found.get(task, since))
        return found

    def _write(
        self,
        task: str,
        new: Mapping[str, object],
        changes: Mapping[str, object] | None = None,
        *,
        outcome: str | None = None,
    ) -> None:
        """Insert a row with `new` values, or apply `changes` (without them `new`) to the one there."""
        values = {"failures": 0, "given_up": False, **dict.fromkeys(_COUNTERS.values(), 0), **new}
        changes = dict(new if changes is None else changes)
        if outcome is not None:
            counter = _COUNTERS[outcome]
            values[counter], changes[counter] = 1, _TABLE.c[counter] + 1
        sqlite_used = self.session.get_bind().dialect.name == SQLITE
        insert = sqlite.insert(_TABLE) if sqlite_used else postgresql.insert(_TABLE)
        insert = insert.values(task=task, **values)
        self.session.execute(insert.on_conflict_do_update(index_elements=[_TABLE.c.task], set_=changes))


def _status(row: Row[Any]) -> TaskStatus:
    return TaskStatus(
        first_seen_at=row.first_seen_at,
        succeeded_at=row.succeeded_at,
        failed_at=row.failed_at,
        error=row.error,
        failures=row.failures,
        given_up=row.given_up,
        runs={outcome: getattr(row, counter) for outcome, counter in _COUNTERS.items()},
    )
