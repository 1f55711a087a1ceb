"""Tidegate as a process of its own: one that serves, and one that must not start."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.serve import free_port, stop, wait_until_ready
from tests.support import secret_scan
from tests.support.access import let_in_at
from tidegate.environment import variable_of
from tidegate.settings import Settings

SERVE = (sys.executable, "-m", "tidegate", "serve")
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:tidegate.gunicorn_conf")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready: its address, and the file that its standard output and error go to."""

    url: str
    said: Path


@contextmanager
def served(folder: Path, *, command: Sequence[str] = SERVE, **variables: str) -> Iterator[Served]:
    """Serve from a folder with these variables alone; the log is whole once the server has ended.

    The administrator of the tests (`tests.support.access`) is let in.
    """
    with _served(folder, command, variables, path="/readyz") as server:
        yield server


@contextmanager
def served_unready(folder: Path, **variables: str) -> Iterator[Served]:
    """Serve as `served` does what cannot get ready; it is waited for until it answers at all."""
    with _served(folder, SERVE, variables, path="/healthz") as server:
        yield server


@contextmanager
def _served(
    folder: Path, command: Sequence[str], variables: dict[str, str], *, path: str
) -> Iterator[Served]:
    port = free_port()
    said = folder / "server.log"
    secret_scan.remember_settings(only(variables))
    with said.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=only(variables, PORT=str(port)), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, said, path=path)
        if path == "/readyz":
            let_in_at(_database_url(folder, variables))
        yield Served(url, said)
    finally:
        stop(process)
        secret_scan.watch(said)


def _database_url(folder: Path, variables: dict[str, str]) -> str:
    """Return where a server that was started so keeps its data."""
    if "DATABASE_URL_FILE" in variables:
        return Path(variables["DATABASE_URL_FILE"]).read_text().strip()
    data = folder / variables.get("DATA_DIR", "data")
    return variables.get("DATABASE_URL") or f"sqlite:///{data}/tidegate.sqlite3"


def refused(folder: Path, *, command: Sequence[str] = SERVE, **variables: str) -> tuple[int, str]:
    """Start what must end by itself; returns its exit code and everything that it said."""
    environment = only(variables, PORT=str(free_port()))
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def only(variables: dict[str, str], **more: str) -> dict[str, str]:
    """Return the process's variables without any of Tidegate's, and these."""
    declared = [variable_of(one) for one in dataclasses.fields(Settings)]
    ours = {name for one in declared for name in (one.name, *one.aliases)} | {"FLASK_DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours}
    return {**kept, **more, **variables}
