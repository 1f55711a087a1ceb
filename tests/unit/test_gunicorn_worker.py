"""Tests of the worker that keeps idle connections out of its threads and of its stop."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from tidegate.gunicorn_worker import LINGER, GunicornWorker


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker of gunicorn that has not begun to run; it hands requests to a list in the place of threads."""
    made: Any = GunicornWorker(0, os.getppid(), [], SimpleNamespace(), 30, Config(), SimpleNamespace())
    made.poller = selectors.DefaultSelector()
    made.handed = []

    def submit(_handle: object, conn: object) -> SimpleNamespace:
        made.handed.append(conn)
        return SimpleNamespace(add_done_callback=lambda _: None)

    made.tpool = SimpleNamespace(submit=submit)
    yield made
    made.poller.close()
    made.tmp.close()


@pytest.fixture
def connected(worker: Any) -> Iterator[tuple[Any, socket.socket]]:
    """A connection to the worker, and the client's end of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        conn = TConn(worker.cfg, ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        worker.nr_conns = 1
        worker.enqueue_req(conn)
        yield conn, theirs


class TestANewConnection:
    def test_takes_no_thread_before_its_first_byte(self, worker: Any, connected: Any) -> None:
        conn, client = connected
        worker.wait_for_and_dispatch_events(0)
        assert not worker.handed

        client.sendall(b"GET")
        worker.wait_for_and_dispatch_events(1)

        assert worker.handed == [conn]
        assert not worker.pending_conns


class TestAStop:
    def test_closes_what_is_idle_soon(self, worker: Any, connected: Any) -> None:
        _, client = connected
        worker.alive = False
        begun = time.monotonic()

        while worker.pending_conns and time.monotonic() < begun + 10:
            worker.wait_for_and_dispatch_events(10)
            worker.murder_pending()

        assert LINGER <= time.monotonic() - begun < 5
        assert client.recv(1) == b""

    def test_still_handles_what_arrives_meanwhile(self, worker: Any, connected: Any) -> None:
        conn, client = connected
        worker.alive = False
        worker.wait_for_and_dispatch_events(0)

        client.sendall(b"GET")
        worker.wait_for_and_dispatch_events(1)

        assert worker.handed == [conn]

    def test_is_not_begun_for_a_worker_that_serves(self, worker: Any, connected: Any) -> None:
        conn, _ = connected
        worker.wait_for_and_dispatch_events(0)

        assert conn.timeout - time.monotonic() > LINGER
