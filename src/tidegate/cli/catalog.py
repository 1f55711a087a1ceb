"""`tidegate component` and `tidegate environment`: register what is deployed, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tidegate.cli.client import Query, Refused, Server
from tidegate.cli.options import COMPONENT, ENVIRONMENT, server_option
from tidegate.cli.terminal import open_terminal, print_rows

_PAGE = 500


@click.group()
def component() -> None:
    """Register and list components: the deployable things that teams own."""


@component.command("put")
@click.argument("name", type=COMPONENT)
@click.option("--owner", metavar="TEAM", help="The team that owns it; required for a new component.")
@click.option("--title", metavar="T", help="A title to show. Default: the name.")
@click.option("--description", metavar="TEXT", help="A description.")
@server_option
def put_component(
    name: str, owner: str | None, title: str | None, description: str | None, server: str
) -> None:
    """Register a component, or update it.

    Omitted options stay unchanged. Repeating the command changes nothing.
    """
    remote = Server(server)
    known = _known_component(remote, name, new_owner=owner)
    if known is None and owner is None:
        raise click.UsageError(f"{name} is new: name the team that owns it with --owner TEAM.")
    facts = _facts(known or {"title": name}, owner=owner, title=title, description=description)
    _put(remote, "components", name, facts, known)


@component.command("list")
@server_option
def list_components(server: str) -> None:
    """List the components by name, with the teams that own them."""
    print_list(Server(server), "components", ("name", "owner", "title"))


@click.group()
def environment() -> None:
    """Register and list environments, and say which gate guards each."""


@environment.command("put")
@click.argument("name", type=ENVIRONMENT)
@click.option(
    "--rank",
    type=click.IntRange(0, 1_000_000),
    metavar="N",
    help="Lower comes first; required for a new environment.",
)
@click.option("--gate", metavar="G", help="The gate that guards it (see `tidegate gate put`).")
@click.option("--description", metavar="TEXT", help="A description.")
@server_option
def put_environment(
    name: str, rank: int | None, gate: str | None, description: str | None, server: str
) -> None:
    """Register an environment, or change its rank or the gate that guards it.

    Omitted options stay unchanged. Repeating the command changes nothing.
    """
    remote = Server(server)
    known = known_item(remote, "environments", name)
    if known is None and rank is None:
        raise click.UsageError(
            f"{name} is new: say its place on the way to production with --rank N, "
            "such as 10 for staging and 20 for production."
        )
    facts = _facts(known or {}, rank=rank, gate=gate, description=description)
    _put(remote, "environments", name, facts, known)


@environment.command("list")
@server_option
def list_environments(server: str) -> None:
    """List the environments in the order of their ranks, with the gates that guard them."""
    print_list(Server(server), "environments", ("name", "rank", "gate"))


def known_item(server: Server, *path: str) -> Mapping[str, Any] | None:
    """Ask for what is registered; None where nothing is."""
    try:
        found: Mapping[str, Any] = server.get(*path)
    except Refused as error:
        if error.status == 404:
            return None
        raise
    return found


def _known_component(server: Server, name: str, *, new_owner: str | None) -> Mapping[str, Any] | None:
    """Ask for a component; None too where it is not shown, but its owner is said.

    Who may describe an owner's components may not read one that is not registered yet: nobody owns it.
    Whether it may be registered, and which right is missing where not, the server then says.
    """
    try:
        return known_item(server, "components", name)
    except Refused as error:
        if error.status == 403 and new_owner is not None:
            return None
        raise


def _facts(known: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    """Join what is said now to what is known; what neither says is left out."""
    facts = {key: known.get(key) if value is None else value for key, value in said.items()}
    return {key: value for key, value in facts.items() if value is not None}


def _put(
    server: Server, collection: str, name: str, facts: dict[str, Any], known: Mapping[str, Any] | None
) -> None:
    headers = {} if known is None else {"If-Match": f'"{known["version"]}"'}
    put = server.send("PUT", collection, name, document=facts, headers=headers).document()
    outcome = "registered" if known is None else "unchanged" if put == known else "changed"
    click.echo(f"{collection.removesuffix('s')} {name}: {outcome}")


def print_list(
    server: Server, collection: str, columns: tuple[str, ...], *, query: Query | None = None
) -> None:
    """Print every page of a list as one table."""
    rows: list[list[str]] = []
    cursor: str | None = None
    while True:
        page = server.get(collection, query={**(query or {}), "limit": _PAGE, "cursor": cursor})
        rows += (["-" if item[key] is None else str(item[key]) for key in columns] for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    if rows:
        print_rows(open_terminal(), [column.capitalize().replace("_", " ") for column in columns], rows)
    else:
        click.echo(f"There is none yet: tidegate {collection.removesuffix('s')} put --help")
