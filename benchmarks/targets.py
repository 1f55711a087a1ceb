"""A thousand services on loopback, each at an address of its own, that answer as they are told to."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate.domain.canonical import Json

COMMIT = "3f9c1e7a52d80b64c1a7e95f02d48b6c7e1350fa"
CONTRACT: Json = {
    "checks": [
        {
            "path": "/health",
            "facts": {"scheduler.state": "scheduler.state", "model.available": "model.available"},
        }
    ]
}
DECLARED = {
    "health.state": "pass",
    "http.status": 200,
    "version": "1.4.2",
    "commit": COMMIT,
    "modules.billing": True,
    "modules.reports": True,
    "scheduler.state": "running",
    "model.available": True,
}
"""What a healthy one says, as facts."""

Said: TypeAlias = "dict[str, object]"
Reply: TypeAlias = "tuple[int, str, bytes] | None"
"""Status, media type and body; None for a connection that is closed without a word."""


def healthy() -> Said:
    """Return what a healthy one says, with what differs from one answer to the next."""
    pick = random.Random()  # nosec B311  # noise
    said: Said = {
        "status": pick.choice(("pass", "ok", "UP", "healthy")),
        "version": pick.choice(("1.4.2", "v1.4.2")),
        "commit": COMMIT,
        "modules": {"billing": True, "reports": True},
        "scheduler": {"state": "running", "queue": pick.randrange(1000)},
        "model": {"available": True, "loaded": pick.random()},
        "uptime": pick.randrange(10**6),
        "request": pick.randbytes(8).hex(),
    }
    keys = list(said)
    pick.shuffle(keys)
    return {key: said[key] for key in keys}


def reply_of(said: Said, status: int = 200) -> Reply:
    """Write it as JSON."""
    return status, "application/json; charset=utf-8", json.dumps(said).encode()


DRIFTS: Sequence[tuple[str, Callable[[], Reply]]] = (
    ("an older version", lambda: reply_of({**healthy(), "version": "1.4.1"})),
    ("a newer version", lambda: reply_of({**healthy(), "version": "1.5.0"})),
    ("another commit", lambda: reply_of({**healthy(), "commit": COMMIT[::-1]})),
    ("a module that is off", lambda: reply_of({**healthy(), "modules": {"billing": True, "reports": False}})),
    ("a scheduler that stopped", lambda: reply_of({**healthy(), "scheduler": {"state": "stopped"}})),
    ("a model that is away", lambda: reply_of({**healthy(), "model": {"available": False}})),
    ("a failure, said so", lambda: reply_of({**healthy(), "status": "fail"}, 503)),
    ("a degraded one", lambda: reply_of({**healthy(), "status": "degraded"})),
    ("a web page instead", lambda: (200, "text/html", b"<h1>Welcome to nginx!</h1>")),
    ("no answer at all", lambda: None),
)
"""The ten kinds of drift: their names, and what is answered."""


@dataclass(slots=True)
class Targets:
    """Services by their numbers; `drifts` says which of them drifted, and how (by number in `DRIFTS`)."""

    count: int
    slowest: float
    port: int = 0
    drifts: dict[int, int] = field(default_factory=dict)
    asked: int = 0

    def url(self, number: int) -> str:
        """Return where one answers."""
        return f"http://127.1.{number // 250}.{number % 250 + 1}:{self.port}"

    def reply(self, number: int) -> Reply:
        """Return what one answers now."""
        drift = self.drifts.get(number)
        return DRIFTS[drift][1]() if drift is not None else reply_of(healthy())

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, after as long as it takes, and close."""
        try:
            address = writer.get_extra_info("sockname")[0]
            if not address.startswith("127."):
                return  # loopback alone is answered
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            third, last = map(int, address.split(".")[2:])
            if self.slowest:
                await asyncio.sleep(random.random() * self.slowest)  # nosec B311  # noise
            reply = self.reply(third * 250 + last - 1)
            if reply is not None:
                status, kind, body = reply
                head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a worker was killed in the middle of it
        finally:
            writer.close()


@contextmanager
def running(count: int, *, slowest: float = 0.0) -> Iterator[Targets]:
    """Run so many services in a thread until the block ends; each answers within `slowest` seconds."""
    targets = Targets(count, slowest)
    loop = asyncio.new_event_loop()
    # All of 127.0.0.0/8 is reached by the unspecified address alone; who comes by another is not answered.
    serving = asyncio.start_server(targets.answer, "0.0.0.0", 0, backlog=2048)  # nosec B104  # see `answer`
    server = loop.run_until_complete(serving)
    targets.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield targets
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
