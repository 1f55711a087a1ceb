"""Tests of wake-ups through huey on SQLite, Redis and PostgreSQL: the same code, the same behaviour."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from tests.support import postgres
from tests.support.jobs import Shop
from tests.support.redis_server import redis_url
from tidegate.kernel.jobs.wakeups import HueyWakeUps, WakeUps, wake_ups_of
from tidegate.kernel.jobs.worker import Worker


@pytest.fixture(params=["sqlite", "redis", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where wake-ups travel."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/deep/wakeups.sqlite3"
    elif request.param == "redis":
        yield redis_url()
    else:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        with server.new_database() as made:
            yield made.set(drivername="postgresql").render_as_string(hide_password=False)


def opened(url: str) -> HueyWakeUps:
    """Open what a process opens."""
    return wake_ups_of(SimpleNamespace(jobs_url=url))


@pytest.fixture
def here(url: str) -> Iterator[HueyWakeUps]:
    """One process, with no message left from before."""
    made = opened(url)
    made._opened().flush_queue()
    yield made
    made._opened().flush_queue()
    made.close()


@pytest.fixture
def there(url: str, here: HueyWakeUps) -> Iterator[HueyWakeUps]:
    """Another process."""
    made = opened(url)
    yield made
    made.close()


def waited(wake_ups: HueyWakeUps, seconds: float, stop: threading.Event | None = None) -> float:
    """Wait, and tell for how long."""
    started = time.monotonic()
    wake_ups.wait(seconds, stop or threading.Event())
    return time.monotonic() - started


class TestWait:
    def test_ends_when_another_process_sends(self, here: HueyWakeUps, there: HueyWakeUps) -> None:
        sender = threading.Timer(0.3, there.send)
        sender.start()

        assert 0.2 < waited(here, 20) < 5
        sender.join()

    def test_ends_at_once_where_a_message_is_there(self, here: HueyWakeUps, there: HueyWakeUps) -> None:
        there.send()

        assert waited(here, 20) < 5

    def test_ends_when_the_time_is_over(self, here: HueyWakeUps) -> None:
        assert 0.4 < waited(here, 0.5) < 5

    def test_ends_soon_after_a_stop(self, here: HueyWakeUps) -> None:
        stop = threading.Event()
        stopper = threading.Timer(0.2, stop.set)
        stopper.start()

        assert waited(here, 20, stop) < 5
        stopper.join()

    def test_takes_one_message_for_one_of_two(self, here: HueyWakeUps, there: HueyWakeUps) -> None:
        here.send()

        assert waited(here, 20) < 5
        assert waited(there, 0.3) >= 0.3


class TestSend:
    def test_leaves_no_heap_where_nobody_listens(self, here: HueyWakeUps) -> None:
        for _ in range(80):
            here.send()

        assert here._opened().queue_size() == 64

    def test_works_again_after_the_connection_was_closed(self, here: HueyWakeUps) -> None:
        here.send()
        here.close()
        here.send()

        assert here._opened().queue_size() == 2


def test_a_worker_begins_long_before_it_would_look_by_itself(
    here: HueyWakeUps, there: HueyWakeUps, shop: Shop
) -> None:
    shop.container.provide(WakeUps, lambda _: there)
    worker = Worker(shop.container, here, slots=1, poll=60, grace=5)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        time.sleep(0.5)  # until it has looked and waits
        job = shop.enqueue()
        until = time.monotonic() + 20
        while shop.job(job).state != "done":
            assert time.monotonic() < until, "nobody woke it"
            time.sleep(0.02)
    finally:
        worker.stop()
        thread.join(20)


def test_processes_that_open_at_the_same_time_do_not_trip(url: str) -> None:
    many = [opened(url) for _ in range(5)]
    threads = [threading.Thread(target=one.send) for one in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert many[0]._opened().queue_size() == 5
    many[0]._opened().flush_queue()
    for one in many:
        one.close()


def test_keeps_its_tables_out_of_the_schema_of_tidegate(postgres_server: postgres.Server) -> None:
    with postgres_server.new_database() as made:
        wake_ups = opened(made.render_as_string(hide_password=False))
        wake_ups.send()
        wake_ups.close()
        plain = made.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            found = connection.execute(
                "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'tidegate%'"
            ).fetchall()
    assert found == [("tidegate_wakeups",)]


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    wake_ups = opened(f"sqlite:///{tmp_path}/w.sqlite3")
    wake_ups.send()
    wake_ups.close()

    assert (tmp_path / "w.sqlite3").stat().st_mode & 0o777 == 0o600
