"""A server on loopback that sends the bytes that a test hands it, encrypted or not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class RawServer:
    """Where it listens, and every head of a request that came."""

    port: int
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def raw_server(
    answer: Callable[[socket.socket, str], None], *, tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Run a server that answers each connection by `answer(connection, head)` until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    server = RawServer(listener.getsockname()[1])

    def serve(connection: socket.socket) -> None:
        # Whatever the other side does to the connection is its business: the test looks at what it says.
        with suppress(OSError):
            connection.settimeout(10)
            speaking = tls.wrap_socket(connection, server_side=True) if tls else connection
            with speaking:
                head = _head(speaking)
                server.asked.append(head)
                answer(speaking, head)

    def accept() -> None:
        while not server.ended.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                one = threading.Thread(target=serve, args=(connection,), daemon=True)
                one.start()
                threads.append(one)

    threads: list[threading.Thread] = []
    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        server.ended.set()
        accepting.join()
        listener.close()
        for one in threads:
            one.join(10)


def reply(status: str, *headers: str, body: bytes = b"") -> bytes:
    """Write an answer; its length is said where no header says one."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + body


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received and (more := connection.recv(65536)):
        received += more
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")
