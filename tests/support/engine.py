"""The container engine for tests: the image built once, containers of it, and whole stacks of compose."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from scripts.serve import free_port
from tests.support.server import Answer, Client, NoAnswer
from tidegate.domain.tokens import PREFIX

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
VERSION = "9.8.7-test"
COMMIT = "c0ffee" + "0" * 34
IMAGE = "tidegate:test"
BASE = "python:3.11-slim"
NEW_TOKEN = ("tidegate", "token", "create", "--name", "tests", "--role", "administrator")
"""What lets an administrator in, where it is run beside the server."""
_FILES = (
    "compose.yml",
    "compose.override.yml",
    "compose.sqlite.yml",
    "compose.staging.yml",
    "compose.tls.yml",
    "compose.traefik.yml",
    "deploy/nginx",
    "scripts/deploy.sh",
    "scripts/make_secrets.sh",
)


def run(
    *command: str | Path, check: bool = True, limit: float = 180, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says; `check` asserts that it went well."""
    done = subprocess.run(command, text=True, capture_output=True, timeout=limit, check=False, **more)
    assert not check or done.returncode == 0, f"{command}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done


def docker(*arguments: str, check: bool = True, limit: float = 180, **more: Any) -> str:
    """Run docker and return what it printed."""
    return run("docker", *arguments, check=check, limit=limit, **more).stdout.strip()


def inspect(what: str) -> dict[str, Any]:
    """Return what the engine knows of a container or an image."""
    found: dict[str, Any] = json.loads(docker("inspect", what))[0]
    return found


def bare_environment() -> dict[str, str]:
    """Return the variables of this process without those that compose would take from it."""
    ours = ("COMPOSE_", "TIDEGATE_", "WEB_", "WORKER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def until(wanted: Callable[[], T], what: str, patience: float = 60) -> T:
    """Ask again and again until the answer is true, and return it."""
    end = time.monotonic() + patience
    while not (found := wanted()):
        assert time.monotonic() < end, f"not within {patience:g} s: {what}"
        time.sleep(0.2)
    return found


def build_image() -> str:
    """Build the image of this checkout, as the pipeline does."""
    numbers = ("--build-arg", f"VERSION={VERSION}", "--build-arg", f"GIT_COMMIT={COMMIT}")
    docker("build", "--quiet", "--tag", IMAGE, *numbers, str(ROOT), limit=400)
    return IMAGE


def derive(tag: str, *lines: str) -> str:
    """Build an image upon the one under test, such as a later release or one that is broken."""
    text = "\n".join((f"FROM {IMAGE}", *lines, ""))
    docker("build", "--quiet", "--tag", tag, "-", input=text)
    return tag


@contextmanager
def container(*options: str, image: str = IMAGE, command: Sequence[str] = ()) -> Iterator[str]:
    """Run a container in the background and remove it with its volumes afterwards; yields its id."""
    name = docker("run", "--detach", *options, image, *command)
    try:
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def token_in(said: str) -> str:
    """Return the token that a command printed."""
    return next(word for word in said.split() if word.startswith(PREFIX))


class OneShot(Client):
    """A client that takes a connection of its own for every request, as commands and CI steps do."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(port)
        self._caller = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request; raises `NoAnswer`."""
        try:
            return super().send(method, path, body, **{**self._caller, **headers, "Connection": "close"})
        finally:
            self.close()


class Stack:
    """An installation by compose in a folder of its own, under a name of its own."""

    def __init__(self, folder: Path, *files: str, **settings: str) -> None:
        self.folder = folder
        self.project = f"tidegate-test-{folder.name}-{os.getpid()}".lower().replace("_", "-")
        self.port = free_port()
        self._token = ""
        for name in _FILES:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source, target, ignore=shutil.ignore_patterns("*.conf.new", "colour.conf", ".lock")
                )
            else:
                shutil.copy2(source, target)
        run(folder / "scripts/make_secrets.sh")
        given = {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": ":".join(files or ("compose.yml",)),
            "TIDEGATE_IMAGE": IMAGE,
            "TIDEGATE_PORT": str(self.port),
            **settings,
        }
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
        self.set(RATE_LIMIT_ENABLED="false")

    def set(self, **settings: str) -> None:
        """Add settings of Tidegate's own, as an operator does in tidegate.env."""
        with (self.folder / "tidegate.env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())

    def compose(self, *arguments: str, check: bool = True, limit: float = 180) -> str:
        """Run docker compose in the folder, with what its .env says alone."""
        done = run(
            "docker", "compose", *arguments, check=check, limit=limit, cwd=self.folder, env=bare_environment()
        )
        return done.stdout.strip()

    def up(self, *arguments: str) -> None:
        """Bring it up and wait until all of it is healthy."""
        self.compose("up", "--detach", "--wait", "--no-build", "--wait-timeout", "150", *arguments, limit=170)

    def down(self) -> None:
        """Take it away with everything that it kept."""
        self.compose("down", "--volumes", "--timeout", "5", "--remove-orphans")

    def ids(self, service: str) -> list[str]:
        """Return the containers of a service that are there."""
        return self.compose("ps", "--quiet", service).split()

    def deploy(self, *arguments: str, patience: int = 120) -> subprocess.CompletedProcess[str]:
        """Run scripts/deploy.sh as an operator does; `patience` in seconds for what has to get healthy."""
        return run(
            self.folder / "scripts/deploy.sh",
            *arguments,
            check=False,
            limit=300,
            env={**bare_environment(), "PATIENCE": str(patience)},
            cwd="/",
        )

    def client(self) -> Client:
        """Return a client that speaks to the proxy as an administrator, whom an operator lets in once."""
        if not self._token:
            self._token = token_in(self.compose("exec", "-T", "web", *NEW_TOKEN))
        return OneShot(self.port, self._token)

    def answers(self, path: str = "/readyz") -> bool:
        """Tell whether the proxy gets an answer of 200 now."""
        try:
            return OneShot(self.port).send("GET", path).status == 200
        except NoAnswer:
            return False


@contextmanager
def running(stack: Stack, *, with_gate: bool = True) -> Iterator[Stack]:
    """Bring a stack up, with a component, a gate and an environment if wanted, and take it away afterwards.

    Where that or what is done with it fails, the stack's last log lines are printed.
    """
    try:
        stack.up()
        if with_gate:
            stack.client().set_up()
        yield stack
    except BaseException:
        print(stack.compose("logs", "--tail", "30", check=False))
        raise
    finally:
        stack.down()
