"""gunicorn's threaded worker, made to end at once where nothing is under way."""

from __future__ import annotations

import selectors
import time
from functools import partial

from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT, TConn, ThreadWorker

LINGER = 0.5
"""Seconds that a worker which stops leaves to idle connections: a request may be on its way."""

_LOOK = 0.1  # seconds between two looks at them


class GunicornWorker(ThreadWorker):
    """Keeps what is idle out of the threads, so that a stop waits for requests alone.

    gunicorn's own worker waits in a thread for the first byte of a connection (browsers open some that they
    never use), and for idle ones as long as they may be kept alive.
    """

    def enqueue_req(self, conn: TConn) -> None:
        """Let a thread handle a request; a connection without a first byte waits in the poller for it."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + DEFAULT_WORKER_DATA_TIMEOUT + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events; once the worker is to stop, idle connections are closed soon after."""
        if not self.alive:
            soon = time.monotonic() + LINGER
            for conn in (*self.pending_conns, *self.keepalived_conns):
                conn.timeout = min(conn.timeout, soon)
            timeout = min(timeout, _LOOK)
        super().wait_for_and_dispatch_events(timeout)
