"""What the rows of the background work tell a scrape: what waits, what came of it, whether workers live."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.models import JobRow, WorkerRow
from tidegate.kernel.jobs.task_status import TaskFault, TaskStatus, TaskStatuses
from tidegate.kernel.telemetry.meter import Gauge

_Values: TypeAlias = "dict[tuple[str, ...], float]"
_OPEN = ("waiting", "running", "failed")


def job_gauges(uow: UnitOfWork, now: datetime) -> list[Gauge]:
    """Measure the background work of the whole installation, whichever process asks.

    What was never there is left out rather than shown as zero: no worker yet, no backup yet.
    """
    session = uow.session
    statuses = TaskStatuses(uow).all(now)
    return [
        _jobs(session),
        _runs(statuses),
        _done(statuses, now),
        _lateness(session, now),
        *_beat(session, now),
    ]


def task_gauges(judged: Mapping[str, TaskFault | None]) -> list[Gauge]:
    """Show the judgement over scheduled tasks that `/health` gives: alerts cannot say anything else."""
    overdue: _Values = {
        (task,): fault.overdue.total_seconds() if fault else 0.0 for task, fault in judged.items()
    }
    failed: _Values = {(task,): float(bool(fault and fault.given_up)) for task, fault in judged.items()}
    return [
        Gauge(
            "tidegate_task_overdue_seconds", "How late a scheduled task is; 0 in time.", overdue, ("task",)
        ),
        Gauge("tidegate_task_failed", "1 while the newest job of a task has failed.", failed, ("task",)),
    ]


def _jobs(session: Session) -> Gauge:
    query = (
        select(JobRow.task, JobRow.state, func.count())
        .where(JobRow.state.in_(_OPEN))
        .group_by(JobRow.task, JobRow.state)
    )
    values: _Values = {(task, state): float(count) for task, state, count in session.execute(query)}
    return Gauge("tidegate_jobs", "Jobs that are not done; failed ones wait.", values, ("task", "state"))


def _runs(statuses: Mapping[str, TaskStatus]) -> Gauge:
    values: _Values = {
        (task, outcome): float(count)
        for task, status in statuses.items()
        for outcome, count in status.runs.items()
        if count
    }
    return Gauge("tidegate_job_runs", "Runs that ended, since the first.", values, ("task", "outcome"))


def _done(statuses: Mapping[str, TaskStatus], now: datetime) -> Gauge:
    values: _Values = {
        (task,): _age(now, status.succeeded_at) for task, status in statuses.items() if status.succeeded_at
    }
    return Gauge("tidegate_job_success_age_seconds", "Time since a task was last done.", values, ("task",))


def _lateness(session: Session, now: datetime) -> Gauge:
    """Measure how long the oldest job that could run has waited for a worker."""
    query = select(func.min(JobRow.not_before)).where(JobRow.state == "waiting", JobRow.not_before <= now)
    due = session.scalar(query)
    lateness = 0.0 if due is None else _age(now, due)
    return Gauge.of("tidegate_job_lateness_seconds", "How long the oldest due job has waited.", lateness)


def _beat(session: Session, now: datetime) -> list[Gauge]:
    beat = session.scalar(select(func.max(WorkerRow.beat_at)))
    if beat is None:
        return []
    text = "Time since any worker's last heartbeat."
    return [Gauge.of("tidegate_worker_heartbeat_age_seconds", text, _age(now, beat))]


def _age(now: datetime, then: datetime) -> float:
    """Return the seconds that have passed; clocks of two machines may differ a little."""
    return max(0.0, (now - then).total_seconds())
