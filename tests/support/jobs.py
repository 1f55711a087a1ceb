"""Background work on a real database, for tests: tasks of the test's own, and a clock moved by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.support.api import HandClock
from tidegate.domain.canonical import Json
from tidegate.domain.principals import WORKER
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs import wiring
from tidegate.kernel.jobs.leases import Claim, Leases
from tidegate.kernel.jobs.models import JobOccurrenceRow, JobRow, JobRunRow
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.wakeups import WakeUps
from tidegate.kernel.jobs.worker import Worker
from tidegate.settings import read_settings

T = TypeVar("T")


def nothing(_work: Work, _payload: Mapping[str, Json]) -> str:
    """Do nothing."""
    return "Nothing was to be done"


class HandBell:
    """Wake-ups of one process: counts what was sent, and wakes whoever waits."""

    def __init__(self) -> None:
        self.sent = 0
        self._rung = threading.Event()

    def send(self, session: Session) -> None:
        """Ring once this transaction has committed."""
        event.listen(session, "after_commit", lambda _: self._ring(), once=True)

    def _ring(self) -> None:
        self.sent += 1
        self._rung.set()

    def listen(self, wake: Callable[[], None], stop: threading.Event) -> None:
        """Pass each ring on."""
        while not stop.is_set():
            if self._rung.wait(0.01):
                self._rung.clear()
                wake()


@dataclass(slots=True)
class Shop:
    """A place with jobs: everything but the worker."""

    container: Container
    clock: HandClock
    bell: HandBell
    tasks: dict[str, Task] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def close(self) -> None:
        """Wait until no thread of a worker runs any more."""
        until = time.monotonic() + 20
        while not all(worker.idle for worker in self.workers):
            assert time.monotonic() < until, "a job never ended"
            time.sleep(0.02)

    def learn_tasks(self) -> None:
        """Know the tasks that modules contributed."""
        with self.work() as work:
            self.tasks.update((task.name, task) for task in work.all_of(Task))

    def declare(self, task: Task) -> Task:
        """Let there be a task."""
        self.tasks[task.name] = task
        self.container.contribute(Task, lambda _: task)
        return task

    def use(self, wanted: type[T], act: Callable[[T], object] | None = None) -> None:
        """Do something with a part of a work of its own."""
        with self.work() as work:
            if act is not None:
                act(work.use(wanted))

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Open a work, and close it."""
        work = self.container.work(WORKER)
        try:
            yield work
        finally:
            work.close()

    def enqueue(self, task: str = "try", payload: Mapping[str, Json] | None = None, **more: str) -> str:
        """Hand a job in."""
        with self.work() as work:
            return work.use(JobQueue).enqueue(task, payload, **more)

    def claim(self, owner: str = "w1") -> Claim | None:
        """Take a job as this worker."""
        with self.work() as work:
            return work.use(Leases).claim(owner, self.tasks)

    def claimed(self, owner: str = "w1") -> Claim:
        """Take a job that is known to be there."""
        claim = self.claim(owner)
        assert claim is not None
        return claim

    def job(self, job_id: str) -> JobRow:
        """Return a job's row as it is now."""
        with self.work() as work:
            return work.uow.session.scalars(select(JobRow).where(JobRow.id == job_id)).one()

    def runs(self, job_id: str) -> list[JobRunRow]:
        """Return the runs of a job, the first one first."""
        query = select(JobRunRow).where(JobRunRow.job_id == job_id).order_by(JobRunRow.attempt)
        with self.work() as work:
            return list(work.uow.session.scalars(query))

    def jobs(self) -> list[JobRow]:
        """Return every job, the first one first."""
        with self.work() as work:
            return list(work.uow.session.scalars(select(JobRow).order_by(JobRow.id)))

    def occurrences(self) -> list[JobOccurrenceRow]:
        """Return every occurrence that was seen."""
        with self.work() as work:
            return list(work.uow.session.scalars(select(JobOccurrenceRow).order_by(JobOccurrenceRow.due_at)))


def open_shop(database: Database, folder: Path, **variables: str) -> Shop:
    """Put a place together on a migrated database, without any module."""
    plain = database.url.set(drivername=database.dialect).render_as_string(hide_password=False)
    settings = read_settings({"DATA_DIR": str(folder), "DATABASE_URL": plain, **variables})
    clock, bell = HandClock(), HandBell()
    blobs = BlobStore.from_url(settings.blob_url)
    container = Container(settings=settings, database=database, blobs=blobs, clock=clock)
    wiring.install(container)
    container.provide(WakeUps, lambda _: bell)
    return Shop(container, clock, bell)
