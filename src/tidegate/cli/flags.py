"""`tidegate flag`: which experimental parts of a server are on, and switch them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from tidegate.cli.client import Server
from tidegate.cli.options import ENVIRONMENT, server_option
from tidegate.cli.terminal import open_terminal, print_rows

_PAGE = 500
_output = click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)


@click.group()
def flag() -> None:
    """List and switch feature flags: experimental parts of Tidegate itself.

    Exit code: 0 done, 2 not done (no such flag, variables decide, not allowed, …).
    """


@flag.command("list")
@_output
@server_option
def list_flags(output: str, server: str) -> None:
    """List the flags, with what is said of each and where."""
    remote, flags, cursor = Server(server), [], None
    while True:
        page = remote.get("flags", query={"limit": _PAGE, "cursor": cursor})
        flags += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    if output == "json":
        click.echo(json.dumps(flags, indent=2, ensure_ascii=False))
        return
    rows = [(one["name"], _switch(one["enabled"]), _said(one), one["until"]) for one in flags]
    print_rows(open_terminal(), ["Flag", "Now", "Said", "Until"], rows)


@flag.command("set")
@click.argument("name")
@click.argument("value", type=click.Choice(("on", "off")))
@click.option("--environment", type=ENVIRONMENT, help="In this environment alone. Default: everywhere.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; the audit log keeps it.")
@server_option
def set_flag(name: str, value: str, environment: str | None, reason: str, server: str) -> None:
    """Switch a flag on or off.

    Every process of the server follows within seconds (FEATURE_FLAGS_MAX_AGE).
    """
    wanted = {"enabled": value == "on", "reason": reason, "environment": environment}
    Server(server).send("PUT", "flags", name, document=wanted)
    click.echo(f"flag {name}: {value} {_where(environment)}")


@flag.command("unset")
@click.argument("name")
@click.option(
    "--environment", type=ENVIRONMENT, help="What is said of this environment. Default: everywhere."
)
@server_option
def unset_flag(name: str, environment: str | None, server: str) -> None:
    """Take back what is said of a flag: it has its default again."""
    left = (
        Server(server)
        .send("DELETE", "flags", name, query={"environment": environment}, document={})
        .document()
    )
    said = "nothing is said" if environment is None else f"nothing is said of {environment}"
    click.echo(f"flag {name}: {said}, and it is {_switch(left['enabled'])} {_where(None)}")


def _said(flag: Mapping[str, Any]) -> str:
    parts = [f"{_switch(one['enabled'])} {_where(one['environment'])}" for one in flag["settings"]]
    return ", ".join(parts) or f"nothing: {_switch(flag['default'])} by default"


def _switch(enabled: bool) -> str:
    return "on" if enabled else "off"


def _where(environment: str | None) -> str:
    return f"in {environment}" if environment else "everywhere"
