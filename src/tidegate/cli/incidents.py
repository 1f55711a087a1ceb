"""`tidegate incident` and `tidegate maintenance`: what fails, and when nobody is to be told of it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

import click

from tidegate.cli.client import Query, Server
from tidegate.cli.options import COMPONENT, ENVIRONMENT, server_option
from tidegate.cli.terminal import open_terminal, print_rows
from tidegate.domain.incidents import IncidentState

_PAGE = 100
_ACTIVE = (str(IncidentState.OPEN), str(IncidentState.ACKNOWLEDGED))
_WALL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_OUTPUT = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="The form."
)


@click.group()
def incident() -> None:
    """Show what fails, and say that somebody knows of it."""


@incident.command("list")
@click.option("--state", type=click.Choice([str(one) for one in IncidentState]), help="Only of this state.")
@click.option("--component", metavar="C", type=COMPONENT, help="Only of this component.")
@click.option("--environment", metavar="E", type=ENVIRONMENT, help="Only in this environment.")
@click.option("--all", "every", is_flag=True, help="Those that are closed or suppressed as well.")
@_OUTPUT
@server_option
def list_incidents(
    state: str | None,
    component: str | None,
    environment: str | None,
    every: bool,
    output: str,
    server: str,
) -> None:
    """List the incidents that are open or acknowledged, newest first.

    Exit code: 0 there is none, 1 there is one, 2 they could not be read.
    """
    query: Query = {"state": state, "component": component, "environment": environment}
    found = _all(Server(server), "incidents", query)
    if state is None and not every:
        found = [one for one in found if one["state"] in _ACTIVE]
    asked_for = state or component or environment or every
    none = "No incident is as you asked." if asked_for else "No incident is open or acknowledged."
    rows = [[one["id"], _state(one), one["opened_at"], one["title"]] for one in found]
    _print(output, found, ["Id", "State", "Opened", "Incident"], rows, none)
    click.get_current_context().exit(1 if found else 0)


@incident.command("show")
@click.argument("incident_id", metavar="ID")
@_OUTPUT
@server_option
def show_incident(incident_id: str, output: str, server: str) -> None:
    """Show an incident and what happened to it."""
    found = Server(server).get("incidents", incident_id)
    if output == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    one = found["incident"]
    click.echo(f"{one['title']}: {_state(one)}")
    for label, value in (("reason", one["reason"]), ("looked after by", one["assignee"])):
        if value:
            click.echo(f"  {label}: {value}")
    for event in reversed(found["history"]):
        note = f": {event['note']}" if event["note"] else ""
        click.echo(f"  {event['at']} {event['kind']} by {event['by']}{note}")


@incident.command("acknowledge")
@click.argument("incident_id", metavar="ID")
@click.option("--assignee", metavar="WHO", help="Who looks after it.")
@click.option("--note", metavar="TEXT", help="What is to be known.")
@server_option
def acknowledge(incident_id: str, assignee: str | None, note: str | None, server: str) -> None:
    """Say that somebody knows of an incident."""
    said: dict[str, Any] = {"state": str(IncidentState.ACKNOWLEDGED), "assignee": assignee, "note": note}
    body = {name: value for name, value in said.items() if value is not None}
    headers = {"If-Match": "*"}
    changed = Server(server).send("PATCH", "incidents", incident_id, document=body, headers=headers)
    one = changed.document()["incident"]
    click.echo(f"incident {incident_id}: {one['state']} by {one['acknowledged_by']}")


@click.group()
def maintenance() -> None:
    """Plan when nobody is told of what fails."""


@maintenance.command("add")
@click.option("--title", required=True, metavar="TEXT", help="What is done; status pages show it.")
@click.option("--component", metavar="C", type=COMPONENT, help="Of this component. Default: all of them.")
@click.option("--environment", metavar="E", type=ENVIRONMENT, help="In this environment. Default: all.")
@click.option(
    "--starts-at", required=True, metavar="TIME", help="By the clock on the wall, such as 2026-12-06T02:00."
)
@click.option("--timezone", metavar="ZONE", default="UTC", show_default=True, help="Such as Europe/Berlin.")
@click.option("--minutes", type=int, required=True, metavar="N", help="How long it lasts.")
@click.option("--rule", metavar="RRULE", help="When it comes again, such as FREQ=WEEKLY;BYDAY=SU.")
@server_option
def add_window(
    title: str,
    component: str | None,
    environment: str | None,
    starts_at: str,
    timezone: str,
    minutes: int,
    rule: str | None,
    server: str,
) -> None:
    """Plan a maintenance window, once or again and again."""
    if not _WALL.fullmatch(starts_at):
        raise click.UsageError("--starts-at takes a time of the wall such as 2026-12-06T02:00.")
    said = {
        "title": title,
        "component": component,
        "environment": environment,
        "starts_at": starts_at,
        "timezone": timezone,
        "minutes": minutes,
        "rule": rule,
    }
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    made = Server(server).send("POST", "maintenance-windows", document=said, headers=headers).document()
    when = f"next {made['next_start']} to {made['next_end']}" if made["next_start"] else "it is over already"
    click.echo(f"maintenance window {made['id']}: {when}")


@maintenance.command("list")
@click.option("--component", metavar="C", type=COMPONENT, help="Only those that name this component.")
@click.option("--environment", metavar="E", type=ENVIRONMENT, help="Only those that name this environment.")
@_OUTPUT
@server_option
def list_windows(component: str | None, environment: str | None, output: str, server: str) -> None:
    """List the maintenance windows, newest first."""
    query: Query = {"component": component, "environment": environment}
    found = _all(Server(server), "maintenance-windows", query)
    rows = [
        [
            one["id"],
            f"{one['component'] or 'all'}/{one['environment'] or 'all'}",
            one["next_start"] or "over",
            one["title"],
        ]
        for one in found
    ]
    _print(output, found, ["Id", "Of", "Next", "What is done"], rows, "There is none yet.")


@maintenance.command("remove")
@click.argument("window_id", metavar="ID")
@server_option
def remove_window(window_id: str, server: str) -> None:
    """Take a maintenance window out."""
    Server(server).send("DELETE", "maintenance-windows", window_id, document={})
    click.echo(f"maintenance window {window_id}: removed")


def _all(server: Server, collection: str, query: Query) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        page = server.get(collection, query={**query, "limit": _PAGE, "cursor": cursor})
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _print(
    output: str, found: list[Mapping[str, Any]], head: list[str], rows: list[list[str]], empty: str
) -> None:
    if output == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif rows:
        print_rows(open_terminal(), head, rows)
    else:
        click.echo(empty)


def _state(one: Mapping[str, Any]) -> str:
    return f"{one['state']}, flapping" if one["flapping"] else str(one["state"])
