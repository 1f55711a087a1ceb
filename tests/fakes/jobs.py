"""Jobs kept in memory, for tests of what people read about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tidegate.kernel.jobs.records import Job
from tidegate.kernel.jobs.task_status import TaskStatus
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat


class FakeJobs:
    """What a worker would have left."""

    def __init__(self) -> None:
        self.worker_heartbeats: list[WorkerHeartbeat] = []
        self.task_statuses: dict[str, TaskStatus] = {}

    def newest(self, *, states: Sequence[str], task: str | None, limit: int) -> tuple[Job, ...]:
        """Return nothing."""
        return ()

    def lock(self, job_id: str) -> Job | None:
        """Find nothing."""
        return None

    def put_back(self, job_id: str, *, now: datetime, tries: int) -> None:
        """Change nothing."""

    def statuses(self, now: datetime) -> Mapping[str, TaskStatus]:
        """Return what was set."""
        return self.task_statuses

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return what was set, the newest first."""
        return tuple(sorted(self.worker_heartbeats, key=lambda heartbeat: heartbeat.beat_at, reverse=True))

    def forget_before(self, moment: datetime, *, of: Mapping[str, datetime]) -> Mapping[str, int]:
        """Forget nothing."""
        return {}
