"""`make demo`: the main job, on real reports, with a server of its own.

make demo                   ends with the server running; Ctrl-C stops it
make demo ARGS=--exit       stops by itself; exit code 0 only if everything happened as it should
make demo ARGS="--port N"   serves on another port than 8000
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import socket
import subprocess  # nosec B404  # starts this repository's own server and command
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import requests

from scripts import estates, make_reports
from scripts.make_reports import ToolFailed
from scripts.serve import TOKEN, NotServing, free_port, new_token, started, wait_until_ready
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.cli.signals import when_asked_to_stop

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "examples" / "harbour"
USUAL_PORT = 8000
LIMIT = 60  # seconds for one command

ADMINISTRATOR, MANAGER, PIPELINE = "administrator", "release-manager", "submitter"
BROKEN, FIXED = "b" * 40, "e" * 40
"""The commits that the two releases of the sample stand for."""


class NotAsExpected(Exception):
    """Something did not happen as this demo says it does."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo runs: the server, its settings, a folder for what is made, and what ends with it."""

    url: str
    settings: Mapping[str, str]
    folder: Path
    tokens: Mapping[str, str]
    stack: ExitStack
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def step(self, title: str, *lines: str) -> None:
        """Print the title of the next step, and lines below it."""
        print(f"\n{next(self.numbers)}. {title}", flush=True)
        self.show("\n".join(lines))

    def show(self, text: str) -> None:
        """Print what came of a step."""
        for line in text.splitlines():
            print(f"   {line}".rstrip(), flush=True)

    def run(
        self, *arguments: str, expected: int = 0, folder: Path | None = None, role: str = MANAGER
    ) -> None:
        """Run `tidegate` with a role's token and show what it prints.

        Raises `NotAsExpected` for another exit code.
        """
        self.show(f"$ tidegate {shlex.join(arguments)}")
        done = subprocess.run(  # nosec B603  # no shell, our own command
            [sys.executable, "-m", "tidegate", *arguments],
            cwd=folder or ROOT,
            env={**os.environ, **self.settings, "TIDEGATE_URL": self.url, TOKEN: self.tokens[role]},
            check=False,
            timeout=LIMIT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode != expected:
            raise NotAsExpected(f"exit code {done.returncode} instead of {expected}:\n{done.stdout}")
        self.show(done.stdout)


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
            "ADMIN_INITIAL_PASSWORD": secrets.token_urlsafe(12),
            "OUTGOING_ALLOW": "127.0.0.1",  # the stand-ins of the five systems are probed there
        }
        url = f"http://127.0.0.1:{port}"
        with started(("tidegate", "serve"), folder / "serve.log", settings) as server:
            wait_until_ready(url, server, folder / "serve.log")
            with started(("tidegate", "worker"), folder / "worker.log", settings), ExitStack() as stack:
                yield Stage(url, settings, folder, _tokens(settings), stack)


def _tokens(settings: Mapping[str, str]) -> dict[str, str]:
    """Let an administrator, a release manager and a pipeline in, each by a token of its own."""
    names = {ADMINISTRATOR: "ada", MANAGER: "rosa", PIPELINE: "ci-harbour"}
    return {role: new_token(name, role, settings) for role, name in names.items()}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def play(on: Stage) -> str:
    """Do the main job; raises `NotAsExpected` at the first step that goes another way.

    Returns the id of the parity report.
    """
    on.step(
        "The server and a worker run on SQLite in a fresh folder.",
        f"API {on.url}/api/v1, health {on.url}/health",
        f"The worker, as /health reports it: {_heartbeat(on)}",
    )
    on.step(
        "Everybody has a token: an administrator, a release manager, and the pipeline.",
        "They are for this demo alone, and gone with it. Without one nobody gets anything:",
    )
    on.run("whoami", role=PIPELINE)
    on.step("Two gates are put in force: a floor that nobody may loosen, and `production` upon it.")
    on.run("gate", "put", "gates/production.yml")
    on.step("A component is registered, and where it runs; `production` is guarded by the gate.")
    on.run("component", "put", "harbour", "--owner", "quay")
    on.run("environment", "put", "staging", "--rank", "1")
    on.run("environment", "put", "production", "--rank", "2", "--gate", "production")
    _release(on, "broken", BROKEN, "1.4.0", passes=False)
    _release(on, "fixed", FIXED, "1.4.1", passes=True)
    report = show_estates(on)
    on.step("Every step of this was recorded in a hash chain; nobody can change it unseen.")
    on.run("audit", "verify")
    on.step("The last verdict can be proved: it is made again here from what was recorded with it.")
    latest = Server(on.url, token=on.tokens[MANAGER]).get(
        "verdicts", query={"component": "harbour", "revision": FIXED, "limit": 1}
    )
    on.run("verdict", "replay", latest["items"][0]["id"])
    return report


def _heartbeat(on: Stage) -> str:
    """Ask `/health` for the worker until it has been heard of."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        checks = requests.get(f"{on.url}/health", timeout=LIMIT).json()["checks"]
        output = str(checks["worker"][0]["output"])
        if "heartbeat" in output:
            return output
        time.sleep(0.2)
    raise NotAsExpected(f"no worker was heard of within {LIMIT} s: {output}")


def _release(on: Stage, which: str, commit: str, version: str, *, passes: bool) -> None:
    """Make real reports of one release, submit them, and ask for the release."""
    on.step(
        f"pytest with coverage, flake8, mypy and bandit run on the {which} release of the sample project.",
        f"Its sources: {(PROJECT / which).relative_to(ROOT)}",
    )
    folder = on.folder / which
    for report in make_reports.make(PROJECT / which, folder / "reports"):
        on.show(f"{report.relative_to(folder)}  {report.stat().st_size:,} bytes")
    on.step("The reports are submitted; the verdict comes back with the answer.")
    subject = ("--component", "harbour", "--revision", commit, "--environment", "production")
    expected = 0 if passes else 1
    on.run("submit", *subject, "reports", expected=expected, folder=folder, role=PIPELINE)
    on.step(f"The release {version} is asked for" + (". It must be refused." if not passes else "."))
    on.run("release", "create", version, *subject, expected=expected)


def show_estates(on: Stage) -> str:
    """Declare, scan, probe and compare five small systems; returns the id of the parity report.

    Raises `NotAsExpected` where it names anything else than what is seeded.
    """
    estate, manager = estates.systems(), Server(on.url, token=on.tokens[MANAGER])
    on.step(
        "Five small systems start, and a workbook declares how they should be.",
        f"Their sources: {_shown(estates.ESTATES)}; what is asked of them: {_shown(estates.CONTRACT)}",
    )
    urls = {system.name: on.stack.enter_context(estates.running(system)) for system in estate}
    estates.register(manager, estate)
    estates.write_workbook(on.folder / "estates.csv", estate, urls)
    on.run("inventory", "import", "estates.csv", "--apply", "--most", "3", folder=on.folder)
    on.step("Their repositories are scanned; what is found becomes facts, observed of the component.")
    wrong = {one.system for one in estates.seeded() if one.in_repository}
    for system in estate:
        estates.repository_of(system, on.folder / "repositories")
        scan = ("scan", system.name, "--send", "--component", system.name)
        expected = 1 if system.name in wrong else 0
        on.run(*scan, expected=expected, folder=on.folder / "repositories", role=PIPELINE)
    on.step("The worker has probed what runs; declared and observed are set beside each other.")
    estates.wait_until_probed(manager, estate)
    on.run("parity", "--rules", _shown(estates.RULES), expected=1)
    report: str = manager.get("parity-reports", query={"limit": 1})["items"][0]["id"]
    named, wanted = estates.named_by(manager, report), sorted(one.row for one in estates.seeded())
    if named != wanted:
        raise NotAsExpected(f"these defects were seeded: {wanted}; the report names {named}")
    on.show(f"{len(wanted)} defects were seeded: the report names every one of them, and nothing else.")
    return report


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main(arguments: Sequence[str]) -> int:
    """Do the main job, then wait for Ctrl-C; return 0 only if every step went as it should."""
    parser = argparse.ArgumentParser(description="The main job of Tidegate, on real reports.")
    parser.add_argument("--exit", action="store_true", help="stop at the end instead of serving on")
    parser.add_argument("--port", type=int, metavar="N", help=f"serve on this port, not on {USUAL_PORT}")
    options = parser.parse_args(arguments)
    try:
        with when_asked_to_stop(_interrupt()), stage(options.port) as on:
            report = play(on)
            if not options.exit:
                events = f"{on.url}/api/v1/audit/events"
                on.step(
                    "Have a look for yourself.",
                    f"pages          {on.url}",
                    f"parity report  {on.url}/parity/{report}",
                    f"sign in        admin, {on.settings['ADMIN_INITIAL_PASSWORD']}",
                    f"API docs       {on.url}/docs",
                    f"OpenAPI        {on.url}/openapi.json",
                    f"administrator  export TIDEGATE_URL={on.url} {TOKEN}={on.tokens[ADMINISTRATOR]}",
                    f'audit events   curl --header "Authorization: Bearer $TIDEGATE_TOKEN" {events}',
                )
                print("\nServer and worker run until you press Ctrl-C.", flush=True)
                _wait()
    except (NotAsExpected, NotReached, NotServing, Refused, ToolFailed, estates.NotProbed) as wrong:
        print(f"\nThis did not happen as it should: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the end.", file=sys.stderr)
        return 130
    print("\nEvery step went as it should. Server and worker are stopped, and their folder is gone.")
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
