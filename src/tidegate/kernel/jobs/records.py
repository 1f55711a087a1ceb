"""Jobs as people see them."""

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
