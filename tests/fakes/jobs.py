"""How tasks and workers stand, kept in memory, for tests of how that is judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tidegate.kernel.jobs.task_status import TaskStatus
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat


class FakeWorkStatuses:
    """What a worker would have left."""

    def __init__(self) -> None:
        self.worker_heartbeats: list[WorkerHeartbeat] = []
        self.task_statuses: dict[str, TaskStatus] = {}

    def statuses(self, now: datetime) -> Mapping[str, TaskStatus]:
        """Return what was set."""
        return self.task_statuses

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return what was set, the newest first."""
        return tuple(sorted(self.worker_heartbeats, key=lambda heartbeat: heartbeat.beat_at, reverse=True))
