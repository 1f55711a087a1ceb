"""Tests of wake-ups that cannot be heard: nobody is harmed, and the log says it once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import make_url

from tidegate.kernel.jobs import wakeups
from tidegate.kernel.jobs.wakeups import PollingWakeUps, PostgresWakeUps, wake_ups_of


def test_follow_from_the_database() -> None:
    assert isinstance(wake_ups_of(make_url("sqlite:///x.sqlite3")), PollingWakeUps)
    assert isinstance(wake_ups_of(make_url("postgresql+psycopg://h/x")), PostgresWakeUps)


def test_a_server_that_is_away_is_logged_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wakeups, "_PATIENCE", 0.05)
    stop, woken = threading.Event(), threading.Event()
    away = wake_ups_of(make_url("postgresql+psycopg://nobody:secret@127.0.0.1:1/x"))
    stopper = threading.Timer(0.5, stop.set)
    stopper.start()
    away.listen(woken.set, stop)
    stopper.join()

    printed = capsys.readouterr().out
    assert printed.count("worker.wake_ups_lost") == 1
    assert "secret" not in printed
    assert not woken.is_set()
