"""Jobs and tasks as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and what came of its last attempt."""

    id: str
    task: str
    state: str
    attempt: int
    tries_left: int
    not_before: datetime
    created_at: datetime
    ended_at: datetime | None
    owner: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """How a task went so far: when its schedule was first seen, and when a job of it last ended which way."""

    first_seen: datetime | None
    last_done: datetime | None
    last_failed: datetime | None
    why_failed: str | None
