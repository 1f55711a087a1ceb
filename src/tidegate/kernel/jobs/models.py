"""Tables of the background work: jobs, their runs, how tasks stand, occurrences of schedules, and workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tidegate.domain.canonical import Json
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.types import CanonicalJson, UtcDateTime


class JobRow(Base):
    """One piece of work. `state` is waiting, running, done, failed (it waits for an operator), or closed.

    Closed is a job of a schedule that failed before a later one was done: nobody has to see to it.

    A running job belongs to `owner` until `lease_until`. `attempt` counts every start and never goes back:
    together with the owner it is the fence that keeps a worker whose lease ran out from finishing the job.
    `tries_left` is what an operator or a clean stop may give back.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("task", "key"),
        Index("ix_jobs_state_not_before", "state", "not_before"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    task: Mapped[str] = mapped_column(String(100))
    key: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[Json] = mapped_column(CanonicalJson, nullable=False)
    state: Mapped[str] = mapped_column(String(10))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    attempt: Mapped[int]
    tries_left: Mapped[int]
    owner: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRunRow(Base):
    """An attempt: `outcome` is running, done, failed, lost (its worker died) or released (it stopped).

    `detail` is the task's own line when it is done, and what went wrong when it is not.
    """

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("job_id", "attempt"),
        Index("ix_job_runs_task_started_at", "task", "started_at"),
        Index("ix_job_runs_started_at", "started_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(36))
    task: Mapped[str] = mapped_column(String(100))
    attempt: Mapped[int]
    worker: Mapped[str] = mapped_column(String(36))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str | None] = mapped_column(Text)


class TaskStatusRow(Base):
    """How a task stands, in one row, so that nobody has to search its jobs and runs for it.

    `failures` counts the attempts that failed since it last succeeded, `given_up` says that a job of it was
    left to an operator since then. Neither compares times: clocks of two machines differ.
    """

    __tablename__ = "task_status"

    task: Mapped[str] = mapped_column(String(100), primary_key=True)
    first_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int]
    given_up: Mapped[bool] = mapped_column(Boolean)
    runs_done: Mapped[int] = mapped_column(BigInteger)
    runs_failed: Mapped[int] = mapped_column(BigInteger)
    runs_lost: Mapped[int] = mapped_column(BigInteger)
    runs_released: Mapped[int] = mapped_column(BigInteger)


class JobOccurrenceRow(Base):
    """A seen occurrence of a schedule; without a job where it only notes where the schedule starts."""

    # Table and column keep their first name: a version that still runs during an upgrade asks for it.
    __tablename__ = "job_ticks"

    task: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column("tick", UtcDateTime, primary_key=True)
    job_id: Mapped[str | None] = mapped_column(String(36))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerRow(Base):
    """One worker process and its last heartbeat; `stopped_at` is set by one that stopped in good order."""

    __tablename__ = "workers"
    __table_args__ = (Index("ix_workers_beat_at", "beat_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    version: Mapped[str] = mapped_column(String(50))
    slots: Mapped[int]
    busy: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
