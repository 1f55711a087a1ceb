"""A connection of a worker: what it waits for, how long it may, and the request that arrives on it."""

from __future__ import annotations

import enum
import socket
import time
from typing import Any, Protocol

from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn

from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.receiving import IncomingRequest
from tidegate.gunicorn_worker.sending import ClientSocket, UnsentBytes
from tidegate.gunicorn_worker.spool import SpoolRoom


class Waits(enum.Enum):
    """What a connection in the poller waits for."""

    FOR_REQUEST = "the first byte of a request"
    FOR_HEAD = "the rest of a head"
    FOR_BODY = "the rest of a body"
    TO_SEND = "a client that takes its answer"
    FOR_END = "a client that closes its end"


class Bounds(Protocol):
    """What all connections of a worker share."""

    limits: ClientLimits
    room: SpoolRoom
    unsent: UnsentBytes


class Connection(TConn):
    """A client's connection."""

    def __init__(self, cfg: Any, client: socket.socket, address: Any, server: Any, bounds: Bounds) -> None:
        super().__init__(cfg, client, address, server)
        self.limits, self._room = bounds.limits, bounds.room
        self.sock: ClientSocket = ClientSocket(client, bounds.limits, bounds.unsent)
        self.parser = self
        self.initialized = self.data_ready = True
        self._number = 0
        self.keep = False
        self.received = 0
        self.waits = Waits.FOR_REQUEST
        self.deadline = 0.0
        self._moved = 0
        self._since = time.monotonic()
        self.incoming = self._next_request()

    def begin_request(self) -> bytes:
        """Be ready for the next request; returns what has arrived of it."""
        surplus = self.incoming.surplus
        self.incoming.close()
        self.incoming = self._next_request()
        return surplus

    def wait(self, waits: Waits) -> None:
        """Begin to wait for something."""
        self.waits = waits
        self._since, self._moved = time.monotonic(), self._moves()
        limits = self.limits
        self.deadline = (
            self._since
            + {
                Waits.FOR_REQUEST: limits.keep_alive if self._number > 1 else limits.head_timeout,
                Waits.FOR_HEAD: limits.head_timeout,
                Waits.FOR_BODY: limits.window,
                Waits.TO_SEND: limits.window,
                Waits.FOR_END: limits.linger,
            }[waits]
        )

    def earned_more_time(self, now: float) -> bool:
        """Tell whether a body moved fast enough to get another window."""
        if self.waits not in (Waits.FOR_BODY, Waits.TO_SEND):
            return False
        moved = self._moves() - self._moved
        if moved < self.limits.least_rate * self.limits.window:
            return False
        self._since, self._moved, self.deadline = now, self._moves(), now + self.limits.window
        return True

    def too_slow(self) -> str:
        """Say why it is let go of."""
        if self.waits is Waits.FOR_HEAD:
            return f"The head of the request took more than {self.limits.head_timeout:g} seconds."
        return (
            f"Less than {self.limits.least_rate} bytes a second of the body arrived for "
            f"{self.limits.window:g} seconds (WEB_LEAST_RATE). Send it again over a faster connection."
        )

    def merit(self, now: float) -> tuple[int, float]:
        """Return how much is lost by closing it: idle ones go first, then those that move least."""
        elapsed = now - self._since
        if elapsed < 1.0:
            return 2, elapsed  # it cannot have shown much
        if self.waits in (Waits.FOR_REQUEST, Waits.FOR_END):
            return 0, -elapsed
        return 1, (self._moves() - self._moved) / elapsed

    def __next__(self) -> Request:
        """Return the request, as gunicorn asks its parser for it."""
        return self.incoming.hand_over()

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Tell, as gunicorn asks its parser, whether the next request can be read: its own is kept apart."""
        return self.incoming.whole

    def _next_request(self) -> IncomingRequest:
        self._number += 1
        return IncomingRequest(self.cfg, self.client, self._number, self.limits, self._room)

    def _moves(self) -> int:
        return self.sock.taken if self.waits is Waits.TO_SEND else self.received
