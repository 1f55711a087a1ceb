"""Tests of whose turn it is: addresses take turns, whatever one of them sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.gunicorn_worker.fair_pool import FairPool
from tidegate.gunicorn_worker.receiving import BodyNeeded


class OneThread:
    """A pool of one thread that is busy until it is let go on, and the order in which it serves."""

    def __init__(self) -> None:
        self.pool = FairPool(1, "test")
        self.served: list[str] = []
        self._may_go_on = threading.Event()
        self.pool.submit(lambda _: self._may_go_on.wait(10), connection("busy"))

    def ask(self, name: str, address: Any) -> None:
        """Send a request."""

        def handle(_: object) -> bool:
            self.served.append(name)
            return True

        self.last = self.pool.submit(handle, connection(address))

    def go_on(self) -> list[str]:
        """Let all that wait be served, and tell in which order."""
        self._may_go_on.set()
        self.pool.shutdown()
        return self.served


def connection(address: Any) -> Any:
    """Make what the pool sees of a connection."""
    return SimpleNamespace(client=(address, 1234) if address else "")


@pytest.fixture
def one_thread() -> Iterator[OneThread]:
    """A pool whose thread is busy."""
    made = OneThread()
    yield made
    made.go_on()


class TestFairPool:
    def test_serves_an_address_that_asks_once_before_the_rest_of_one_that_asks_often(
        self, one_thread: OneThread
    ) -> None:
        for number in range(5):
            one_thread.ask(f"many {number}", "10.0.0.1")
        one_thread.ask("one", "10.0.0.2")
        assert one_thread.go_on() == ["many 0", "one", "many 1", "many 2", "many 3", "many 4"]

    def test_serves_one_address_in_the_order_of_its_requests(self, one_thread: OneThread) -> None:
        for number in range(3):
            one_thread.ask(str(number), "10.0.0.1")
        assert one_thread.go_on() == ["0", "1", "2"]

    def test_takes_a_unix_socket_for_one_address(self, one_thread: OneThread) -> None:
        one_thread.ask("first", "")
        one_thread.ask("second", "")
        one_thread.ask("other", "10.0.0.2")
        assert one_thread.go_on() == ["first", "other", "second"]

    def test_tells_what_was_raised_and_goes_on(self) -> None:
        def ask_for_the_body(_: object) -> bool:
            raise BodyNeeded

        pool = FairPool(1, "test")
        asked = pool.submit(ask_for_the_body, connection("10.0.0.1"))
        assert isinstance(asked.exception(5), BodyNeeded)
        assert pool.submit(lambda _: True, connection("10.0.0.1")).result(5) is True
        pool.shutdown()
