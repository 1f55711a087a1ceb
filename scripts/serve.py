"""A server for scripts: Tidegate under gunicorn, on a free port and with a data folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess  # nosec B404  # starts this repository's own server
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tidegate.domain.signing import SigningKey

TOKEN = "TIDEGATE_TOKEN"  # nosec B105  # the name of a variable
PATIENCE = 60  # seconds until a server that is not ready has failed


class NotServing(Exception):
    """The server ended or did not get ready; the text holds its log."""


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve with these settings beside the defaults of a test server; yields the server's URL.

    Meanwhile TIDEGATE_TOKEN is an administrator's, for this process and for those that it starts.
    """
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
        port = int((settings or {}).get("PORT") or free_port())
        environment = {
            "PORT": str(port),
            "DATA_DIR": folder,
            "AUTO_MIGRATE": "true",
            "RATE_LIMIT_ENABLED": "false",
            "ENABLE_MONITORING": "true",
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "WARNING",
            "SIGNING_KEY": SigningKey.generate().private_pem(),
            **(settings or {}),
        }
        command = ("gunicorn", "-c", "python:tidegate.gunicorn_conf")
        with started(command, Path(folder) / "server.log", environment) as process:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process, Path(folder) / "server.log")
            before = os.environ.get(TOKEN)
            os.environ[TOKEN] = new_token("scripts", "administrator", environment)
            try:
                yield url
            finally:
                del os.environ[TOKEN]
                if before is not None:
                    os.environ[TOKEN] = before


def new_token(name: str, role: str, settings: Mapping[str, str]) -> str:
    """Let the installation that these settings name create an API token; returns its text.

    Raises `NotServing` where it cannot.
    """
    # In this process: another one would take seconds to import what this one has, or has soon.
    from tidegate.app import make_container, with_all_modules
    from tidegate.domain.access import Binding, Role
    from tidegate.domain.errors import TidegateError
    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.modules.identity.tokens import TokenService
    from tidegate.settings import read_settings

    try:
        container = make_container(read_settings({**os.environ, **settings}), watched=False)
        try:
            work = with_all_modules(container).work(COMMAND_LINE)
            try:
                return work.use(TokenService).create(name=name, binding=Binding(Role(role))).text
            finally:
                work.close()
        finally:
            container.database.dispose()
    except TidegateError as error:
        raise NotServing(f"no token could be created: {error}") from error


def bearer() -> dict[str, str]:
    """Return the header that presents the token of TIDEGATE_TOKEN."""
    return {"Authorization": f"Bearer {os.environ[TOKEN]}"}


@contextmanager
def started(
    module: Sequence[str], log: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of Python with its arguments beside this process, from the log's folder, and end it."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # nosec B603  # no shell, our own server
            [sys.executable, "-m", *module],
            cwd=log.parent,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        stop(process)


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(
    url: str,
    process: subprocess.Popen[bytes],
    log: Path,
    patience: float = PATIENCE,
    *,
    path: str = "/readyz",
) -> None:
    """Return once a path answers with 200; raises `NotServing` when the server ends or takes too long."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotServing(f"the server ended with code {process.returncode}:\n{log.read_text()[-2000:]}")
        try:
            if requests.get(f"{url}{path}", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            pass  # it does not listen yet
        time.sleep(0.1)
    raise NotServing(f"the server was not ready within {patience:g} s:\n{log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes], patience: float = 15) -> None:
    """Ask the server to end, and end it when it does not listen."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
