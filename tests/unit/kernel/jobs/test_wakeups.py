"""Tests of wake-ups that do not work: nobody is harmed, and the log tells it once."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from tidegate.kernel.jobs.wakeups import HueyWakeUps, Line, wake_ups_of


@pytest.fixture
def away() -> HueyWakeUps:
    """Wake-ups through a Redis that is not there."""
    return wake_ups_of(SimpleNamespace(jobs_url="redis://127.0.0.1:1/0"))


class TestAway:
    def test_sending_does_no_harm_and_is_told_once(
        self, away: HueyWakeUps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        away.send()
        away.send()

        assert capsys.readouterr().out.count("jobs.wake_up_not_sent") == 1

    def test_waiting_becomes_a_plain_wait(
        self, away: HueyWakeUps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        started = time.monotonic()
        away.wait(0.3, threading.Event())

        assert 0.3 <= time.monotonic() - started < 5
        assert "jobs.wake_ups_not_heard" in capsys.readouterr().out

    def test_waiting_ends_with_a_stop(self, away: HueyWakeUps) -> None:
        stop = threading.Event()
        stop.set()
        started = time.monotonic()
        away.wait(30, stop)

        assert time.monotonic() - started < 5


def test_a_connection_that_cannot_even_be_closed_does_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        blocking = False

        def queue_size(self) -> int:
            raise OSError("gone")

    def close() -> None:
        raise OSError("gone as well")

    wake_ups = HueyWakeUps(lambda: Line(Broken(), close))  # type: ignore[arg-type]  # hand-written
    wake_ups.send()

    assert "OSError: gone" in capsys.readouterr().out
