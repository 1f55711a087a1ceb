"""A server on loopback whose answers a test decides, path by path."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listening:
    """Answers each path with the status and body that `answers` holds at that moment, others with 404."""

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        self.answers = answers
        known = answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = known.get(self.path, (404, ""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
