"""The thread of a worker that records its heartbeat, extends its leases, and gives up jobs that overrun."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.slots import JobSlots, RunningJob
from tidegate.kernel.jobs.worker_registry import WorkerRegistry
from tidegate.kernel.logging import logger

_BEAT = 5.0
# A lease is extended three times before it would run out: one attempt may fail, and the next one still comes.
_SHARE = 3


class JobTimedOut(TidegateError):
    """A task did not end in its time."""


class HeartbeatThread:
    """Renews one worker's row and leases every few seconds, in a thread of its own."""

    def __init__(
        self,
        container: Container,
        slots: JobSlots,
        executor: JobExecutor,
        *,
        worker: str,
        shortest_lease: float,
        is_alive: Callable[[], bool] = lambda: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._container = container
        self._slots = slots
        self._executor = executor
        self._worker = worker
        self._started_at: datetime = container.clock.now()
        self._interval = min(_BEAT, shortest_lease / _SHARE)
        self._is_alive = is_alive
        self._monotonic = monotonic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Record the first heartbeat, then go on in the thread."""
        self._safely(self._record)
        self._thread.start()

    def stop(self) -> None:
        """Record that the worker stopped."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self._interval)
        self._safely(self._mark_stopped)

    def run_due(self) -> None:
        """Do everything that is due now."""
        # A worker that does not poll for jobs any more must not pass for one that is alive.
        if self._is_alive():
            self._safely(self._record)
        for running in self._slots.all():
            if running.abandoned:
                continue
            if self._monotonic() - running.started >= running.task.timeout.total_seconds():
                self._safely(partial(self._abandon, running))
            elif self._monotonic() - running.extended >= running.task.lease.total_seconds() / _SHARE:
                self._safely(partial(self._extend, running))

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self.run_due()

    def _record(self) -> None:
        work = self._container.work(WORKER)
        try:
            work.use(WorkerRegistry).record_heartbeat(
                self._worker,
                now=self._container.clock.now(),
                started_at=self._started_at,
                slots=self._slots.size,
                busy=len(self._slots.all()),
            )
        finally:
            work.close()
        # Only after the row is written: a worker that the database does not hear is not well.
        if self._container.settings.worker_heartbeat_file:
            Path(self._container.settings.worker_heartbeat_file).touch()

    def _mark_stopped(self) -> None:
        work = self._container.work(WORKER)
        try:
            work.use(WorkerRegistry).mark_stopped(self._worker, now=self._container.clock.now())
        finally:
            work.close()

    def _extend(self, running: RunningJob) -> None:
        before = self._monotonic()
        work = self._container.work(WORKER)
        try:
            if not work.use(Leases).extend(running.claim, running.task.lease):
                # It ended meanwhile, or somebody else has it: then the fence stops it, nobody else needs to.
                logger().info("job.lease_lost", job=running.claim.job, attempt=running.claim.attempt)
        finally:
            work.close()
        running.extended = before

    def _abandon(self, running: RunningJob) -> None:
        running.abandoned = True
        seconds = running.task.timeout.total_seconds()
        error = JobTimedOut(f"It took longer than {seconds:g} s and was given up.")
        self._executor.fail(running.claim, running.task, error, running.started)

    @staticmethod
    def _safely(act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            # A boundary: without this thread every lease would run out. The next round tries again.
            unforeseen = None if isinstance(error, TidegateError) else error
            logger().warning("worker.heartbeat_failed", reason=str(error), exc_info=unforeseen)
