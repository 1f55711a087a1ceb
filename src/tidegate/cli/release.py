"""`tidegate release`: create a release where its gate is open, and list those that are there."""

from __future__ import annotations

import click

from tidegate.cli.client import Refused, Server
from tidegate.cli.options import COMPONENT, ENVIRONMENT, CommitParameter, server_option, wanted_commit
from tidegate.cli.terminal import open_terminal, print_rows, read_text, shown_commit

_PAGE = 100


@click.group()
def release() -> None:
    """Create releases where their gates are open, and list them."""


@release.command("create")
@click.argument("version")
@click.option(
    "--component",
    metavar="C",
    type=COMPONENT,
    envvar="TIDEGATE_COMPONENT",
    show_envvar=True,
    required=True,
    help="The component to release.",
)
@click.option(
    "--revision",
    metavar="R",
    type=CommitParameter(),
    envvar="TIDEGATE_REVISION",
    show_envvar=True,
    help="The commit to release. Default: the commit that is checked out.",
)
@click.option(
    "--environment",
    metavar="E",
    type=ENVIRONMENT,
    default="production",
    show_default=True,
    help="The environment whose gate decides.",
)
@click.option("--notes", "notes_path", metavar="FILE", help="Release notes, as Markdown.")
@server_option
def create_command(
    version: str,
    component: str,
    revision: str | None,
    environment: str,
    notes_path: str | None,
    server: str,
) -> None:
    """Create the release VERSION where the environment's gate, asked now, is open.

    Exit code: 0 it is created, or was there already and its gate is open, 1 the gate is closed, 2 it could
    not be asked.
    """
    commit = wanted_commit(revision)
    document = {"version": version, "revision": commit, "environment": environment}
    if notes_path is not None:
        document["notes"] = read_text(notes_path, "notes")
    try:
        answer = Server(server).send("POST", "components", component, "releases", document=document)
    except Refused as error:
        if not str(error.problem.get("type", "")).endswith("gate-closed"):
            raise
        click.echo(open_terminal().plain(str(error.problem["detail"])))
        click.echo(f"Rule by rule: tidegate verdict show latest --component {component} --revision {commit}")
        click.get_current_context().exit(1)
    created = answer.document()
    outcome = "created" if answer.status == 201 else "was there already, and its gate is open"
    click.echo(f"release {component} {created['version']} ({created['tag']}): {outcome}")


@release.command("list")
@click.option(
    "--component",
    metavar="C",
    type=COMPONENT,
    envvar="TIDEGATE_COMPONENT",
    show_envvar=True,
    required=True,
    help="The component.",
)
@server_option
def list_command(component: str, server: str) -> None:
    """List a component's last releases, newest first."""
    terminal = open_terminal()
    page = Server(server).get("components", component, "releases", query={"limit": _PAGE})
    rows = [
        (
            one["version"],
            one["tag"],
            shown_commit(terminal, one["revision"]),
            one["environment"],
            one["created_at"],
        )
        for one in page["items"]
    ]
    if rows:
        print_rows(terminal, ("Version", "Tag", "Commit", "Environment", "Created"), rows)
    else:
        click.echo(f"{component} has no release yet: tidegate release create --help")
