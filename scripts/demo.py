"""`make demo`: the main job before your eyes, on real reports, with a server of its own.

make demo                   ends with the server running; Ctrl-C stops it
make demo ARGS=--exit       stops by itself; exit code 0 only if everything happened as it should
make demo ARGS="--port N"   serves on another port than 8000
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import subprocess  # nosec B404  # starts this repository's own server and command
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from scripts import make_reports
from scripts.serve import NotServing, free_port, stop, wait_until_ready
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.cli.signals import when_asked_to_stop

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "examples" / "harbour"
GATES = ROOT / "gates"
USUAL_PORT = 8000
LIMIT = 60  # seconds for one command

BROKEN, FIXED = "b" * 40, "e" * 40
"""The commits that the two releases of the sample stand for."""


class NotAsTold(Exception):
    """Something did not happen as this demo says it does."""


@dataclass(slots=True)
class Story:
    """Tells what happens, a numbered step at a time."""

    step: int = 0

    def tell(self, title: str, *lines: str) -> None:
        """Start the next step."""
        self.step += 1
        print(f"\n{self.step}. {title}", flush=True)
        for line in lines:
            self.say(line)

    def say(self, text: str) -> None:
        """Say what came of it."""
        for line in text.splitlines():
            print(f"   {line}".rstrip(), flush=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it all plays: the server, the settings that it runs with, and a folder for what is made."""

    url: str
    settings: Mapping[str, str]
    folder: Path

    @property
    def server(self) -> Server:
        """Return the client."""
        return Server(self.url)

    def tidegate(self, *arguments: str, due: int, folder: Path | None = None) -> str:
        """Run `tidegate` before the user's eyes; raises `NotAsTold` for another exit code than is due."""
        print(f"   $ tidegate {shlex.join(arguments)}", flush=True)
        done = subprocess.run(  # nosec B603  # no shell, our own command
            [sys.executable, "-m", "tidegate", *arguments],
            cwd=folder or self.folder,
            env={**os.environ, **self.settings, "TIDEGATE_SERVER": self.url},
            check=False,
            timeout=LIMIT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode != due:
            raise NotAsTold(f"exit code {done.returncode} instead of {due}:\n{done.stdout}")
        return done.stdout


@contextmanager
def stage(wanted_port: int | None = None) -> Iterator[Stage]:
    """Serve on SQLite from a fresh folder, all of it gone at the end; a port in use is `NotServing`."""
    with tempfile.TemporaryDirectory(prefix="tidegate-demo-") as name:
        folder = Path(name)
        port = wanted_port or (USUAL_PORT if _is_free(USUAL_PORT) else free_port())
        if not _is_free(port):
            raise NotServing(f'port {port} is in use. Choose another one: make demo ARGS="--port N"')
        settings = {
            "FLASK_ENV": "development",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": "",
            "BLOB_URL": "",
            "REDIS_URL": "",
            "AUTO_MIGRATE": "true",
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "WARNING",
            "WORKER_EXPECTED": "true",
        }
        url = f"http://127.0.0.1:{port}"
        with _started("serve", folder, settings) as server:
            wait_until_ready(url, server, folder / "serve.log")
            with _started("worker", folder, settings):
                yield Stage(url, settings, folder)


@contextmanager
def _started(command: str, folder: Path, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of Tidegate beside this one, and end it."""
    with (folder / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(  # nosec B603  # no shell, our own command
            [sys.executable, "-m", "tidegate", command],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        stop(process)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def play(on: Stage, story: Story) -> None:
    """Do the main job; raises `NotAsTold` at the first thing that does not happen as it is told."""
    story.tell(
        "The server and a worker run on SQLite in a fresh folder.",
        f"API {on.url}/api/v1, health {on.url}/health",
        f"The worker's heartbeat, as /health tells it: {_heartbeat(on)}",
    )
    _declare(on, story)
    _release(on, story, "broken", BROKEN, "1.4.0", passes=False)
    _release(on, story, "fixed", FIXED, "1.4.1", passes=True)
    story.tell("Every step of this was recorded in a hash chain; nobody can change it unseen.")
    story.say(on.tidegate("audit", "verify", due=0))
    story.tell("The last verdict can be proved: it is made again here from what was recorded with it.")
    latest = on.server.get("verdicts", query={"component": "harbour", "revision": FIXED, "limit": 1})
    story.say(on.tidegate("verdict", "replay", latest["items"][0]["id"], due=0))


def _heartbeat(on: Stage) -> str:
    """Ask `/health` for the worker until it has been heard of."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        checks = requests.get(f"{on.url}/health", timeout=LIMIT).json()["checks"]
        told = str(checks["worker"][0]["output"])
        if "heartbeat" in told:
            return told
        time.sleep(0.2)
    raise NotAsTold(f"no worker was heard of within {LIMIT} s: {told}")


def _declare(on: Stage, story: Story) -> None:
    """Put gates in force, and register what they guard and judge."""
    story.tell("Two gates are put in force: a floor that nobody may loosen, and `production` upon it.")
    for name in ("floor", "production"):
        text = (GATES / f"{name}.yml").read_text("utf-8")
        _put(on, "gates", name, document=_plain(text))
    story.tell("A component is registered, and where it runs; `production` is guarded by the gate.")
    _put(on, "components", "harbour", document={"title": "Harbour", "owner": "quay"})
    for rank, (name, gate) in enumerate((("local", None), ("staging", None), ("production", "production"))):
        _put(on, "environments", name, document={"rank": rank, "gate": gate})
        story.say(f"{name}: {f'guarded by {gate}' if gate else 'not guarded'}")


def _plain(text: str) -> Any:
    from tidegate.domain.gate_yaml import read_yaml

    return read_yaml(text).value


def _put(on: Stage, *path: str, document: object) -> None:
    answer = on.server.send("PUT", *path, document=document)
    if answer.status != 201:
        raise NotAsTold(f"{'/'.join(path)}: status {answer.status} instead of 201")


def _release(on: Stage, story: Story, which: str, commit: str, version: str, *, passes: bool) -> None:
    """Make real reports of one release, submit them, and ask for the release."""
    story.tell(
        f"pytest with coverage, flake8, mypy and bandit run on the {which} release of the sample project.",
        f"Its sources: {(PROJECT / which).relative_to(ROOT)}",
    )
    reports = on.folder / which / "reports"
    for report in make_reports.make(PROJECT / which, reports):
        story.say(f"{report.relative_to(on.folder / which)}  {report.stat().st_size:,} bytes")
    story.tell("The reports are submitted; the verdict comes back with the answer.")
    subject = ("--component", "harbour", "--revision", commit, "--environment", "production")
    told = on.tidegate("submit", *subject, "reports", due=0 if passes else 1, folder=on.folder / which)
    story.say(told)
    story.tell(f"The release {version} is asked for.")
    wanted = {
        "version": version,
        "revision": commit,
        "environment": "production",
        "notes": "Ships find berths.",
    }
    try:
        answer = on.server.send("POST", "components", "harbour", "releases", document=wanted)
    except Refused as refused:
        if passes or refused.status != 409:
            raise NotAsTold(str(refused)) from refused
        story.say(f"It is refused, as it must be: {refused.problem['title']} ({refused.status}).")
        for fault in refused.problem.get("errors", ()):
            story.say(f"{fault['pointer']}  {fault['detail']}")
        return
    if not passes or answer.status != 201:
        raise NotAsTold(f"the {which} release was answered with {answer.status}")
    story.say(f"It is created, with the tag {answer.document()['tag']}.")


def main(arguments: Sequence[str]) -> int:
    """Play, then wait for Ctrl-C; return 0 only if everything happened as it was told."""
    parser = argparse.ArgumentParser(description="The main job of Tidegate, on real reports.")
    parser.add_argument("--exit", action="store_true", help="stop at the end instead of serving on")
    parser.add_argument("--port", type=int, metavar="N", help=f"serve on this port, not on {USUAL_PORT}")
    options = parser.parse_args(arguments)
    story = Story()
    try:
        with when_asked_to_stop(_interrupt()), stage(options.port) as on:
            play(on, story)
            if not options.exit:
                story.tell(
                    "Have a look for yourself.",
                    f"API docs       {on.url}/docs",
                    f"OpenAPI        {on.url}/openapi.json",
                    f"audit events   {on.url}/api/v1/audit/events",
                )
                print("\nServer and worker run until you press Ctrl-C.", flush=True)
                _wait()
    except (NotAsTold, NotReached, NotServing, Refused, make_reports.ToolFailed) as wrong:
        print(f"\nThis did not happen as told: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the end.", file=sys.stderr)
        return 130
    print("\nEverything happened as told. Server and worker are stopped, and their folder is gone.")
    return 0


def _interrupt() -> Callable[[], None]:
    """Return what interrupts the demo, once: a second signal must not keep it from ending its processes."""
    asked = iter([True])

    def interrupt() -> None:
        if next(asked, False):
            raise KeyboardInterrupt

    return interrupt


def _wait() -> None:
    """Wait until Ctrl-C."""
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
