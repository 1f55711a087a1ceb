"""Threads that a worker runs beside its jobs."""

from __future__ import annotations

import threading

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.kernel.jobs import background
from tidegate.kernel.jobs.background import BackgroundThread, BackgroundThreads


@pytest.mark.parametrize("error", [Unavailable("It is away."), RuntimeError("It is broken.")])
def test_one_that_breaks_is_begun_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_PAUSE", 0.01)
    begun, stop = threading.Semaphore(0), threading.Event()

    def run(asked: threading.Event) -> None:
        begun.release()
        if not asked.is_set():
            raise error

    threads = BackgroundThreads([BackgroundThread("breaks", run)], stop)
    threads.start()
    assert begun.acquire(timeout=10)
    assert begun.acquire(timeout=10)
    stop.set()
    threads.join(10)
    assert not any(thread.name == "breaks" for thread in threading.enumerate())


def test_they_end_with_the_worker() -> None:
    def run(asked: threading.Event) -> None:
        asked.wait(30)

    stop = threading.Event()
    threads = BackgroundThreads([BackgroundThread("waits", run)], stop)
    threads.start()
    stop.set()
    threads.join(10)
    assert not any(thread.name == "waits" for thread in threading.enumerate())
