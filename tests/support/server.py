"""The real server for tests: gunicorn in a process group that can be killed, and plain clients."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sqlalchemy import URL
from urllib3 import encode_multipart_formdata

from scripts.serve import free_port, wait_until_ready
from tests.support import secret_scan
from tests.support.access import HEADERS, let_in_at
from tests.support.api import GATE

if TYPE_CHECKING:
    from _typeshed import SupportsRead

_OCTETS = {"Content-Type": "application/octet-stream"}


class NoAnswer(Exception):
    """The request got no whole answer, so nobody may count on it; `refused` where it never got in."""

    def __init__(self, error: Exception, *, begun: bool) -> None:
        self.refused = isinstance(error, ConnectionRefusedError)
        self.begun = begun
        super().__init__(f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The answer read as JSON."""
        return json.loads(self.content)


class Client:
    """Speaks to the server over one connection that is kept; for one thread."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(
        self, method: str, path: str, body: bytes | SupportsRead[bytes] | None = None, **headers: str
    ) -> Answer:
        """Send one request; raises `NoAnswer`."""
        begun = False
        try:
            self._connection.request(method, path, body, {**HEADERS, **headers})
            response = self._connection.getresponse()
            begun = True
            return Answer(response.status, dict(response.headers), response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(error, begun=begun) from error

    def json(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a document to the API, or ask for one."""
        if body is None:
            return self.send(method, f"/api/v1{path}")
        return self.send(
            method, f"/api/v1{path}", json.dumps(body).encode(), **{"Content-Type": "application/json"}
        )

    def submit(self, report: bytes, *, commit: str, slot: str, component: str = "harbour") -> Answer:
        """Submit a report."""
        return self.send("POST", _evidence(component, commit, slot), report, **_OCTETS)

    def submit_all(self, reports: Mapping[str, bytes], *, commit: str, component: str = "harbour") -> Answer:
        """Submit several reports at once, by their slots."""
        body, media_type = encode_multipart_formdata([("report", one) for one in reports.items()])
        path = f"/api/v1/components/{component}/revisions/{commit}/submissions"
        return self.send("POST", path, body, **{"Content-Type": media_type})

    def submit_from(self, stream: SupportsRead[bytes], *, size: int, commit: str, slot: str) -> Answer:
        """Submit a report of `size` bytes as it is read from a stream."""
        length = {"Content-Length": str(size)}
        return self.send("POST", _evidence("harbour", commit, slot), stream, **_OCTETS, **length)

    def set_up(self, gate: Mapping[str, Any] = GATE) -> None:
        """Register a component, a gate, and the environment that the gate guards."""
        guarded = {"rank": 3, "gate": gate["name"]}
        for path, document in (
            ("/components/harbour", {"title": "Harbour", "owner": "port"}),
            (f"/gates/{quote(str(gate['name']))}", gate),
            ("/environments/production", guarded),
        ):
            answer = self.json("PUT", path, document)
            assert answer.status == 201, answer.content

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def _evidence(component: str, commit: str, slot: str) -> str:
    return f"/api/v1/components/{component}/revisions/{commit}/evidence?{urlencode({'slot': slot})}"


class RealServer:
    """Tidegate under gunicorn with the package's own configuration: a master and worker processes."""

    def __init__(self, database: URL, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database = database
        self.port = free_port()
        self.folder = folder
        self.log = folder.parent / f"{folder.name}-server.log"
        self._process: subprocess.Popen[bytes] | None = None
        plain = database.set(drivername=database.get_backend_name())
        self.environment = {
            **os.environ,
            "PORT": str(self.port),
            "DATA_DIR": str(folder),
            "DATABASE_URL": plain.render_as_string(hide_password=False),
            "RATE_LIMIT_ENABLED": "false",
            "WEB_CONCURRENCY": "2",
            "WEB_THREADS": "4",
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "json",
            **settings,
        }

    def __enter__(self) -> RealServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The master process."""
        assert self._process is not None, "the server was not started"
        return self._process

    def start(self) -> None:
        """Start, in a process group of its own, and wait until it is ready."""
        command = [sys.executable, "-m", "gunicorn", "-c", "python:tidegate.gunicorn_conf"]
        secret_scan.remember_settings(self.environment)
        secret_scan.watch(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until_ready(f"http://127.0.0.1:{self.port}", self._process, self.log)
            let_in_at(self.environment["DATABASE_URL"])
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill master and workers at once; nothing of theirs gets to run any more."""
        secret_scan.watch(self.log)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self._process = None

    def kill_a_worker(self) -> None:
        """Kill one worker process; its master is to start another one."""
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(tasks[0]), signal.SIGKILL)

    def stop(self, patience: float = 40) -> int:
        """Ask it to end, as an operator does, and return its exit code."""
        secret_scan.watch(self.log)
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(patience)
        self._process = None
        return code

    def client(self) -> Client:
        """Return a new client of this server."""
        return Client(self.port)

    def complaints(self) -> list[str]:
        """Return what the server logged as an error."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if '"level":"error"' in line.replace(": ", ":") or "Traceback" in line]
