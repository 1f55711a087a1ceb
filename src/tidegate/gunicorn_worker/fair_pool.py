"""Threads that serve the addresses that wait in turns: many requests of one keep no other waiting."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tidegate.gunicorn_worker.connections import Connection

Handle = Callable[[Connection], bool]


@dataclass(frozen=True, slots=True)
class _QueuedRequest:
    conn: Connection
    handle: Handle
    done: Future[bool]


class FairPool:
    """A pool of threads; one that is free takes the oldest request of the address served longest ago.

    Among requests of one address the order is that of their arrival. Behind a proxy all have its address.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, deque[_QueuedRequest]] = OrderedDict()

    def submit(self, handle: Handle, conn: Connection) -> Future[bool]:
        """Let a thread handle a request when its turn comes; the future has what `handle` gives."""
        request = _QueuedRequest(conn, handle, Future())
        with self._lock:
            self._turns.setdefault(_address_of(conn), deque()).append(request)
        self._threads.submit(self._serve_next)
        return request.done

    def shutdown(self, wait: bool = True) -> None:
        """Take no more requests; those that wait are handled."""
        self._threads.shutdown(wait=wait)

    def _serve_next(self) -> None:
        request = self._next()
        try:
            request.done.set_result(request.handle(request.conn))
        except BaseException as error:  # whatever it is, the worker hears of it
            request.done.set_exception(error)

    def _next(self) -> _QueuedRequest:
        with self._lock:
            address, requests = self._turns.popitem(last=False)
            request = requests.popleft()
            if requests:
                self._turns[address] = requests
        return request


def _address_of(conn: Connection) -> str:
    """Return who a request is counted for; all connections of a Unix socket are one."""
    return str(conn.client[0]) if isinstance(conn.client, tuple) else ""
