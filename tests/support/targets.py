"""Services on loopback that are probed: each answers what the test says at the moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Service:
    """What it answers at which path; elsewhere 404. A body is a JSON document, or the text itself."""

    url: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def says(self, body: Any, *, path: str = "/health", status: int = 200) -> None:
        """Answer this from now on."""
        self.answers[path] = (status, body)


@contextmanager
def running_service(body: Any = None, *, path: str = "/health") -> Iterator[Service]:
    """Run a service until the block ends."""
    service = Service()
    service.says({"status": "pass", "version": "1.0.0"} if body is None else body, path=path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            service.asked.append(self.path)
            status, said = service.answers.get(self.path, (404, "not here"))
            text = said if isinstance(said, str) else json.dumps(said)
            self.send_response(status)
            kind = "text/plain" if isinstance(said, str) else "application/json"
            for name, value in {"Content-Type": kind, **service.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
