"""`tidegate login|logout|whoami`: keep a token for a server, and ask who it makes one there."""

from __future__ import annotations

import sys
from typing import Any

import click

from tidegate.cli import credentials
from tidegate.cli.client import Server
from tidegate.cli.options import server_option
from tidegate.cli.terminal import open_terminal


@click.command()
@server_option
def login(server: str) -> None:
    """Keep a token for a server, so that other commands send it.

    The token is asked for, or read from standard input. It lies in the machine's keyring where the package
    `keyring` is installed and finds one, else in a file that you alone can read. TIDEGATE_TOKEN goes first.
    """
    token = credentials.checked(_asked(), "What you gave")
    caller = Server(server, token=token).get("me")
    where = credentials.keep(server, token)
    click.echo(f"{_described(caller)}; the token is kept in {where}.")


@click.command()
@server_option
def logout(server: str) -> None:
    """Forget the token that is kept for a server; it still works until it is revoked."""
    click.echo("Forgotten." if credentials.forget(server) else f"No token is kept for {server}.")


@click.command()
@server_option
def whoami(server: str) -> None:
    """Show who a server takes you for, and what you may do there."""
    terminal = open_terminal()
    caller = Server(server).get("me")
    click.echo(terminal.plain(f"{_described(caller)}, by {caller['credential']}"))
    for role in caller["roles"]:
        limits = (f"{key} {role[key]}" for key in ("component", "owner", "environment") if role[key])
        click.echo("  " + terminal.plain(f"{role['role']}: {', '.join(limits) or 'everywhere'}"))
    click.echo("  " + terminal.plain(f"may: {', '.join(caller['permissions'])}"))


def _asked() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True)).strip()
    return sys.stdin.readline().strip()


def _described(caller: dict[str, Any]) -> str:
    return f"{caller['kind']} {caller['name']}"
