"""What a worker sends to a client: as much as the client takes; the rest waits without a thread."""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from collections import deque

from tidegate.gunicorn_worker.limits import ClientLimits

_PER_CLIENT = 1024 * 1024
_MOST_PIECES = 64


class UnsentBytes:
    """How many bytes wait for clients that do not take them, over all connections of a worker."""

    def __init__(self, most: int) -> None:
        self._most, self._waiting = most, 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes that wait, or that wait no longer."""
        with self._lock:
            self._waiting += count

    def is_full(self) -> bool:
        """Tell whether no more may wait."""
        return self._waiting > self._most


class ClientSocket:
    """A connection whose `sendall` does not wait for a slow client, as long as there is room.

    Stands where gunicorn expects a socket. One thread at a time uses it: the one that handles the request,
    then the worker's own, which sends what was left.
    """

    def __init__(self, connection: socket.socket, limits: ClientLimits, unsent: UnsentBytes) -> None:
        connection.setblocking(False)
        self._socket, self._limits, self._unsent = connection, limits, unsent
        self._pieces: deque[memoryview] = deque()
        self._waiting = 0
        self.taken = 0
        """How many bytes the client took so far."""

    def has_unsent(self) -> bool:
        """Tell whether something is still to be sent."""
        return bool(self._pieces)

    def sendall(self, data: bytes) -> None:
        """Send now what the client takes, and keep the rest; wait where too much is kept.

        Raises `BrokenPipeError` for a client that takes less than the least rate.
        """
        if not data:
            return
        self._pieces.append(memoryview(data))
        self._count(len(data))
        self.flush()
        while self._pieces and self._crowded():
            self._wait()

    send = sendall

    def flush(self) -> None:
        """Send what the client takes now."""
        while self._pieces:
            piece = self._pieces[0]
            try:
                sent = self._socket.send(piece)
            except (BlockingIOError, InterruptedError):
                return
            self._count(-sent)
            self.taken += sent
            if sent < len(piece):
                self._pieces[0] = piece[sent:]
                return
            self._pieces.popleft()

    def recv(self, size: int) -> bytes | None:
        """Return what has arrived; None where nothing has."""
        try:
            return self._socket.recv(size)
        except (BlockingIOError, InterruptedError):
            return None

    def fileno(self) -> int:
        """Return its descriptor, for a selector."""
        return self._socket.fileno()

    def setblocking(self, _blocking: bool) -> None:
        """Change nothing: it never blocks."""

    def gettimeout(self) -> float:
        """Say that it never blocks."""
        return 0.0

    def shutdown(self, how: int) -> None:
        """End one direction."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """Let go of the connection and of what was still to be sent."""
        self._pieces.clear()
        self._count(-self._waiting)
        self._socket.close()

    def _crowded(self) -> bool:
        return (
            self._waiting > _PER_CLIENT
            or len(self._pieces) > _MOST_PIECES
            or (self._unsent.is_full() and self._waiting > 0)
        )

    def _wait(self) -> None:
        taken, until = self.taken, time.monotonic() + self._limits.window
        while self._crowded():
            left = until - time.monotonic()
            if left <= 0:
                if self.taken - taken < self._limits.least_rate * self._limits.window:
                    raise BrokenPipeError(errno.EPIPE, "the client takes the answer too slowly")
                return
            poller = select.poll()
            poller.register(self._socket, select.POLLOUT)
            poller.poll(left * 1000)
            self.flush()

    def _count(self, more: int) -> None:
        self._waiting += more
        self._unsent.add(more)
