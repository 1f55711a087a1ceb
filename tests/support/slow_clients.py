"""Clients that keep a server waiting: many at once, in one thread, bounded in number and time."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from tests.support.access import HEADERS
from tests.support.api import COMMIT

_POST = (
    f"POST /api/v1/components/harbour/revisions/{COMMIT}/evidence?slot=a HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"Authorization: {HEADERS['Authorization']}\r\n"
)
ADDRESS = "127.0.0.2"
"""Where slow clients come from: not the address of those whom they are to keep waiting."""
_GET = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@dataclass(frozen=True, slots=True)
class Slowness:
    """What a slow client sends: at once, then a piece again and again; whether it ever reads."""

    name: str
    begins: bytes
    then: bytes = b""
    reads: bool = True


HALF_A_HEAD = Slowness("half a head", _POST.encode())
HALF_A_BODY = Slowness("half a body", f"{_POST}Content-Length: 1000\r\n\r\n<testsuite>".encode())
A_BYTE_AT_A_TIME = Slowness("a byte at a time", f"{_POST}Content-Length: 99999\r\n\r\n".encode(), b"x")
HALF_A_CHUNK = Slowness(
    "half a chunk", f"{_POST}Transfer-Encoding: chunked\r\n\r\n400\r\n<testsuite>".encode()
)
HALF_A_LARGE_BODY = Slowness(
    "half a large body", f"{_POST}Content-Length: 99000000\r\n\r\n".encode() + b"x" * 20_000
)
NEVER_READS = Slowness("never reads", (_GET.format(path="/openapi.json") + "\r\n").encode() * 2, reads=False)
NEVER_CLOSES = Slowness("never closes", (_GET.format(path="/healthz") + "Connection: close\r\n\r\n").encode())
EVERY_KIND = (
    HALF_A_HEAD,
    HALF_A_BODY,
    A_BYTE_AT_A_TIME,
    HALF_A_CHUNK,
    HALF_A_LARGE_BODY,
    NEVER_READS,
    NEVER_CLOSES,
)


class SlowClients:
    """So many slow clients of one kind, each coming back when the server lets go of it."""

    def __init__(self, port: int, slowness: Slowness, *, count: int, pause: float = 0.5) -> None:
        self._port, self._slowness, self._count, self._pause = port, slowness, count, pause
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._all_came = threading.Event()
        self._came = 0
        self.heard: list[bytes] = []
        """What the server answered before it closed."""

    @property
    def all_came(self) -> bool:
        """Whether each of them got through with what it sends at once."""
        return self._all_came.is_set()

    def __enter__(self) -> SlowClients:
        _allow_files(self._count + 500)
        self._thread.start()
        self._all_came.wait(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        for _ in range(self._count):
            self._loop.create_task(self._come_back())
        self._loop.run_forever()
        self._loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True))
        self._loop.close()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.stop()

    async def _come_back(self) -> None:
        first = True
        while True:
            try:
                await self._be_slow(self._count_first if first else None)
            except OSError:
                await asyncio.sleep(self._pause)
            first = False

    def _count_first(self) -> None:
        self._came += 1
        if self._came == self._count:
            self._all_came.set()

    async def _be_slow(self, begun: Callable[[], None] | None) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        if not self._slowness.reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with connection:
            connection.bind((ADDRESS, 0))
            await self._loop.sock_connect(connection, ("127.0.0.1", self._port))
            await self._loop.sock_sendall(connection, self._slowness.begins)
            if begun is not None:
                begun()
            while self._slowness.then:
                await asyncio.sleep(self._pause)
                await self._loop.sock_sendall(connection, self._slowness.then)
            if not self._slowness.reads:
                await asyncio.sleep(3600)
            await self._listen(connection)

    async def _listen(self, connection: socket.socket) -> None:
        heard = b""
        while piece := await self._loop.sock_recv(connection, 65536):
            heard += piece
            if self._slowness is NEVER_CLOSES:
                await asyncio.sleep(3600)
        self.heard.append(heard)


def _allow_files(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
