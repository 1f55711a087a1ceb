"""A web server on loopback that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """One answer; a `document` is sent as JSON, `None` as status closes the connection without one."""

    document: Any = None
    status: int | None = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(slots=True)
class ScriptedServer:
    """Where it listens, and what it was asked so far."""

    url: str
    asked: list[ReceivedRequest] = field(default_factory=list)


@contextmanager
def scripted_server(answer: Callable[[ReceivedRequest], ScriptedReply]) -> Iterator[ScriptedServer]:
    """Run a server that answers by `answer` until the block ends."""
    asked: list[ReceivedRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            one = ReceivedRequest(
                self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body
            )
            asked.append(one)
            reply = answer(one)
            if reply.status is None:
                self.close_connection = True
                return
            data = reply.body if reply.body is not None else json.dumps(reply.document).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing: tests read standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ScriptedServer(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
