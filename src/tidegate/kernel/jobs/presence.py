"""Signs of life of worker processes."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

import tidegate
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.jobs.models import WorkerRow


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker last said of itself."""

    worker: str
    host: str
    pid: int
    version: str
    slots: int
    busy: int
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None


class Presence(Repository[WorkerRow]):
    """Keeps a row for each worker process."""

    model = WorkerRow

    def beat(self, worker: str, *, now: datetime, started_at: datetime, slots: int, busy: int) -> None:
        """Say that this process is a worker and lives."""
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

    def leave(self, worker: str, *, now: datetime) -> None:
        """Say goodbye, so that nobody takes this process for one that was killed."""
        with self._uow.transaction():
            row = self.get_for_update(WorkerRow.id == worker)
            if row is not None:
                row.busy, row.beat_at, row.stopped_at = 0, now, now

    def signs(self) -> tuple[Sign, ...]:
        """Return the last sign of every worker, the newest first."""
        rows = self.session.scalars(select(WorkerRow).order_by(WorkerRow.beat_at.desc(), WorkerRow.id)).all()
        return tuple(_sign(row) for row in rows)


def _sign(row: WorkerRow) -> Sign:
    return Sign(
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
