"""A service with OpenAI's interface for chat completions, as a process: it behaves as its model says.

`python -m tests.support.chat_service FOLDER` listens on loopback, prints its port, and keeps in the folder
what it was asked.
"""

from __future__ import annotations

import json
import subprocess  # nosec B404  # starts this very module
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOSTILE = "<script>alert(1)</script>\x1b[31m<img src=x onerror=alert(2)>\n\nSecond."
GOOD = "Three tests fail.\nFix them first."
_ASKED = "asked.jsonl"


@dataclass(frozen=True, slots=True)
class ChatService:
    """Where it listens, and the file of what it was asked."""

    url: str
    asked: Path

    def requests(self) -> list[dict[str, Any]]:
        """Return every request: its path, headers and body."""
        text = self.asked.read_text("utf-8") if self.asked.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@contextmanager
def chat_service(folder: Path) -> Iterator[ChatService]:
    """Run the service until the block ends."""
    command = [sys.executable, "-m", "tests.support.chat_service", str(folder)]
    with subprocess.Popen(  # nosec B603  # this interpreter, this module
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield ChatService(f"http://127.0.0.1:{port}/v1", folder / _ASKED)
        finally:
            process.terminate()


def completion(text: str) -> bytes:
    """Write a completion as such services do."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode()


class _Handler(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = {"path": self.path, "headers": dict(self.headers), "body": body.decode()}
        with (self.folder / _ASKED).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asked) + "\n")
        model = json.loads(body)["model"]
        if model == "slow":
            self._drip()
        elif model == "redirects":
            self._send(307, b"", Location="https://elsewhere.example/v1/chat/completions")
        elif model.isdecimal():
            self._send(int(model), b'{"error": {"message": "<script>key sk-123 is wrong</script>"}}')
        else:
            self._send(200, _ANSWERS[model])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing."""

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(300):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)


_ANSWERS = {
    "good": completion(GOOD),
    "hostile": completion(HOSTILE),
    "long": completion("word " * 5_000),
    "huge": completion("x" * 2_000_000),
    "empty": completion(" \n "),
    "nothing": b'{"choices": []}',
    "wrong": b'{"choices": [{"text": 3}]}',
    "html": b"<html>Bad Gateway</html>",
    "deep": b"[" * 100_000,
}


def main(folder: Path) -> None:
    """Serve until the process is ended."""
    _Handler.folder = folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
