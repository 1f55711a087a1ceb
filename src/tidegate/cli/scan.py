"""`tidegate scan`: what a repository says of the system in it, and what is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from tidegate.cli.client import Server
from tidegate.cli.options import COMPONENT, server_option
from tidegate.cli.terminal import open_terminal
from tidegate.domain.repository_facts import RepositoryScan


@click.command()
@click.argument("path", default=".")
@click.option("--send", is_flag=True, help="Send the facts to a server, as observed of the component.")
@click.option(
    "--component", metavar="C", type=COMPONENT, envvar="TIDEGATE_COMPONENT", help="The component, to send."
)
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@server_option
def scan(path: str, send: bool, component: str | None, output: str, server: str) -> None:
    """Read facts and findings from the commit that is checked out in PATH.

    PATH is a clone, a folder in one, a bare repository, or an https:// URL, whose newest commit is fetched;
    TIDEGATE_REPOSITORY_TOKEN is sent to that host alone. Lock file, Dockerfile, compose file, workflows,
    Procfile and health checks in Python are read; nothing is run, and what is not committed does not count.

    Exit code: 0 nothing is wrong, 1 something is, 2 it could not be read or sent.
    """
    from tidegate.repositories.fetching import fetched, is_address
    from tidegate.repositories.scan import scan as scan_repository

    if send and component is None:
        raise click.UsageError("Name the component: --component C, or TIDEGATE_COMPONENT.")
    if is_address(path):
        with fetched(path, os.environ.get("TIDEGATE_REPOSITORY_TOKEN")) as folder:
            found = scan_repository(folder)
    else:
        found = scan_repository(Path(path))
    click.echo(_json(found) if output == "json" else _text(found))
    if send:
        said = {"facts": found.values(), "label": f"scan of {found.commit[:12]}"}
        place = ("components", str(component), "facts", "observed")
        told = Server(server).send("POST", *place, document=said).document()
        click.echo(
            f"{component}: {len(told['changes'])} facts changed, {told['confirmed']} confirmed", err=True
        )
    click.get_current_context().exit(1 if found.findings else 0)


def _text(found: RepositoryScan) -> str:
    plain = open_terminal().plain
    lines = [f"{found.commit[:12]}: facts {len(found.facts)}, findings {len(found.findings)}"]
    lines += ["  " + plain(f"{fact.field} = {fact.value} ({fact.place})") for fact in found.facts]
    lines += [plain(f"{one.place}: {one.message} [{one.rule}]") for one in found.findings]
    return "\n".join(lines)


def _json(found: RepositoryScan) -> str:
    facts = [
        {"field": one.field, "value": one.value, "path": one.place.path, "line": one.place.line or None}
        for one in found.facts
    ]
    findings = [
        {
            "rule": one.rule,
            "message": one.message,
            "path": one.place.path,
            "line": one.place.line or None,
        }
        for one in found.findings
    ]
    return json.dumps({"commit": found.commit, "facts": facts, "findings": findings}, indent=2)
