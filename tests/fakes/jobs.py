"""Jobs kept in memory, for tests of what people are told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tidegate.kernel.jobs.records import Job, Record
from tidegate.kernel.jobs.worker_registry import WorkerHeartbeat

NEVER = Record(first_seen=None, last_done=None, last_failed=None, why_failed=None)


class FakeJobs:
    """What a worker would have left."""

    def __init__(self) -> None:
        self.worker_heartbeats: list[WorkerHeartbeat] = []
        self.records: dict[str, Record] = {}

    def newest(self, *, states: Sequence[str], task: str | None, limit: int) -> tuple[Job, ...]:
        """Return nothing."""
        return ()

    def lock(self, job_id: str) -> Job | None:
        """Find nothing."""
        return None

    def put_back(self, job_id: str, *, now: datetime, tries: int) -> None:
        """Change nothing."""

    def record(self, task: str) -> Record:
        """Return what was set."""
        return self.records.get(task, NEVER)

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return what was set, the newest first."""
        return tuple(sorted(self.worker_heartbeats, key=lambda heartbeat: heartbeat.beat_at, reverse=True))

    def forget_before(self, moment: datetime) -> Mapping[str, int]:
        """Forget nothing."""
        return {}
