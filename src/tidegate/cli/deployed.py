"""`tidegate deployed`: tell a server what was deployed where, in one line at the end of a pipeline."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from tidegate.cli.client import Query, Server
from tidegate.cli.options import (
    COMPONENT,
    ENVIRONMENT,
    CommitParameter,
    TimeParameter,
    server_option,
    wanted_commit,
)
from tidegate.domain.deployments import LONGEST_VERSION, DeploymentOutcome
from tidegate.domain.times import write_time

_PAGE = 100
_THERE = (DeploymentOutcome.STARTED, DeploymentOutcome.SUCCEEDED)
_OUTCOMES = [str(one) for one in DeploymentOutcome]


@click.command()
@click.option(
    "--component",
    metavar="C",
    type=COMPONENT,
    envvar="TIDEGATE_COMPONENT",
    required=True,
    help="The component that was deployed.",
)
@click.option("--environment", metavar="E", type=ENVIRONMENT, required=True, help="Where it went.")
@click.option(
    "--revision",
    metavar="R",
    type=CommitParameter(),
    envvar="TIDEGATE_REVISION",
    help="The commit that was deployed. Default: the commit that is checked out, unless --version is given.",
)
@click.option(
    "--version", metavar="V", help="The version that was deployed; a release of it adds its commit."
)
@click.option(
    "--outcome",
    type=click.Choice(_OUTCOMES),
    default=str(DeploymentOutcome.SUCCEEDED),
    show_default=True,
    help="How far it came; `started` at the beginning of a deployment, to know how long it took.",
)
@click.option("--started-at", metavar="TIME", type=TimeParameter(), help="When it started.")
@click.option("--ended-at", metavar="TIME", type=TimeParameter(), help="When it ended. Default: now.")
@click.option("--url", metavar="URL", help="The pipeline's run. Default: what GitHub and GitLab say of it.")
@server_option
def deployed(
    component: str,
    environment: str,
    revision: str | None,
    version: str | None,
    outcome: str,
    started_at: datetime | None,
    ended_at: datetime | None,
    url: str | None,
    server: str,
) -> None:
    """Tell a server what was deployed where, and how that ended.

    A deployment that succeeded declares version and commit of the target: what runs there is compared with
    them. Where the same was reported as started, that deployment is finished. What was never released for
    the environment is recorded all the same, with a warning.

    Exit code: 0 it is recorded, 2 it is not.
    """
    if version is not None and not 1 <= len(version) <= LONGEST_VERSION:
        raise click.UsageError(f"--version takes 1 to {LONGEST_VERSION} characters.")
    what = {"revision": revision, "version": version}
    from_checkout = revision is None and version is None
    if from_checkout:
        what["revision"] = wanted_commit(None)
    remote, said = Server(server), _said(outcome, ended_at=ended_at, url=url or _own_run())
    running = None
    if outcome != DeploymentOutcome.STARTED:
        running = _running(remote, component, environment, what)
    if running is None:
        said |= _present(environment=environment, started_at=_written(started_at), **what)
        made = _report(remote, component, said)
    else:
        made = _finish(remote, component, running, said)
    name = made["version"] or made["revision"][:12]
    click.echo(f"deployment of {component} {name} to {environment}: {made['outcome']} ({made['id']})")
    # A server of before does not say it.
    if made.get("released") is False and made["outcome"] in _THERE:
        said_of = (
            " It is the commit that is checked out here; --revision names another." if from_checkout else ""
        )
        click.echo(f"{name} was never released for {environment}: nothing judged it.{said_of}", err=True)


def _said(outcome: str, *, ended_at: datetime | None, url: str | None) -> dict[str, Any]:
    return _present(outcome=outcome, ended_at=_written(ended_at), url=url)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _written(moment: datetime | None) -> str | None:
    return write_time(moment) if moment is not None else None


def _report(server: Server, component: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    # The client repeats what got no answer: the key makes it one deployment all the same.
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = server.send("POST", "components", component, "deployments", document=said, headers=headers)
    made: Mapping[str, Any] = answer.document()
    return made


def _running(
    server: Server, component: str, environment: str, what: Mapping[str, str | None]
) -> Mapping[str, Any] | None:
    """Return the newest deployment of the same that was reported as started, None where there is none."""
    query: Query = {"environment": environment, "outcome": str(DeploymentOutcome.STARTED), "limit": _PAGE}
    page = server.get("components", component, "deployments", query=query)
    wanted = _present(**what)
    return next(
        (one for one in page["items"] if all(one[name] == value for name, value in wanted.items())), None
    )


def _finish(
    server: Server, component: str, running: Mapping[str, Any], said: Mapping[str, Any]
) -> Mapping[str, Any]:
    place = ("components", component, "deployments", str(running["id"]))
    headers = {"If-Match": f'"{running["edition"]}"'}
    changed: Mapping[str, Any] = server.send("PATCH", *place, document=said, headers=headers).document()
    return changed


def _own_run() -> str | None:
    """Return the address of the run that this command is part of, as GitHub and GitLab tell it."""
    known = os.environ
    if known.get("CI_JOB_URL"):
        return known["CI_JOB_URL"]
    parts = [known.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else None
