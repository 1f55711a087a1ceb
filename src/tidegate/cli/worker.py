"""`tidegate worker`: the process that does the work in the background."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click

from tidegate.cli.lazy import NotDone
from tidegate.cli.signals import when_asked_to_stop

if TYPE_CHECKING:
    from tidegate.kernel.container import Container
    from tidegate.kernel.jobs.worker import Worker

# Beside the connections of the default queue: one to poll, one to extend leases, two each for the queues of
# backups and parity, and for probes.
_MORE_CONNECTIONS = 8
_BREAK = 0.5  # seconds


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="Jobs of the default queue to run at a time (variable WORKER_CONCURRENCY).",
)
@click.option(
    "--once", is_flag=True, help="Run what is due now, then exit; exit code 1 if a job is not done."
)
def worker(concurrency: int | None, once: bool) -> None:
    """Run background jobs until asked to stop.

    Start as many as you need, on any machines: each job runs once. SIGTERM, SIGHUP or Ctrl-C lets jobs
    in flight finish within WORKER_GRACEFUL_TIMEOUT seconds and hands the rest back, a second one at once.
    """
    from tidegate.kernel.db import schema
    from tidegate.kernel.logging import configure_logging

    with configured_container(concurrency, create=not once) as container:
        configure_logging(container.settings)
        if once and not schema.at_head(container.database):
            raise NotDone("The schema is not the newest: run `tidegate db upgrade` first.")
        done, idle = _work(container, once=once)
    if not idle:
        # A thread that nobody can end; its job was handed back or given up already.
        sys.stdout.flush()
        os._exit(0 if done else 1)
    if not done:
        raise click.exceptions.Exit(1)


@contextmanager
def configured_container(concurrency: int | None = None, *, create: bool = False) -> Iterator[Container]:
    """Put together what the settings name, as the server does.

    Only with `create` is a database made that is not there.
    """
    import dataclasses

    from tidegate import registry
    from tidegate.app import check_store, compose, make_container
    from tidegate.cli.installation import refuse_missing_database
    from tidegate.settings import read_settings

    settings = read_settings()
    check_store(settings)
    if not create:
        refuse_missing_database(settings)
    slots = concurrency or settings.worker_concurrency
    settings = dataclasses.replace(
        settings,
        worker_concurrency=slots,
        database_pool_size=max(settings.database_pool_size, slots + _MORE_CONNECTIONS),
    )
    container = make_container(settings)
    compose(container, registry.enabled(settings.modules))
    try:
        yield container
    finally:
        container.database.dispose()


def _work(container: Container, *, once: bool) -> tuple[bool, bool]:
    """Run a worker in a thread, and pass on what the signals ask; tells whether all went well, and ended."""
    from tidegate.kernel.jobs.worker import Worker

    settings = container.settings
    made = Worker(
        container,
        slots=settings.worker_concurrency,
        poll=settings.worker_poll,
        grace=settings.worker_graceful_timeout,
    )
    return run_until_stopped(made, once=once), made.idle


def run_until_stopped(made: Worker, *, once: bool) -> bool:
    # A handler may run in the middle of anything; all that is safe there is to put something into this queue.
    events: SimpleQueue[bool | None] = SimpleQueue()

    def run() -> None:
        done = False
        try:
            done = made.run_once() if once else made.run()
        finally:
            events.put(done)

    thread = threading.Thread(target=run, name="worker")
    with when_asked_to_stop(lambda: events.put(None)):
        thread.start()
        asked = 0
        while (done := _next(events)) is None:
            made.stop(at_once=asked > 0)
            asked += 1
        thread.join()
        return done


def _next(events: SimpleQueue[bool | None]) -> bool | None:
    """Wait for the next event, with breaks: on Windows no signal is handled during a wait without an end."""
    while True:
        try:
            return events.get(timeout=_BREAK)
        except Empty:
            continue
