"""Starts the servers that are measured: the same gunicorn settings, each on a database of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess  # nosec B404  # starts this very interpreter
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from benchmarks import load
from benchmarks.bare import Base, make_engine
from scripts.serve import new_token

WORKERS = 2
THREADS = 4
"""As shipped: the defaults of WEB_CONCURRENCY and WEB_THREADS."""

_LOOPBACK = "postgresql://postgres@127.0.0.1:5432/postgres"
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers on loopback, and where it keeps its data."""

    port: int
    folder: Path
    database_url: str
    pid: int
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return the header by which the token is presented; none where there is no token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Send one JSON request and return the answer; raises `HTTPError` where it is refused."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        url = f"http://127.0.0.1:{self.port}{path}"
        asked = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # nosec B310  # loopback
            document: dict[str, object] = json.loads(answer.read())
            return document


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
        yield Path(folder)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Make an empty database, `sqlite` or `postgresql`, and give its URL; it is dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/database.sqlite3"
        return
    server = make_url(os.environ.get("TEST_DATABASE_URL", _LOOPBACK))
    name = f"tidegate_bench_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    _statement(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        _statement(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _statement(server: URL, statement: sql.Composed) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


@contextmanager
def tidegate(kind: str, **more: str) -> Iterator[Server]:
    """Run Tidegate as it is shipped, without its rate limit, on an empty database that is migrated."""
    with _started(kind, (), {"AUTO_MIGRATE": "true", **more}, "/readyz") as server:
        settings = {"DATA_DIR": str(server.folder), "DATABASE_URL": server.database_url}
        token = new_token("benchmark", "administrator", settings)
        load.TOKENS[server.port] = token
        yield replace(server, token=token)


@contextmanager
def tidegate_without_a_door(kind: str) -> Iterator[Server]:
    """Run Tidegate where nobody is asked who they are, to see what asking costs."""
    app = ("benchmarks.open_door:create_app()",)
    with _started(kind, app, {"AUTO_MIGRATE": "true"}, "/readyz") as server:
        yield server


@contextmanager
def bare(kind: str) -> Iterator[Server]:
    """Run the bare service under the very same gunicorn configuration."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        url = stack.enter_context(database(kind, folder))
        engine = make_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield stack.enter_context(_gunicorn(("benchmarks.bare:create_app()",), url, folder, {}, "/notes/-"))


@contextmanager
def _started(kind: str, arguments: tuple[str, ...], more: Mapping[str, str], ready: str) -> Iterator[Server]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        url = stack.enter_context(database(kind, folder))
        yield stack.enter_context(_gunicorn(arguments, url, folder, more, ready))


@contextmanager
def _gunicorn(
    arguments: tuple[str, ...], url: str, folder: Path, more: Mapping[str, str], ready: str
) -> Iterator[Server]:
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
        "FLASK_ENV": "production",
        "SECRET_KEY": uuid.uuid4().hex + "-" + uuid.uuid4().hex,
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "RATE_LIMIT_ENABLED": "false",
        "WEB_CONCURRENCY": str(WORKERS),
        "WEB_THREADS": str(THREADS),
        **more,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:tidegate.gunicorn_conf", *arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # nosec B603  # this interpreter, fixed arguments
            command, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, port, ready, folder / "log")
            yield Server(port, folder, url, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Wait until the server answers at all: any status will do."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.settimeout(5)
                connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
                if connection.recv(12):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
