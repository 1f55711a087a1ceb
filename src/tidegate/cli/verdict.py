"""`tidegate verdict`: ask a server what was said, and make it again to prove it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tidegate.cli import git
from tidegate.cli.client import Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import server_option, subject_options
from tidegate.cli.show import OUTPUTS, show
from tidegate.cli.show.ruling import ReportContext, ShownVerdict

_NEWEST = 100


@click.group()
def verdict() -> None:
    """Ask a server for a verdict, or prove one again."""


@verdict.command("show")
@click.argument("identifier", metavar="ID|latest")
@server_option
@subject_options
@click.option("--output", type=click.Choice(OUTPUTS), default="text", show_default=True)
@click.option("--output-file", metavar="FILE", help="Write the output there, and the table here.")
def show_command(
    identifier: str,
    server: str,
    component: str | None,
    revision: str | None,
    environment: str | None,
    output: str,
    output_file: str | None,
) -> None:
    """Show a verdict by its ID, or the latest ones on a revision.

    Exit code: 0 every verdict shown is pass, 1 one is not, 2 no verdict.
    """
    remote = Server(server)
    if identifier == "latest":
        stored = _latest(remote, component, revision, environment)
    else:
        stored = [remote.get("verdicts", identifier)]
    verdicts = [ShownVerdict.of(one["verdict"]) for one in stored]
    show(verdicts, ReportContext(), output=output, path=output_file)
    click.get_current_context().exit(0 if all(one.passed for one in verdicts) else 1)


@verdict.command()
@click.argument("identifier", metavar="ID")
@server_option
def replay(identifier: str, server: str) -> None:
    """Make a verdict again here, from what the server recorded with it.

    Nothing that the server concluded is trusted: gate, evidence, time and subject are judged anew, and the
    bytes that come out are compared with those that were recorded.

    Exit code: 0 they are the same, 1 they are not, 2 the verdict cannot be had.
    """
    from tidegate.domain.canonical import canonical_json, digest_of
    from tidegate.domain.replays import replay as judge_again

    remote = Server(server)
    stored = remote.get("verdicts", identifier)
    inputs = remote.get("verdicts", identifier, "inputs")
    recorded, shown = str(stored["digest"]), digest_of(canonical_json(stored["verdict"]))
    again = judge_again(inputs)
    click.echo(f"recorded  {recorded}")
    click.echo(f"shown     {shown}")
    click.echo(f"replayed  {again.digest}")
    same = recorded == shown == again.digest
    if same:
        click.echo(f"The verdict comes out byte for byte as it was recorded: {again.state}.")
    else:
        click.echo("The verdict does NOT come out as it was recorded: do not rely on it.")
    click.get_current_context().exit(0 if same else 1)


def _latest(
    server: Server, component: str | None, revision: str | None, environment: str | None
) -> list[Mapping[str, Any]]:
    """Ask for the newest verdict of each environment and gate."""
    if component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    commit = revision or git.head_revision(Path.cwd())
    page = server.get("verdicts", query={"component": component, "revision": commit, "limit": _NEWEST})
    newest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for stored in page["items"]:
        shown = ShownVerdict.of(stored["verdict"])
        if environment in (None, shown.environment):
            newest.setdefault((str(shown.environment), shown.gate), stored)
    if not newest:
        where = f" for {environment}" if environment else ""
        raise NotDone(f"No gate has judged {component} at {commit}{where}.")
    return list(newest.values())
