"""`tidegate fact`: tell a server what is declared or observed of what runs, and list what it knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from tidegate.cli.client import Server
from tidegate.cli.options import COMPONENT, ENVIRONMENT, TimeParameter, server_option
from tidegate.cli.terminal import open_terminal, print_rows, write_document
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject, FactValue, Statement, checked_field, checked_value
from tidegate.domain.times import write_time

_Command = TypeVar("_Command", bound=Callable[..., Any])


class FactParameter(click.ParamType[Statement]):
    """A value of a field: `FIELD=TEXT`, or `FIELD:=JSON` for a number, true or false."""

    name = "fact"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Statement:
        """Read field and value; a version such as 1.10 stays the text that it is."""
        field, equals, text = str(value).partition("=")
        is_json = field.endswith(":")
        field = field.removesuffix(":")
        if not equals:
            self.fail(f"{value!r} has no value: write FIELD=TEXT, or FIELD:=JSON for a number.", param, ctx)
        try:
            read: object = json.loads(text) if is_json else text
            return Statement(FactSubject(""), checked_field(field), checked_value(field, read))
        except Invalid as error:
            self.fail(str(error), param, ctx)
        except ValueError:
            self.fail(f"{text!r} is no JSON: write {field}={text} for a text.", param, ctx)


def _subject(command: _Command) -> _Command:
    """Say whose facts they are."""
    for option in (
        click.option("--environment", metavar="E", type=ENVIRONMENT, help="Where it runs."),
        click.option(
            "--component",
            metavar="C",
            type=COMPONENT,
            envvar="TIDEGATE_COMPONENT",
            required=True,
            help="The component.",
        ),
    ):
        command = option(command)
    return command


@click.group()
def fact() -> None:
    """Tell and list facts: what is declared and what is observed of what runs."""


@fact.command("observe")
@click.argument("facts", nargs=-1, required=True, metavar="FIELD=VALUE...", type=FactParameter())
@_subject
@click.option("--at", type=TimeParameter(), help="When it was so. Default: now.")
@click.option("--label", metavar="TEXT", help="What it comes from, such as a job's name.")
@server_option
def observe_command(
    facts: tuple[Statement, ...],
    component: str,
    environment: str | None,
    at: datetime | None,
    label: str | None,
    server: str,
) -> None:
    """Tell what was observed, such as backup=done at the end of a backup.

    FIELD=VALUE is a text; FIELD:=VALUE a number, true or false.
    """
    body: dict[str, Any] = {} if at is None else {"at": write_time(at)}
    _tell("observed", facts, component, environment, body | _labelled(label), server)


@fact.command("declare")
@click.argument("facts", nargs=-1, required=True, metavar="FIELD=VALUE...", type=FactParameter())
@_subject
@click.option("--label", metavar="TEXT", help="What it comes from, such as a ticket.")
@server_option
def declare_command(
    facts: tuple[Statement, ...],
    component: str,
    environment: str | None,
    label: str | None,
    server: str,
) -> None:
    """Declare what should be so, such as version=2.0.0; it holds from now on."""
    _tell("declared", facts, component, environment, _labelled(label), server)


@fact.command("list")
@_subject
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)
@server_option
def list_command(component: str, environment: str | None, output: str, server: str) -> None:
    """List what is known; the JSON can be handed to `tidegate check --facts`."""
    found = Server(server).get("components", component, "facts", query={"environment": environment})
    if output == "json":
        write_document(json.dumps(found, indent=2).encode() + b"\n", None)
        return
    rows = [
        (str(one["field"]), str(one["side"]), _written(one["value"]), str(one["seen_at"]), str(one["source"]))
        for one in found["items"]
    ]
    if not rows:
        click.echo("Nothing is known of it yet: tidegate fact observe … FIELD=VALUE tells something.")
        return
    print_rows(open_terminal(), ("Field", "Side", "Value", "Seen at", "Source"), rows)


def _tell(
    side: str,
    facts: tuple[Statement, ...],
    component: str,
    environment: str | None,
    body: dict[str, Any],
    server: str,
) -> None:
    body["facts"] = {one.field: one.value for one in facts}
    query = None if environment is None else {"environment": environment}
    answer = Server(server).send("POST", "components", component, "facts", side, document=body, query=query)
    told = answer.document()
    for change in told["changes"]:
        was = "" if change["before"] is None else f", was {_written(change['before'])}"
        click.echo(f"{change['field']}: {side} as {_written(change['after'])}{was}")
    if told["confirmed"]:
        click.echo(f"{told['confirmed']} confirmed as known already")
    if told["too_late"]:
        click.echo(f"{told['too_late']} older than what is known: nothing was changed by them")


def _labelled(label: str | None) -> dict[str, Any]:
    return {} if label is None else {"label": label}


def _written(value: FactValue) -> str:
    return json.dumps(value, ensure_ascii=False)
