"""`tidegate jobs`: see what waits or failed in the background, try it again, have something done now."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import open_terminal, write_document
from tidegate.cli.worker import configured_container

if TYPE_CHECKING:
    from tidegate.kernel.container import Work
    from tidegate.kernel.jobs.records import Job
    from tidegate.modules.jobs.service import JobService

_STATES = ("waiting", "running", "failed", "done", "closed")
_OPEN = ("waiting", "running", "failed")

_output = click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)


@click.group()
def jobs() -> None:
    """List, retry and start background jobs.

    Exit code: 0 done, 2 not done (no such job, no database, …). Jobs are read from the configured database,
    not from a server.
    """


@jobs.command("list")
@click.option(
    "--state",
    "states",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only these states; may be repeated. Default: all but done and closed.",
)
@click.option("--task", metavar="NAME", help="Only jobs of this task.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@_output
def list_command(states: tuple[str, ...], task: str | None, limit: int, output: str) -> None:
    """List jobs, the newest first, with the reason where one failed."""
    with _opened() as (service, _):
        found = service.jobs(states=states or _OPEN, task=task, limit=limit)
    if output == "json":
        _print_json([_document(job) for job in found])
        return
    terminal = open_terminal()
    for job in found:
        when = job.ended_at or (job.not_before if job.state == "waiting" else job.created_at)
        head = f"{job.id}  {job.state:<7}  {job.task}  attempt {job.attempt}  {_written(when)}"
        click.echo(terminal.plain(head))
        if job.detail:
            click.echo("  " + terminal.plain(job.detail))
    if not found:
        click.echo("There are none.")


@jobs.command("retry")
@click.argument("identifiers", metavar="ID...", nargs=-1, required=True)
@_output
def retry_command(identifiers: tuple[str, ...], output: str) -> None:
    """Retry jobs now that failed or wait for their next attempt.

    Either all of those named are retried, or none.
    """
    with _opened() as (service, work), work.uow.transaction():
        found = [service.retry(identifier) for identifier in identifiers]
    if output == "json":
        _print_json([{"id": job.id, "task": job.task} for job in found])
        return
    for job in found:
        click.echo(f"{job.id} ({job.task}) is retried.")


@jobs.command("run")
@click.argument("task", metavar="NAME")
@click.option("--payload", metavar="JSON", default="{}", help="The payload of the job: a JSON object.")
@_output
def run_command(task: str, payload: str, output: str) -> None:
    """Have a worker run a task now, in addition to its schedule."""
    members = _payload(payload)
    with _opened() as (service, _):
        job = service.request(task, members)
    if output == "json":
        _print_json([{"id": job, "task": task}])
        return
    click.echo(f"{job} ({task}) runs on the next worker that is free.")


@contextmanager
def _opened() -> Iterator[tuple[JobService, Work]]:
    import structlog

    from tidegate.domain.principals import COMMAND_LINE
    from tidegate.kernel.db import schema
    from tidegate.modules.jobs.service import JobService

    # What may be logged on the way is no part of the output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with configured_container() as container:
        if not schema.at_head(container.database):
            raise NotDone("The schema is not the newest: run `tidegate db upgrade` first.")
        work = container.work(COMMAND_LINE)
        try:
            yield work.use(JobService), work
        finally:
            work.close()


def _payload(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"it is not JSON: {error}", param_hint="--payload") from None
    if not isinstance(read, dict):
        raise click.BadParameter('it is not an object, such as {"name": "value"}', param_hint="--payload")
    return read


def _document(job: Job) -> dict[str, Any]:
    members = dataclasses.asdict(job)
    return {
        name: _written(value) if isinstance(value, datetime) else value for name, value in members.items()
    }


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _print_json(documents: list[dict[str, Any]]) -> None:
    write_document(json.dumps({"jobs": documents}, indent=2, ensure_ascii=False).encode(), None)
