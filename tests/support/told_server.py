"""Servers for tests that are processes of their own, and that a test tells what to do over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def told_server(module: str) -> Iterator[str]:
    """Run a module that calls `serve_told` until the block ends; yields its URL."""
    command = (sys.executable, "-m", module)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, f"{module} did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def tell(url: str, document: dict[str, Any]) -> dict[str, Any]:
    """Send a document to an address of a server's `/control`, and return its answer."""
    request = urllib.request.Request(url, json.dumps(document).encode())
    with urllib.request.urlopen(request, timeout=20) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


class QuietHandler(BaseHTTPRequestHandler):
    """Answers without a word on standard error."""

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


def serve_told(handler: type[BaseHTTPRequestHandler], know_url: Callable[[str], None]) -> None:
    """Serve on a free port, which is printed, until the process is ended; its URL is told before."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    know_url(f"http://127.0.0.1:{server.server_port}")
    print(server.server_port, flush=True)
    server.serve_forever(0.05)
