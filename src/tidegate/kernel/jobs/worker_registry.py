"""Which worker processes there are, and when each was last heard of."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

import tidegate
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.jobs.models import WorkerRow

# A worker that its supervisor starts again and again leaves a row each time; nobody reads all of them.
_MOST = 500


@dataclass(frozen=True, slots=True)
class WorkerHeartbeat:
    """What a worker last reported of itself."""

    worker: str
    host: str
    pid: int
    version: str
    slots: int
    busy: int
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None


class WorkerRegistry(Repository[WorkerRow]):
    """Holds a row for each worker process."""

    model = WorkerRow

    def record_heartbeat(
        self, worker: str, *, now: datetime, started_at: datetime, slots: int, busy: int
    ) -> None:
        """Record that this worker process is alive."""
        row = WorkerRow(
            id=worker,
            host=socket.gethostname()[:255],
            pid=os.getpid(),
            version=tidegate.__version__,
            slots=slots,
            busy=busy,
            started_at=started_at,
            beat_at=now,
        )
        with self._uow.transaction() as session:
            # Not an UPDATE alone: whoever slept for long enough finds that the row was cleared away.
            session.merge(row)

    def mark_stopped(self, worker: str, *, now: datetime) -> None:
        """Record that this process stopped, so that nobody takes this process for one that was killed."""
        with self._uow.transaction():
            row = self.get_for_update(WorkerRow.id == worker)
            if row is not None:
                row.busy, row.beat_at, row.stopped_at = 0, now, now

    def heartbeats(self) -> tuple[WorkerHeartbeat, ...]:
        """Return the last heartbeats of workers, the newest first: of so many that no more can be alive."""
        newest = select(WorkerRow).order_by(WorkerRow.beat_at.desc()).limit(_MOST)
        rows = self.session.scalars(newest).all()
        return tuple(_heartbeat(row) for row in rows)


def _heartbeat(row: WorkerRow) -> WorkerHeartbeat:
    return WorkerHeartbeat(
        worker=row.id,
        host=row.host,
        pid=row.pid,
        version=row.version,
        slots=row.slots,
        busy=row.busy,
        started_at=row.started_at,
        beat_at=row.beat_at,
        stopped_at=row.stopped_at,
    )
