"""The worker: polls the rows, hands what is due to threads, and stops without losing anything."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from functools import partial

from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db import schema
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.background import BackgroundThread, BackgroundThreads
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.heartbeat import HeartbeatThread
from tidegate.kernel.jobs.leases import LeaseLost, Leases
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.slots import JobSlots, RunningJob
from tidegate.kernel.jobs.states import DONE
from tidegate.kernel.jobs.tasks import DEFAULT_QUEUE, Task
from tidegate.kernel.jobs.wakeups import WakeUps
from tidegate.kernel.logging import logger

# Seconds without a poll after which a worker does not count as alive; a poll takes milliseconds.
_LONGEST_PAUSE = 60.0
_SHORTEST_POLL = 0.1
_LONGEST_GOODBYE = 5.0


class Worker:
    """One worker process: `slots` jobs of the default queue at a time and one of each other queue.

    It polls the rows whenever it is woken, and at least every `poll` seconds.

    `grace` is how many seconds jobs in flight get to finish when it is asked to stop.
    """

    def __init__(self, container: Container, *, slots: int, poll: float, grace: float) -> None:
        self.id = new_id()
        self._container = container
        self._poll = max(poll, _SHORTEST_POLL)
        self._grace = grace
        self._tasks, self._wake_ups, background = _parts_of(container)
        queues = dict.fromkeys((task.queue for task in self._tasks.values()), 1)
        self._slots = JobSlots(queues | {DEFAULT_QUEUE: slots})
        self._executor = JobExecutor(container)
        self._stop = threading.Event()
        self._background = BackgroundThreads(background, self._stop)
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._polled_at = time.monotonic()
        self._enqueued: dict[str, datetime] = {}
        self._all_done = True
        leases = [task.lease for task in self._tasks.values()]
        self._heartbeat = HeartbeatThread(
            container,
            self._slots,
            self._executor,
            worker=self.id,
            shortest_lease=min(leases, default=timedelta(minutes=1)).total_seconds(),
            is_alive=lambda: time.monotonic() - self._polled_at < _LONGEST_PAUSE,
        )

    def stop(self, *, at_once: bool = False) -> None:
        """Take no more jobs and let those in flight finish; `at_once` hands them back instead."""
        if at_once:
            self._hurry.set()
        self._stop.set()
        self._wake.set()

    def run(self) -> bool:
        """Work until asked to stop; False where it cannot go on because no slot ever became free again."""
        if not self._schema_is_there():
            return True
        self._begin()
        listen = partial(self._wake_ups.listen, self._wake.set, self._stop)
        threading.Thread(target=listen, name="wake-ups", daemon=True).start()
        self._background.start()
        try:
            while not self._stop.is_set() and not self._slots.stuck:
                self._poll_safely()
                self._wake.wait(self._poll)
                # Before `stop` is asked and the rows are polled: what comes after this ends the next wait.
                self._wake.clear()
        finally:
            self._end()
        return not self._slots.stuck

    def run_once(self) -> bool:
        """Do everything that is due now, then return; False where something was not done."""
        self._begin()
        try:
            while not self._stop.is_set() and not self._slots.stuck:
                if not self._poll_rows() and not self._slots.all():
                    break
                if self._slots.all():
                    self._slots.wait_for_change(1.0)
        finally:
            self._end()
        return self._all_done and self.idle

    @property
    def idle(self) -> bool:
        """Whether no thread runs any more; else only the end of the process ends them."""
        return not self._slots.all()

    def _begin(self) -> None:
        self._heartbeat.start()
        logger().info("worker.started", worker=self.id, slots=self._slots.size, tasks=sorted(self._tasks))

    def _end(self) -> None:
        self._stop.set()
        self._wait_for_those_in_flight()
        self._background.join(min(self._grace, _LONGEST_GOODBYE))
        self._heartbeat.stop()
        # Last of all, shortly before the process ends: what is handed back may begin elsewhere at once.
        for running in self._slots.all():
            if not running.abandoned:
                self._hand_back(running)
        logger().info("worker.stopped", worker=self.id, left_behind=len(self._slots.all()))

    def _schema_is_there(self) -> bool:
        """Wait until the migrations have run; False where it was asked to stop before."""
        warned = False
        while not self._stop.is_set():
            try:
                if schema.at_head(self._container.database):
                    return True
                reason = "The schema is not at the newest version: run the migrations."
            except TidegateError as error:
                reason = str(error)
            if not warned:
                logger().warning("worker.start_delayed", reason=reason)
                warned = True
            self._stop.wait(1.0)
        return False

    def _poll_safely(self) -> None:
        try:
            self._poll_rows()
        except Exception as error:
            # A boundary: the database may be away, its disk full. It polls again soon; a worker whose
            # polls all fail does not count as alive.
            unforeseen = None if isinstance(error, TidegateError) else error
            logger().warning("worker.poll_failed", reason=str(error), exc_info=unforeseen)
            self._stop.wait(min(self._poll, 1.0))

    def _poll_rows(self) -> int:
        """Reclaim lost jobs, enqueue those of schedules, start what is due; returns how many were started."""
        work = self._container.work(WORKER)
        try:
            for job in work.use(Leases).reap():
                logger().warning("job.reclaimed", job=job)
            self._enqueue_occurrences(work)
        finally:
            work.close()
        started = 0
        while not self._stop.is_set() and self._start_one():
            started += 1
        self._polled_at = time.monotonic()
        return started

    def _enqueue_occurrences(self, work: Work) -> None:
        now = self._container.clock.now()
        for task in self._tasks.values():
            # The rows are asked once for each occurrence, not at every poll.
            if task.schedule and self._enqueued.get(task.name) != (occurrence := task.schedule.latest(now)):
                work.use(Scheduler).enqueue_occurrence(task, occurrence)
                self._enqueued[task.name] = occurrence

    def _start_one(self) -> bool:
        free = self._slots.free_queues
        wanted = {name: task for name, task in self._tasks.items() if task.queue in free}
        if not wanted:
            return False
        work = self._container.work(WORKER)
        try:
            claim = work.use(Leases).claim(self.id, wanted)
        finally:
            work.close()
        if claim is None:
            return False
        running = RunningJob(claim, self._tasks[claim.task], time.monotonic())
        self._slots.add(running)
        # A daemon: one that never ends must not keep the process from ending.
        threading.Thread(target=self._perform, args=(running,), name=claim.task, daemon=True).start()
        return True

    def _perform(self, running: RunningJob) -> None:
        try:
            if self._executor.execute(running.claim, running.task) != DONE:
                self._all_done = False
        finally:
            self._slots.remove(running)
            self._wake.set()

    def _wait_for_those_in_flight(self) -> None:
        until = time.monotonic() + self._grace
        while self._slots.all() and time.monotonic() < until and not self._hurry.is_set():
            self._slots.wait_for_change(min(0.5, until - time.monotonic()))

    def _hand_back(self, running: RunningJob) -> None:
        work = self._container.work(WORKER)
        try:
            work.use(Leases).release(running.claim, took=time.monotonic() - running.started)
            logger().warning("job.released", task=running.claim.task, job=running.claim.job)
        except LeaseLost:
            logger().info("job.ended_elsewhere", task=running.claim.task, job=running.claim.job)
        except TidegateError as error:
            logger().warning("job.release_failed", job=running.claim.job, reason=str(error))
        finally:
            work.close()


def _parts_of(
    container: Container,
) -> tuple[dict[str, Task], WakeUps, tuple[BackgroundThread, ...]]:
    work = container.work(WORKER)
    try:
        tasks = {task.name: task for task in work.all_of(Task)}
        return tasks, work.use(WakeUps), work.all_of(BackgroundThread)
    finally:
        work.close()
