"""Tests of wake-ups on both databases: a worker begins long before it would poll by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.support import postgres
from tests.support.jobs import Shop
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.wakeups import WakeUps, wake_ups_of
from tidegate.kernel.jobs.worker import Worker

PATIENCE = 20


@pytest.fixture
def awake(shop: Shop) -> Shop:
    """A place whose wake-ups are those of its database."""
    wake_ups = wake_ups_of(shop.container.database.url)
    shop.container.provide(WakeUps, lambda _: wake_ups)
    return shop


@pytest.fixture
def woken(awake: Shop) -> Iterator[threading.Semaphore]:
    """What another process hears; it listens already."""
    heard, stop = threading.Semaphore(0), threading.Event()
    thread = threading.Thread(
        target=wake_ups_of(awake.container.database.url).listen, args=(heard.release, stop)
    )
    thread.start()
    assert heard.acquire(timeout=PATIENCE)
    yield heard
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_worker_begins_long_before_it_would_poll_by_itself(awake: Shop) -> None:
    worker = Worker(awake.container, slots=1, poll=60, grace=5)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        time.sleep(0.5)  # until it has polled and waits
        job = awake.enqueue()
        until = time.monotonic() + PATIENCE
        while awake.job(job).state != "done":
            assert time.monotonic() < until, "nobody woke it"
            time.sleep(0.02)
    finally:
        worker.stop()
        thread.join(PATIENCE)


def test_another_process_hears_of_a_job(awake: Shop, woken: threading.Semaphore) -> None:
    awake.enqueue()

    assert woken.acquire(timeout=PATIENCE)


class TestOnPostgresql:
    @pytest.fixture(autouse=True)
    def only_there(self, database: Database) -> None:
        """SQLite is polled."""
        if database.dialect != "postgresql":
            pytest.skip("on SQLite workers poll")

    def test_what_is_taken_back_wakes_nobody(self, awake: Shop, woken: threading.Semaphore) -> None:
        with awake.work() as work, pytest.raises(KeyError), work.uow.transaction():
            work.use(JobQueue).enqueue("try")
            raise KeyError("taken back")

        assert not woken.acquire(timeout=0.5)

    def test_many_jobs_of_one_transaction_wake_once(self, awake: Shop, woken: threading.Semaphore) -> None:
        with awake.work() as work, work.uow.transaction():
            for _ in range(20):
                work.use(JobQueue).enqueue("try")

        assert woken.acquire(timeout=PATIENCE)
        assert not woken.acquire(timeout=0.5)

    def test_a_connection_that_was_cut_is_made_anew(
        self, awake: Shop, woken: threading.Semaphore, postgres_server: postgres.Server
    ) -> None:
        plain = awake.container.database.url.set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
            cut = """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'tidegate-wakeups' AND datname = current_database()
            """
            assert connection.execute(cut).fetchall() == [(True,)]

        # The new connection wakes by itself: something may have been missed.
        assert woken.acquire(timeout=PATIENCE)
        awake.enqueue()
        assert woken.acquire(timeout=PATIENCE)
