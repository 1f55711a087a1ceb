"""Tests of the worker's own thread: what waits, what it hands to threads, and what it lets go of."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from tidegate.gunicorn_worker import GunicornWorker
from tidegate.gunicorn_worker.connections import Connection, Waits
from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.receiving import BodyNeeded
from tidegate.gunicorn_worker.worker import LINGER

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


class Pool:
    """Takes requests and keeps them, as threads that are all busy do."""

    def __init__(self) -> None:
        self.handed: list[Connection] = []

    def submit(self, _handle: object, conn: Connection) -> Future[bool]:
        self.handed.append(conn)
        return Future()


class Log:
    def debug(self, *_: object) -> None: ...


def not_running() -> Any:
    """Make a worker that has not begun; tests look into it, and put something in the place of threads."""
    return GunicornWorker(0, os.getppid(), [], SimpleNamespace(), 30, Config(), Log())


class Running:
    """A worker that has not begun to run, and a connection to it over loopback."""

    def __init__(self, folder: Path, **limits: Any) -> None:
        self.worker = not_running()
        self.worker.limit(replace(ClientLimits(folder=folder, window=0.2, head_timeout=0.3), **limits))
        self.worker.poller = selectors.DefaultSelector()
        self.worker.nr_conns = 0
        self.worker.tpool, self.worker.health_pool = Pool(), Pool()
        self.worker.asking_pool = Pool()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        """Connect a client."""
        client = socket.create_connection(self.listener.getsockname(), 5)
        self.clients.append(client)
        self.worker.accept(self.listener)
        return client

    def until(self, done: Callable[[], object], patience: float = 5) -> None:
        """Let the worker's thread go round until something is so."""
        end = time.monotonic() + patience
        while not done():
            assert time.monotonic() < end, "it did not happen"
            self.worker.wait_for_and_dispatch_events(0.02)
            self.worker.murder_pending()

    def handled(self, conn: Connection, outcome: bool | BaseException) -> None:
        """Let a thread have come to its end."""
        done: Future[bool] = Future()
        if isinstance(outcome, BaseException):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)
        self.worker.finish_request(conn, done)

    def close(self) -> None:
        """Let go of everything."""
        self.worker.murder_keepalived(force=True)
        for pool in (self.worker.tpool, self.worker.health_pool, self.worker.asking_pool):
            for conn in pool.handed:
                conn.incoming.close()
                conn.close()
        for one in (*self.clients, self.listener, self.worker.poller, self.worker.tmp):
            one.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Makes workers with limits of their own."""
    with ExitStack() as stack:

        def make(**limits: Any) -> Running:
            made = Running(tmp_path, **limits)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def running(run: Callable[..., Running]) -> Running:
    """A worker with short times."""
    return run()


def answer_of(client: socket.socket) -> bytes:
    """Read to the end."""
    return b"".join(iter(lambda: client.recv(65536), b""))


class TestARequest:
    @pytest.mark.parametrize(
        "parts", [[b"GET / HT", b"TP/1.1\r\nHost: a\r\n\r\n"], [POST + b"Content-Length: 4\r\n\r\nti", b"de"]]
    )
    def test_takes_no_thread_before_it_is_whole(self, running: Running, parts: list[bytes]) -> None:
        client = running.connect()
        (conn,) = running.worker.waiting
        client.sendall(parts[0])
        running.until(lambda: conn.waits is not Waits.FOR_REQUEST)
        assert not running.worker.tpool.handed
        client.sendall(parts[1])
        running.until(lambda: running.worker.tpool.handed)
        assert running.worker.tpool.handed == [conn]
        assert not running.worker.waiting

    def test_is_followed_by_the_next_one_of_its_connection(self, running: Running) -> None:
        client = running.connect()
        (conn,) = running.worker.waiting
        client.sendall(GET + GET)
        running.until(lambda: running.worker.tpool.handed)
        conn.keep = True
        next(conn.parser)
        running.handled(conn, True)
        assert running.worker.tpool.handed == [conn, conn]
        running.handled(conn, True)
        assert conn.waits is Waits.FOR_REQUEST
        client.sendall(GET)
        running.until(lambda: len(running.worker.tpool.handed) == 3)

    def test_for_health_has_threads_of_its_own(self, running: Running) -> None:
        running.connect().sendall(GET.replace(b"/ ", b"/healthz "))
        running.until(lambda: running.worker.health_pool.handed)
        assert not running.worker.tpool.handed

    def test_that_is_large_is_asked_about_before_it_is_received(self, running: Running) -> None:
        client = running.connect()
        client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
        running.until(lambda: running.worker.asking_pool.handed)
        (conn,) = running.worker.asking_pool.handed
        running.handled(conn, BodyNeeded())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert conn.waits is Waits.FOR_BODY
        sent = b"x" * 2_000_000
        client.setblocking(False)

        def send_and_look() -> object:
            nonlocal sent
            if sent:
                with suppress(BlockingIOError):
                    sent = sent[client.send(sent) :]
            return running.worker.tpool.handed

        running.until(send_and_look)
        assert next(conn.parser).body.read() == b"x" * 2_000_000

    def test_that_has_no_room_is_refused(self, run: Callable[..., Running]) -> None:
        running = run(memory=0, disk=1000)
        client = running.connect()
        client.sendall(POST + b"Content-Length: 30000\r\n\r\n" + b"x" * 30_000)
        running.until(lambda: any(conn.waits is Waits.FOR_END for conn in running.worker.waiting))
        assert client.recv(30).startswith(b"HTTP/1.1 503")


class TestASlowClient:
    @pytest.mark.parametrize("sent", [b"GET / HT", POST + b"Content-Length: 400000\r\n\r\ntide"])
    def test_is_told_and_let_go_of(self, running: Running, sent: bytes) -> None:
        client = running.connect()
        (conn,) = running.worker.waiting
        client.sendall(sent)
        running.until(lambda: conn.waits is Waits.FOR_END)
        assert answer_of(client).startswith(b"HTTP/1.1 408")
        client.close()
        running.until(lambda: not running.worker.waiting)
        assert running.worker.nr_conns == 0

    def test_that_is_fast_enough_gets_more_time(self, running: Running) -> None:
        client = running.connect()
        (conn,) = running.worker.waiting
        client.sendall(POST + b"Content-Length: 400000\r\n\r\n")
        begun = time.monotonic()

        def send_and_look() -> bool:
            client.sendall(b"x" * 1000)
            return time.monotonic() > begun + 0.7

        running.until(send_and_look)
        assert conn.waits is Waits.FOR_BODY

    def test_that_does_not_read_keeps_no_thread(self, running: Running) -> None:
        client = running.connect()
        client.sendall(GET)
        running.until(lambda: running.worker.tpool.handed)
        (conn,) = running.worker.tpool.handed
        # More than both ends hold, and more than is kept: the rest waits for the client.
        pieces = [b"x" * 500_000] * 20
        conn.sock._limits = replace(conn.limits, window=0.01)
        with pytest.raises(BrokenPipeError):
            for piece in pieces:
                conn.sock.sendall(piece)
        running.handled(conn, False)
        assert conn.waits is Waits.TO_SEND
        running.until(lambda: not running.worker.waiting)
        assert running.worker.nr_conns == 0

    def test_that_reads_late_gets_the_whole_answer(self, running: Running) -> None:
        client = running.connect()
        client.sendall(GET)
        running.until(lambda: running.worker.tpool.handed)
        (conn,) = running.worker.tpool.handed
        conn.sock.sendall(b"x" * 900_000)
        conn.sock._pieces.append(memoryview(b"end"))
        running.handled(conn, False)
        client.setblocking(False)
        taken = bytearray()

        def read_and_look() -> bool:
            with suppress(BlockingIOError):
                taken.extend(client.recv(65536))
            return taken.endswith(b"end")

        running.until(read_and_look)
        assert len(taken) == 900_003

    def test_that_does_not_close_is_closed(self, run: Callable[..., Running]) -> None:
        running = run(linger=0.2)
        client = running.connect()
        client.sendall(GET)
        running.until(lambda: running.worker.tpool.handed)
        running.handled(running.worker.tpool.handed[0], False)
        assert client.recv(1) == b""
        client.sendall(b"more")
        running.until(lambda: not running.worker.waiting)


class TestTooManyClients:
    def test_cost_the_one_that_moves_least(self, running: Running) -> None:
        running.worker.worker_connections = 3
        idle = running.connect()
        (first,) = running.worker.waiting
        busy = running.connect()
        busy.sendall(POST + b"Content-Length: 400000\r\n\r\n")
        running.until(lambda: any(conn.waits is Waits.FOR_BODY for conn in running.worker.waiting))
        for conn in running.worker.waiting:
            conn._since -= 5
        running.connect()
        assert idle.recv(1) == b""
        assert first not in running.worker.waiting
        assert running.worker.nr_conns == 2

    def test_are_no_longer_accepted_where_all_are_in_threads(self, running: Running) -> None:
        running.worker.worker_connections = 1
        assert running.worker._drop_slowest() is False

    def test_a_connection_that_breaks_is_let_go_of(self, running: Running) -> None:
        client = running.connect()
        client.sendall(GET)
        running.until(lambda: running.worker.tpool.handed)
        running.handled(running.worker.tpool.handed[0], RuntimeError("broken"))
        assert client.recv(1) == b""
        assert running.worker.nr_conns == 0

    def test_an_event_of_one_that_is_gone_changes_nothing(self, running: Running) -> None:
        running.connect()
        (conn,) = running.worker.waiting
        running.worker._drop(conn)
        running.worker._on_event(conn)
        assert running.worker.nr_conns == 0


class TestAStop:
    def test_closes_what_is_idle_soon(self, running: Running) -> None:
        client = running.connect()
        for conn in running.worker.waiting:
            conn.deadline += 60
        running.worker.alive = False
        begun = time.monotonic()
        running.until(lambda: not running.worker.waiting)
        assert LINGER <= time.monotonic() - begun < 5
        assert client.recv(1) == b""

    def test_still_handles_what_arrives_meanwhile(self, running: Running) -> None:
        client = running.connect()
        running.worker.alive = False
        running.worker.wait_for_and_dispatch_events(0)
        client.sendall(GET)
        running.until(lambda: running.worker.tpool.handed)
        assert len(running.worker.tpool.handed) == 1

    def test_is_not_begun_for_a_worker_that_serves(self, run: Callable[..., Running]) -> None:
        running = run(head_timeout=60)
        running.connect()
        running.worker.wait_for_and_dispatch_events(0)
        (conn,) = running.worker.waiting
        assert conn.deadline - time.monotonic() > LINGER


def test_tls_is_left_to_a_proxy() -> None:
    config: Any = Config()
    config.set("certfile", "cert.pem")
    with pytest.raises(RuntimeError, match="proxy"):
        GunicornWorker.check_config(config, SimpleNamespace())
