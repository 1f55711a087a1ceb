"""The worker: one thread that waits for all clients, and threads that handle requests which are whole."""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import gunicorn.util
from gunicorn.workers.gthread import ThreadWorker

from tidegate.gunicorn_worker.connections import Connection, Waits
from tidegate.gunicorn_worker.fair_pool import FairPool
from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.receiving import BodyNeeded, IncomingRequest, Next
from tidegate.gunicorn_worker.sending import UnsentBytes
from tidegate.gunicorn_worker.spool import SpoolFull, SpoolRoom
from tidegate.kernel.http.limits import HEALTH_PATHS
from tidegate.settings import read_settings

LINGER = 0.5
"""Seconds that a worker which stops leaves to idle connections: a request may be on its way."""

_LOOK = 0.1  # seconds between two looks at them
_PIECE = 64 * 1024
_AT_ONCE = 16  # connections accepted before those that are there are looked at
_MOST_DRAINED = 1024 * 1024
_GONE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)
_CROWDED = (errno.EMFILE, errno.ENFILE)


class GunicornWorker(ThreadWorker):
    """Waits for heads, bodies and slow readers in the poller, so that threads have requests to handle alone.

    gunicorn's own worker reads a request in the thread that handles it: a client that stops half-way, or that
    does not close its end, keeps the thread, or the poller itself.
    """

    tpool: FairPool
    limits: ClientLimits
    room: SpoolRoom
    unsent: UnsentBytes

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what this worker cannot do, rather than do something else in silence."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise RuntimeError("TLS is not spoken here: put a proxy in front of Tidegate (docs/deploy.md).")

    def init_process(self) -> None:
        """Read the limits before the first client comes."""
        self.limit(ClientLimits.of(read_settings()))
        # Beside the threads of WEB_THREADS, so that many requests at once do not make a server look dead.
        self.health_pool = FairPool(2, "health")
        self.asking_pool = FairPool(1, "asking")
        super().init_process()

    def get_thread_pool(self) -> FairPool:
        """Return the threads that handle requests; called by gunicorn."""
        return FairPool(self.cfg.threads, "request")

    def limit(self, limits: ClientLimits) -> None:
        """Set what clients may ask for."""
        self.limits, self.room, self.unsent = limits, SpoolRoom(limits), UnsentBytes(limits.unsent)
        self.waiting: dict[Connection, None] = {}
        self._next_look = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Accept connections; each waits for its first request without a thread."""
        for _ in range(_AT_ONCE):
            try:
                client, address = listener.accept()
            except OSError as error:
                if error.errno in _CROWDED and self._drop_slowest():
                    continue
                if error.errno not in (*_GONE, *_CROWDED):
                    raise
                return
            self.nr_conns += 1
            conn = Connection(self.cfg, client, address, listener.getsockname(), self)
            self._wait_for_request(conn)
            if self.nr_conns >= self.worker_connections and not self._drop_slowest():
                return

    def enqueue_req(self, conn: Connection) -> None:
        """Let a thread handle a request that is whole, or ask the application about a large one."""
        work = self._pool_for(conn.incoming).submit(self.handle, conn)
        work.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def _pool_for(self, incoming: IncomingRequest) -> FairPool:
        if incoming.next() is Next.ASK:
            return self.asking_pool
        health = incoming.request is not None and incoming.request.path in HEALTH_PATHS
        return self.health_pool if health else self.tpool

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        """Go on with a connection whose request a thread has handled."""
        try:
            conn.keep = bool(fs.result()) and conn.incoming.whole
        except BodyNeeded:
            conn.incoming.take_back()
            self._tell_to_continue(conn)
            self._wait(conn, Waits.FOR_BODY)
            return
        except Exception as error:  # a thread answers what it can: here the client's connection is past use
            self.log.debug("Request not finished: %s", error)
            self._drop(conn)
            return
        self._guarded(conn, self._send_rest)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events; once the worker is to stop, idle connections are closed soon after."""
        if not self.alive:
            soon = time.monotonic() + LINGER
            for conn in self.waiting:
                if conn.waits is Waits.FOR_REQUEST:
                    conn.deadline = min(conn.deadline, soon)
            timeout = min(timeout, _LOOK)
        super().wait_for_and_dispatch_events(timeout)

    def murder_pending(self) -> None:
        """Let go of every client that has had its time."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK
        for conn in [conn for conn in self.waiting if conn.deadline <= now]:
            if conn.earned_more_time(now):
                continue
            if conn.waits in (Waits.FOR_HEAD, Waits.FOR_BODY):
                self._refuse(conn, 408, "Request Timeout", conn.too_slow())
            else:
                self._drop(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close all connections that wait, at the very end."""
        if force:
            for conn in list(self.waiting):
                self._drop(conn)

    def _wait_for_request(self, conn: Connection) -> None:
        """Wait for the next request, the beginning of which may be there."""
        surplus = conn.begin_request()
        self._wait(conn, Waits.FOR_REQUEST)
        if surplus:
            self._guarded(conn, self._take_in, surplus)

    def _wait(self, conn: Connection, waits: Waits) -> None:
        """Let a connection wait in the poller."""
        event = selectors.EVENT_WRITE if waits is Waits.TO_SEND else selectors.EVENT_READ
        conn.wait(waits)
        self.poller.register(conn.sock, event, lambda _: self._on_event(conn))
        self.waiting[conn] = None

    def _wait_no_more(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        del self.waiting[conn]

    def _on_event(self, conn: Connection) -> None:
        if conn in self.waiting:  # it may have been let go of since the poller saw the event
            self._guarded(conn, self._go_on)

    def _guarded(self, conn: Connection, step: Callable[..., None], *what: Any) -> None:
        """Take one step; a connection that breaks is let go of."""
        try:
            step(conn, *what)
        except SpoolFull:
            detail = "Too many large requests arrive at once (MAX_INCOMING_BYTES). Send it again later."
            self._refuse(conn, 503, "Service Unavailable", detail)
        except OSError as error:
            self.log.debug("Connection lost: %s", error)
            self._drop(conn)

    def _go_on(self, conn: Connection) -> None:
        """Do what a connection waited for."""
        if conn.waits is Waits.TO_SEND:
            conn.sock.flush()
            if not conn.sock.has_unsent():
                self._wait_no_more(conn)
                self._send_rest(conn)
            return
        data = conn.sock.recv(_PIECE)
        if data is None:
            return
        conn.received += len(data)
        if not data or (conn.waits is Waits.FOR_END and conn.received > _MOST_DRAINED):
            self._drop(conn)
        elif conn.waits is not Waits.FOR_END:
            self._take_in(conn, data)

    def _take_in(self, conn: Connection, data: bytes) -> None:
        """Take in a piece of a request, and hand it over where that can be done now."""
        incoming = conn.incoming
        incoming.feed(data)
        if incoming.next() is not Next.RECEIVE:
            self._wait_no_more(conn)
            self.enqueue_req(conn)
        elif conn.waits is not Waits.FOR_BODY:
            if incoming.request is not None:
                self._tell_to_continue(conn)
                conn.wait(Waits.FOR_BODY)
            elif conn.waits is Waits.FOR_REQUEST:
                conn.wait(Waits.FOR_HEAD)

    def _tell_to_continue(self, conn: Connection) -> None:
        if conn.incoming.wants_to_be_told():
            conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send_rest(self, conn: Connection) -> None:
        """Wait until the client has taken the answer; then for its next request, or for its end."""
        if conn.sock.has_unsent():
            self._wait(conn, Waits.TO_SEND)
        elif conn.keep:
            self._wait_for_request(conn)
        else:
            conn.incoming.close()
            # Closed at once, with bytes on their way, the client might lose the answer (RFC 9112, 9.6).
            conn.sock.shutdown(socket.SHUT_WR)
            conn.received = 0
            self._wait(conn, Waits.FOR_END)

    def _refuse(self, conn: Connection, status: int, reason: str, detail: str) -> None:
        """Answer what no thread has to see, and close."""
        if conn in self.waiting:
            self._wait_no_more(conn)
        conn.keep = False
        self._guarded(conn, self._answer, status, reason, detail)

    def _answer(self, conn: Connection, status: int, reason: str, detail: str) -> None:
        gunicorn.util.write_error(conn.sock, status, reason, detail)
        self._send_rest(conn)

    def _drop(self, conn: Connection) -> None:
        """Close a connection at once."""
        if conn in self.waiting:
            self._wait_no_more(conn)
        conn.incoming.close()
        conn.close()
        self.nr_conns -= 1

    def _drop_slowest(self) -> bool:
        """Make room for another client: the one goes that has moved least for its time."""
        now = time.monotonic()
        slowest = min(self.waiting, key=lambda conn: conn.merit(now), default=None)
        if slowest is None:
            return False
        self._drop(slowest)
        return True
