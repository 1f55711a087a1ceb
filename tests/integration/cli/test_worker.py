"""`tidegate worker` as a process of its own, and `tidegate jobs` beside it, on both databases."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, text

from tests.support.jobs import nothing
from tidegate.app import make_container
from tidegate.cli import main
from tidegate.kernel.container import Container
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.jobs import wiring
from tidegate.registry import MODULES
from tidegate.settings import Settings

PATIENCE = 60


@pytest.fixture
def variables(database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of the process, away from any `.env`."""
    plain = database_url.set(drivername=database_url.get_backend_name())
    settings = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
        "WORKER_POLL_SECONDS": "0.2",
        "LOG_FORMAT": "json",
    }
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def process(variables: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is there."""
    said = tmp_path / "worker.log"
    with said.open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "tidegate", "worker", "--concurrency", "3"],
            env={**os.environ, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    eventually(lambda: b"worker.started" in said.read_bytes())
    yield started
    if started.poll() is None:
        started.kill()
    started.wait(PATIENCE)


def eventually(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.05)


def tidegate(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(main, list(arguments))


def state_of(database: Database, job: str) -> str:
    """Return the state of a job."""
    with database.sessions() as session:
        query = text("SELECT state FROM jobs WHERE id = :id")
        return str(session.execute(query, {"id": job}).scalar_one())


class TestProcess:
    def test_does_what_another_process_asks_for_and_stops_when_told(
        self, process: subprocess.Popen[bytes], database: Database, tmp_path: Path
    ) -> None:
        asked = tidegate("jobs", "run", "audit.verify", "--output", "json")
        (job,) = json.loads(asked.stdout)["jobs"]
        eventually(lambda: state_of(database, job["id"]) == "done")

        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0
        lines = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines()]
        assert [line["event"] for line in lines] == ["worker.started", "job.done", "worker.stopped"]
        # Two of the default queue, one each for backups, parity, the look for drift, and objectives.
        assert (lines[0]["slots"], lines[1]["detail"].split(":")[0]) == (6, "Intact")

    def test_leaves_nothing_running_when_it_is_interrupted(
        self, process: subprocess.Popen[bytes], database: Database
    ) -> None:
        process.send_signal(signal.SIGINT)

        assert process.wait(PATIENCE) == 0
        with database.sessions() as session:
            stopped = session.execute(text("SELECT stopped_at FROM workers")).scalars().all()
        assert len(stopped) == 1
        assert stopped[0] is not None


class TestOnce:
    def test_does_what_is_due_and_ends(self, variables: dict[str, str], database: Database) -> None:
        (job,) = json.loads(tidegate("jobs", "run", "jobs.prune", "--output", "json").stdout)["jobs"]

        done = tidegate("worker", "--once")

        assert (done.exit_code, state_of(database, job["id"])) == (0, "done")

    def test_tells_by_its_exit_code_that_something_was_not_done(
        self, variables: dict[str, str], hopeless: str
    ) -> None:
        tidegate("jobs", "run", hopeless)

        assert tidegate("worker", "--once").exit_code == 1

    def test_ends_its_process_where_a_thread_never_ends(
        self, variables: dict[str, str], hopeless: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        codes: list[int] = []
        monkeypatch.setattr(os, "_exit", codes.append)
        monkeypatch.setenv("WORKER_GRACEFUL_TIMEOUT", "0")
        tidegate("jobs", "run", "endless")

        tidegate("worker", "--once", "--concurrency", "1")

        assert codes == [1]


@pytest.fixture
def hopeless(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a task that fails; beside it one that succeeds, and one that does not end by itself."""
    go = threading.Event()
    endless = Task(
        "endless",
        lambda *_: str(go.wait(PATIENCE)),
        lease=timedelta(seconds=1),
        timeout=timedelta(seconds=0.2),
        in_transaction=False,
    )
    build = wiring.build

    def fail(*_: object) -> str:
        raise ValueError("The tide is out.")

    def with_another(container: Container) -> None:
        build(container)
        container.contribute(Task, lambda _: Task("hopeless", fail, retries=0))
        container.contribute(Task, lambda _: Task("hopeful", nothing))
        container.contribute(Task, lambda _: endless)

    def noted(settings: Settings) -> Container:
        opened.append(make_container(settings))
        return opened[-1]

    opened: list[Container] = []
    monkeypatch.setattr("tidegate.registry.enabled.__defaults__", (_with(with_another),))
    monkeypatch.setattr("tidegate.app.make_container", noted)
    yield "hopeless"
    go.set()
    eventually(lambda: not [one for one in threading.enumerate() if one.name == "endless"])
    for container in opened:
        # Once more: a thread that outlived its command asked the database after it was closed.
        container.database.dispose()


def _with(build: Callable[[Container], None]) -> tuple[object, ...]:
    return tuple(
        dataclasses.replace(module, build=build) if module.name == "jobs" else module for module in MODULES
    )


class TestJobs:
    def test_lists_what_is_open_and_what_came_of_it(
        self, variables: dict[str, str], database: Database, hopeless: str
    ) -> None:
        assert tidegate("jobs", "list").stdout == "There are none.\n"
        (failed,) = json.loads(tidegate("jobs", "run", hopeless, "--output", "json").stdout)["jobs"]
        tidegate("worker", "--once")
        tidegate("jobs", "run", "hopeful")

        shown = tidegate("jobs", "list").stdout
        listed = json.loads(tidegate("jobs", "list", "--state", "failed", "--output", "json").stdout)["jobs"]

        assert "hopeful attempt 0" in shown
        assert "  ValueError: The tide is out." in shown
        assert [(job["id"], job["task"], job["detail"]) for job in listed] == [
            (failed["id"], "hopeless", "ValueError: The tide is out.")
        ]

    def test_tries_failed_jobs_again_all_or_none(
        self, variables: dict[str, str], database: Database, hopeless: str
    ) -> None:
        (failed,) = json.loads(tidegate("jobs", "run", hopeless, "--output", "json").stdout)["jobs"]
        tidegate("worker", "--once")

        refused = tidegate("jobs", "retry", failed["id"], "nothing")
        assert (refused.exit_code, "no job named 'nothing'" in refused.stderr) == (2, True)
        assert state_of(database, failed["id"]) == "failed"

        assert tidegate("jobs", "retry", failed["id"]).stdout == f"{failed['id']} (hopeless) is retried.\n"
        assert state_of(database, failed["id"]) == "waiting"
        again = tidegate("jobs", "retry", failed["id"], "--output", "json")
        assert json.loads(again.stdout)["jobs"] == [{"id": failed["id"], "task": "hopeless"}]

    def test_notes_who_asked(self, variables: dict[str, str], database: Database) -> None:
        assert "runs on the next worker" in tidegate("jobs", "run", "audit.verify").stdout

        with database.sessions() as session:
            noted = session.execute(text("SELECT actor, action FROM audit_events")).all()
        assert [tuple(row) for row in noted] == [("system:cli", "job.requested")]

    @pytest.mark.parametrize("payload", ["no json", "[1]"])
    def test_refuses_a_payload_that_is_no_object(self, variables: dict[str, str], payload: str) -> None:
        refused = tidegate("jobs", "run", "audit.verify", "--payload", payload)

        assert (refused.exit_code, "--payload" in refused.stderr) == (2, True)

    def test_needs_the_newest_schema(self, variables: dict[str, str], database: Database) -> None:
        schema.downgrade(database, "0002")

        assert "tidegate db upgrade" in tidegate("jobs", "list").stderr
        assert "tidegate db upgrade" in tidegate("worker", "--once").stderr
