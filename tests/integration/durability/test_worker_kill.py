"""`kill -9` of workers at random points, over and over: every job is done exactly once, none is lost.

TEST_WORKER_KILLS says how many are killed on each database; a suite that is to be quick is content with few.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import URL, select, text

from tests.support.nursery import LEASE, Nursery, container_of
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.models import JobOccurrenceRow, JobRow, JobRunRow, TaskStatusRow
from tidegate.kernel.jobs.queue import JobQueue

KILLS = int(os.environ.get("TEST_WORKER_KILLS", "12"))
WORKERS = 3
JOBS_A_KILL = 10
PATIENCE = 60 + KILLS  # seconds


@pytest.fixture
def container(database: Database, database_url: URL, tmp_path: Path) -> Iterator[Container]:
    """A place with jobs, and a table that counts what they did."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(text("CREATE TABLE effects (number INTEGER)"))
        connection.commit()
    plain = database_url.set(drivername=database_url.get_backend_name())
    made = container_of(plain.render_as_string(hide_password=False), str(tmp_path / "shop"))
    yield made
    made.database.dispose()


def _enqueue(container: Container, numbers: range) -> None:
    work = container.work(WORKER)
    for number in numbers:
        work.use(JobQueue).enqueue("count", {"number": number}, key=f"n{number}")
    work.close()


def _kill_at_random(container: Container, nursery: Nursery, chance: random.Random) -> int:
    """Kill a worker again and again, or let it sleep until its leases are gone; return the number of jobs."""
    living = [nursery.start() for _ in range(WORKERS)]
    wake_ups: list[threading.Timer] = []
    for number in range(KILLS):
        _enqueue(container, range(number * JOBS_A_KILL, (number + 1) * JOBS_A_KILL))
        time.sleep(chance.random() * 0.4)
        victim = living.pop(chance.randrange(len(living)))
        os.kill(victim, signal.SIGKILL)
        living.append(nursery.start())
        if chance.random() < 0.2:
            os.kill(living[0], signal.SIGSTOP)
            # By a timer: whatever waits for what the sleeper holds, it wakes up.
            wake_ups.append(threading.Timer(1.5, os.kill, (living[0], signal.SIGCONT)))
            wake_ups[-1].start()
    for timer in wake_ups:
        timer.join()
    jobs = KILLS * JOBS_A_KILL
    _wait_until_done(container, jobs)
    for worker in living:
        os.kill(worker, signal.SIGTERM)
    for worker in living:
        _wait_until_ended(worker)
    return jobs


def _wait_until_done(container: Container, jobs: int) -> None:
    done = select(JobRow.id).where(JobRow.task == "count", JobRow.state == "done")
    until = time.monotonic() + PATIENCE
    while True:
        with container.database.sessions() as session:
            ended = len(session.scalars(done).all())
        if ended == jobs:
            return
        assert time.monotonic() < until, f"{ended} of {jobs} jobs are done, and nothing happens any more"
        time.sleep(0.2)


def _wait_until_ended(worker: int) -> None:
    """Wait until a worker that was told to stop has done so; its parent buries it later."""
    until = time.monotonic() + PATIENCE
    while Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < until, "a worker that was told to stop does not"
        time.sleep(0.05)


@pytest.mark.drill
def test_every_job_is_done_exactly_once(
    container: Container, database_url: URL, tmp_path: Path, seed: int
) -> None:
    plain = database_url.set(drivername=database_url.get_backend_name())
    with Nursery(plain.render_as_string(hide_password=False), tmp_path / "shop") as nursery:
        jobs = _kill_at_random(container, nursery, random.Random(seed))
    _take_back_what_the_last_victim_held(container)
    with container.database.sessions() as session:
        effects = Counter(session.execute(text("SELECT number FROM effects")).scalars())
        rows = {row.id: row for row in session.scalars(select(JobRow))}
        runs = session.scalars(select(JobRunRow)).all()
        statuses = {row.task: row for row in session.scalars(select(TaskStatusRow))}
        ticks = session.scalars(select(JobOccurrenceRow)).all()
    ticked = {row.id for row in rows.values() if row.task == "tick" and row.state == "done"}
    assert effects.pop(-1, 0) == len(ticked)
    assert effects == Counter(range(jobs))
    assert {tick.job_id for tick in ticks} - {None} == {i for i, row in rows.items() if row.task == "tick"}
    _holds_together(rows, runs)
    for task, status in statuses.items():
        outcomes = Counter(run.outcome for run in runs if run.task == task)
        assert (status.runs_done, status.runs_lost) == (outcomes["done"], outcomes["lost"])
    lost = sum(run.outcome == "lost" for run in runs)
    print(f"{KILLS} kills, {jobs} jobs, {len(ticked)} ticks, {len(runs)} runs of which {lost} were lost")


def _take_back_what_the_last_victim_held(container: Container) -> None:
    """Do what the next worker would do; a tick may lie there that nobody had the time to take over."""
    time.sleep(LEASE.total_seconds())
    work = container.work(WORKER)
    work.use(Leases).reap()
    work.close()


def _holds_together(rows: dict[str, JobRow], runs: Sequence[JobRunRow]) -> None:
    """Each job has as many runs as attempts, one of them done if the job is, and none that never ended."""
    by_job: dict[str, list[JobRunRow]] = {}
    for run in runs:
        by_job.setdefault(run.job_id, []).append(run)
    for job, row in rows.items():
        own = sorted(by_job.get(job, []), key=lambda run: run.attempt)
        assert [run.attempt for run in own] == list(range(1, row.attempt + 1))
        outcomes = [run.outcome for run in own]
        assert outcomes.count("done") == (1 if row.state == "done" else 0)
        assert set(outcomes[:-1]) <= {"lost", "released"}
        assert all(run.ended_at is not None for run in own)
