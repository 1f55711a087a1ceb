"""Sends requests as fast as they are answered, or at a steady pace, over connections that stay open or not.

A process of its own, so that it takes no time from the server's interpreter; plain sockets and requests made
in advance, so that it is never what limits the rate. Reads a plan as JSON and writes what it saw as JSON.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess  # nosec B404  # starts this very module
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

NUMBER = b"{number}"
"""Stands in the path and the body for 40 hexadecimal digits that are different in each request."""

TOKENS: dict[int, str] = {}
"""The token that is sent to the server on each port."""

_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `count` requests in all, over so many connections.

    With `pause` (seconds) each connection waits that long between its requests. `seed` makes the numbers of
    this plan others than those of any other plan. `body` names a file. With `fresh` each request has a
    connection of its own, as the steps of pipelines do: then every worker of the server gets its share.
    Connections that stay open belong to the worker that took them, which may be one and the same for all.
    """

    port: int
    method: str
    path: str
    count: int
    connections: int
    seed: str = ""
    body: str = ""
    media_type: str = "application/json"
    pause: float = 0.0
    fresh: bool = False
    token: str = ""
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of it: seconds from the first request to the last answer, each one's seconds, and faults."""

    seconds: float
    latencies: list[float]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Return the requests a second; raises `RuntimeError` where not every answer was a success."""
        self.check()
        return len(self.latencies) / self.seconds

    def check(self) -> None:
        """Raise `RuntimeError` where not every answer was a success: a fast refusal is no speed."""
        if not self.latencies or any(not status.startswith("2") for status in self.statuses):
            raise RuntimeError(f"not every request was answered with success: {self.statuses}")

    def percentile(self, share: float) -> float:
        """Return the latency, in seconds, that this share of the requests stayed within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Load:
    """A running client; `finish` waits for its end."""

    def __init__(self, plan: Plan) -> None:
        self._process = subprocess.Popen(  # nosec B603  # this interpreter, this module
            [sys.executable, "-m", "benchmarks.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        token = "" if plan.cookie else TOKENS.get(plan.port, "")
        self._plan = json.dumps(asdict(replace(plan, token=token))) + "\n"

    def start(self) -> None:
        """Begin; `stop` ends it before the plan is through."""
        self._pipe().write(self._plan)
        self._pipe().flush()
        # The first answers are behind it when what they are to be disturbed by begins.
        time.sleep(0.7)

    def stop(self) -> LoadResult:
        """End after the requests under way and return what was seen."""
        return self._result("stop\n")

    def finish(self) -> LoadResult:
        """Run the plan to its end and return what was seen."""
        self._pipe().write(self._plan)
        self._pipe().flush()
        out = self._process.stdout
        text = out.read() if out is not None else ""
        return self._result("", text)

    def _pipe(self) -> IO[str]:
        assert self._process.stdin is not None  # nosec B101  # asked for above
        return self._process.stdin

    def _result(self, word: str, text: str = "") -> LoadResult:
        rest, _ = self._process.communicate(word, timeout=10 * _TIMEOUT)
        out = text + rest
        if self._process.returncode:
            raise RuntimeError("the client of the benchmark failed")
        return LoadResult(**json.loads(out))


def run(plan: Plan) -> LoadResult:
    """Run a plan in a process of its own."""
    return Load(plan).finish()


class _Connection(threading.Thread):
    """One connection that sends its share of the requests, each after the answer to the one before."""

    def __init__(
        self, requests: list[bytes], plan: Plan, start: threading.Barrier, stop: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._requests = requests
        self._plan = plan
        self._start_line = start
        self._ended = stop
        self._socket = None if plan.fresh else self._connect()
        self.latencies: list[float] = []
        self.statuses: list[str] = []

    def run(self) -> None:
        self._start_line.wait(_TIMEOUT)
        for request in self._requests:
            if self._ended.is_set():
                break
            began = time.perf_counter()
            connection = self._socket or self._connect()
            connection.sendall(request)
            status = _answer(connection)
            if self._plan.fresh:
                connection.close()
            self.latencies.append(time.perf_counter() - began)
            self.statuses.append(status)
            if self._plan.pause:
                time.sleep(self._plan.pause)
        if self._socket is not None:
            self._socket.close()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._plan.port), _TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _answer(connection: socket.socket) -> str:
    """Read one answer to its end and return its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return head[9:12].decode()


def _requests(plan: Plan) -> list[bytes]:
    body = Path(plan.body).read_bytes() if plan.body else b""
    made = []
    for index in range(plan.count):
        number = hashlib.sha256(f"{plan.seed}/{index}".encode()).hexdigest()[:40].encode()
        content = body.replace(NUMBER, number)
        head = (
            f"{plan.method} {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n"
            f"Content-Type: {plan.media_type}\r\nContent-Length: {len(content)}\r\n"
            f"{_caller(plan)}\r\n"
            f"{'Connection: close' if plan.fresh else 'Connection: keep-alive'}\r\n\r\n"
        )
        made.append(head.encode().replace(NUMBER, number) + content)
    return made


def _caller(plan: Plan) -> str:
    """Return the header that says who asks: a browser with its session, a machine with its token."""
    if plan.cookie:
        return f"Cookie: {plan.cookie}\r\nAccept: text/html"
    return f"Authorization: Bearer {plan.token}" if plan.token else "Accept: */*"


def _listen(stop: threading.Event) -> None:
    if sys.stdin.readline():
        stop.set()


def main() -> None:
    """Run the plan on standard input."""
    plan = Plan(**json.loads(sys.stdin.readline()))
    requests = _requests(plan)
    start = threading.Barrier(plan.connections + 1)
    stop = threading.Event()
    connections = [
        _Connection(requests[first :: plan.connections], plan, start, stop)
        for first in range(plan.connections)
    ]
    for connection in connections:
        connection.start()
    start.wait(_TIMEOUT)
    began = time.perf_counter()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    for connection in connections:
        connection.join()
    seconds = time.perf_counter() - began
    statuses: dict[str, int] = {}
    for status in (status for connection in connections for status in connection.statuses):
        statuses[status] = statuses.get(status, 0) + 1
    lost = plan.count - sum(statuses.values())
    if lost and not stop.is_set():
        statuses["lost"] = lost
    latencies = [latency for connection in connections for latency in connection.latencies]
    json.dump(asdict(LoadResult(seconds, latencies, statuses)), sys.stdout)


if __name__ == "__main__":
    main()
