"""Workers as processes that can be killed by the hundred: forked from one that has imported everything.

`python -m tests.support.nursery DATABASE_URL FOLDER` reads a line for each worker to start and answers with
its process id; at the end of its input it ends. Nothing is connected before the fork.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url, text

from tidegate.app import make_container
from tidegate.cli.worker import run_until_stopped
from tidegate.domain.canonical import Json
from tidegate.kernel.container import Container, Work
from tidegate.kernel.jobs import wiring
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.worker import Worker
from tidegate.kernel.logging import configure_logging
from tidegate.settings import read_settings

LEASE = timedelta(seconds=1)
PLENTY = 100_000


def count(work: Work, payload: Mapping[str, Json]) -> str:
    """Write a row that nothing keeps from being written twice, slowly enough to be killed meanwhile."""
    with work.uow.transaction() as session:
        values = {"number": payload.get("number", -1)}
        session.execute(text("INSERT INTO effects (number) VALUES (:number)"), values)
        time.sleep(random.random() / 30)
    return "counted"


def tick(work: Work, _payload: Mapping[str, Json]) -> str:
    """Write a row for the tick."""
    return count(work, {})


COUNT = Task("count", count, retries=PLENTY, lease=LEASE)
TICK = Task("tick", tick, schedule=Schedule(timedelta(seconds=1)), retries=PLENTY, lease=LEASE)


def container_of(url: str, folder: str) -> Container:
    """Put together a place with these tasks."""
    settings = read_settings({"DATA_DIR": folder, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"})
    configure_logging(settings)
    container = make_container(settings)
    wiring.install(container)
    for task in (COUNT, TICK):
        container.contribute(Task, lambda _, task=task: task)  # type: ignore[misc]  # bound early
    return container


class Nursery:
    """Starts workers, and kills them."""

    def __init__(self, url: str, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.support.nursery", url, str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)

    def start(self) -> int:
        """Start a worker; returns its process id."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _work(url: str, folder: str) -> int:
    container = container_of(url, folder)
    worker = Worker(container, slots=2, poll=0.2, grace=10)
    done = run_until_stopped(worker, once=False)
    container.database.dispose()
    return 0 if done else 1


def main(url: str, folder: str) -> None:
    """Fork a worker for every line; what was left running ends with this process."""
    make_url(url)
    children: list[int] = []
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            random.seed()
            os.dup2(2, 1)  # what it says is no process id
            os._exit(_work(url, folder))
        children.append(child)
        print(child, flush=True)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
