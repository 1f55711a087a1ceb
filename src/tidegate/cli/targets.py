"""`tidegate target` and `tidegate probe`: say where components run, and ask how they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tidegate.cli.catalog import known_item, print_list
from tidegate.cli.client import Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import COMPONENT, ENVIRONMENT, server_option

if TYPE_CHECKING:
    from tidegate.domain.canonical import Json
    from tidegate.domain.probing import ProbeReading

_MOST_CONTRACT = 65_536
_SAID = ("base_url", "contract", "owner", "interval", "paused")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def target() -> None:
    """Say where components run: a target is a component in an environment."""


@target.command("put")
@click.argument("component", type=COMPONENT)
@click.argument("environment", type=ENVIRONMENT)
@click.option("--url", metavar="URL", help="Where it answers; an empty one ends its probes.")
@click.option(
    "--contract", metavar="FILE", type=_FILE, help="What is asked of it, as JSON (docs/contracts.md)."
)
@click.option("--no-contract", is_flag=True, help="Ask again what every service answers.")
@click.option("--owner", metavar="TEAM", help="Who is told of its incidents, if not the component's owner.")
@click.option("--interval", type=int, metavar="SECONDS", help="Seconds between two probes.")
@click.option("--paused/--active", default=None, help="Pause its probes, or go on.")
@server_option
def put_target(
    component: str,
    environment: str,
    url: str | None,
    contract: Path | None,
    no_contract: bool,
    owner: str | None,
    interval: int | None,
    paused: bool | None,
    server: str,
) -> None:
    """Register a target, or update it.

    Omitted options stay unchanged. Repeating the command changes nothing.
    """
    if contract is not None and no_contract:
        raise click.UsageError("Say either --contract FILE or --no-contract.")
    document = read_contract(contract) if contract is not None else None
    remote, path = Server(server), ("components", component, "targets", environment)
    known = known_item(remote, *path)
    said = {"contract": document, "owner": owner, "interval": interval, "paused": paused}
    facts = {name: (known or {}).get(name) for name in _SAID}
    facts |= {name: value for name, value in said.items() if value is not None}
    if url is not None:
        facts["base_url"] = url or None
    if no_contract:
        facts["contract"] = None
    facts["paused"] = bool(facts["paused"])
    headers = {} if known is None else {"If-Match": f'"{known["version"]}"'}
    put = remote.send("PUT", *path, document=facts, headers=headers).document()
    outcome = "registered" if known is None else "unchanged" if put == known else "changed"
    click.echo(f"target {component}/{environment}: {outcome}")


@target.command("show")
@click.argument("component", type=COMPONENT)
@click.argument("environment", type=ENVIRONMENT)
@server_option
def show_target(component: str, environment: str, server: str) -> None:
    """Show a target as JSON: what is said of it, and how it is."""
    remote, path = Server(server), ("components", component, "targets", environment)
    described = remote.get(*path)
    probes = remote.get(*path, "probes", query={"limit": 1})
    click.echo(json.dumps({**described, "state": probes["state"]}, indent=2, ensure_ascii=False))


@target.command("list")
@click.option("--component", type=COMPONENT, help="Only those of this component.")
@click.option("--environment", type=ENVIRONMENT, help="Only those in this environment.")
@server_option
def list_targets(component: str | None, environment: str | None, server: str) -> None:
    """List the targets by component and environment."""
    print_list(
        Server(server),
        "targets",
        ("component", "environment", "base_url", "interval", "paused"),
        query={"component": component, "environment": environment},
    )


@target.command("remove")
@click.argument("component", type=COMPONENT)
@click.argument("environment", type=ENVIRONMENT)
@server_option
def remove_target(component: str, environment: str, server: str) -> None:
    """Take a target out; its facts and their history stay."""
    Server(server).send("DELETE", "components", component, "targets", environment, document={})
    click.echo(f"target {component}/{environment}: removed")


@click.command()
@click.argument("component", type=COMPONENT, required=False)
@click.argument("environment", type=ENVIRONMENT, required=False)
@click.option("--url", metavar="URL", help="Probe this URL from here, without a server.")
@click.option("--contract", metavar="FILE", type=_FILE, help="With --url: what is asked, as JSON.")
@server_option
def probe(
    component: str | None, environment: str | None, url: str | None, contract: Path | None, server: str
) -> None:
    """Probe a target now, and show what it said.

    Exit code 0 where it is `pass` or `warn`, 1 where it is `fail` or `unknown`.
    """
    if (url is None) == (component is None or environment is None) or (url is not None and component):
        raise click.UsageError("Name COMPONENT and ENVIRONMENT of a target, or a URL with --url URL.")
    if url is None:
        if contract is not None:
            raise click.UsageError("--contract goes with --url; a target has its own: tidegate target put.")
        path = ("components", str(component), "targets", str(environment), "probe")
        answer = Server(server).send("POST", *path, document={}).document()
        probed = answer["items"][0]
        state = answer["state"] or {"reason": "its probes are paused", "path": None}
        _print(probed["state"], state["reason"], probed["status"], probed["latency_ms"], state["path"], {})
        found = str(probed["state"])
    else:
        reading = _probe_from_here(url, read_contract(contract) if contract is not None else None)
        facts = {name: value for name, value in sorted(reading.facts.items()) if name != "health.state"}
        _print(reading.state, reading.reason, reading.status, reading.latency_ms, reading.path, facts)
        found = str(reading.state)
    if found not in ("pass", "warn"):
        raise click.exceptions.Exit(1)


def read_contract(file: Path) -> Json:
    """Read a contract's file; raises `NotDone` for what is no JSON, and `Invalid` for what is no contract."""
    from tidegate.domain.contracts import checked_contract

    with file.open("rb") as stream:
        content = stream.read(_MOST_CONTRACT + 1)
    if len(content) > _MOST_CONTRACT:
        raise NotDone(f"{file} is larger than {_MOST_CONTRACT:,} bytes: that is no contract.")
    try:
        document: Json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotDone(f"{file} is not JSON: {error}") from None
    return checked_contract(document)


def _probe_from_here(url: str, contract: Json) -> ProbeReading:
    """Probe what the caller names: it may be private, never link-local, and nothing beyond it is reached."""
    import asyncio
    from urllib.parse import urlsplit

    from tidegate.domain.contracts import contract_of
    from tidegate.domain.outgoing import AddressPolicy
    from tidegate.domain.targets import checked_base_url
    from tidegate.kernel.clock import SystemClock
    from tidegate.kernel.outgoing.asynchronous import AsyncOutgoing
    from tidegate.modules.probes.asking import ask_target

    base_url = checked_base_url(url)
    policy = AddressPolicy(frozenset({(urlsplit(base_url).hostname or "").lower().rstrip(".")}))

    async def ask() -> ProbeReading:
        async with AsyncOutgoing(policy, seconds=10.0).opened() as outgoing:
            return await ask_target(
                outgoing, base_url, contract_of(contract), limits=outgoing.limits, clock=SystemClock()
            )

    with asyncio.Runner() as runner:
        return runner.run(ask())


def _print(
    state: str, reason: str, status: int | None, latency: int, path: str | None, facts: Mapping[str, Any]
) -> None:
    answered = f"status {status} at {path}" if status is not None else "no answer"
    click.echo(f"{state}: {answered}, {latency} ms" + (f": {reason}" if reason else ""))
    for name, value in facts.items():
        click.echo(f"  {name}: {json.dumps(value, ensure_ascii=False)}")
