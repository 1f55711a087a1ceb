"""A stand-in of the modular platform: answers /health and /status as it would."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "3.0.1"


def health():
    """Answer whether it works."""
    return {
        "status": "ok",
        "database": "connected",
    }


def status():
    """Answer what runs."""
    return {"service": "platform", "version": VERSION, "modules": ["billing", "reports"]}


class Handler(BaseHTTPRequestHandler):
    """Answers what probes ask."""

    def do_GET(self):
        """Answer a probe."""
        answer = {"/health": health, "/status": status}.get(self.path)
        body = json.dumps(answer() if answer else {"status": "not found"}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Write nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Handler).serve_forever()
