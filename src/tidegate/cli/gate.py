"""`tidegate gate`: lint gates, show them as they take effect, put them in force, try them on history."""

from __future__ import annotations

import json
from typing import Any

import click

from tidegate.cli.client import Server
from tidegate.cli.gate_files import advised, at, documents_for_server, lint_file, load_gate
from tidegate.cli.options import COMPONENT, ENVIRONMENT, server_option
from tidegate.cli.terminal import open_terminal, print_rows, shown_commit, write_document
from tidegate.domain.gate_documents import GateProblem, Level


@click.group()
def gate() -> None:
    """Lint gates, show them, put them in force, try them on history."""


@gate.command("lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--output", type=click.Choice(("text", "json", "github")), default="text", show_default=True)
def lint_command(files: tuple[str, ...], output: str) -> None:
    """Find what is wrong or doubtful in gates, each with its place and how to fix it.

    Exit code: 0 no errors (there may be warnings), 1 errors, 2 a file cannot be read.
    """
    found = [(path, *pair) for path in files for pair in lint_file(path)]
    if output == "json":
        document = {"problems": [_document(where, problem) for _, where, problem in found]}
        write_document(json.dumps(document, indent=2).encode() + b"\n", None)
    elif output == "github":
        from tidegate.cli.show.github import command

        for _, where, problem in found:
            place: dict[str, Any] = {"file": where, "line": problem.line, "col": problem.column}
            click.echo(command(str(problem.level), advised(problem), **place, title="tidegate gate lint"))
    else:
        _print_lint(files, found)
    broken = any(problem.level is Level.ERROR for _, _, problem in found)
    click.get_current_context().exit(1 if broken else 0)


def _print_lint(files: tuple[str, ...], found: list[tuple[str, str, GateProblem]]) -> None:
    terminal = open_terminal()
    for _, where, problem in found:
        click.echo(terminal.plain(f"{at(where, problem)}: {problem.level}: {advised(problem)}"))
    for path in files:
        if not any(of == path for of, _, _ in found):
            click.echo(terminal.plain(f"{path}: nothing to fix"))


def _document(where: str, problem: GateProblem) -> dict[str, Any]:
    return {
        "file": where,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.where,
        "level": str(problem.level),
        "what": problem.what,
        "suggestion": problem.suggestion,
    }


@gate.command("show")
@click.argument("file", metavar="FILE")
@click.option("--output", type=click.Choice(("yaml", "json")), default="yaml", show_default=True)
def show_command(file: str, output: str) -> None:
    """Show a gate as it takes effect: with the rules of its floor, and the digest that names this version.

    As JSON it is the canonical form, whose SHA-256 is the digest.
    """
    loaded = load_gate(file)
    if output == "json":
        write_document(loaded.canonical(), None)
        return
    import yaml

    document = loaded.to_document()
    floor = f"# on the floor {loaded.floor}\n" if loaded.floor else ""
    document.pop("floor")
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    write_document(f"# {loaded.digest}\n{floor}{text}".encode(), None)


@gate.command("put")
@click.argument("file", metavar="FILE")
@click.option("--reason", metavar="TEXT", help="Why it is changed; kept with the version.")
@server_option
def put_command(file: str, reason: str | None, server: str) -> None:
    """Put a gate in force on a server, its floors first.

    The same content makes no new version, so it is safe to repeat.
    """
    query = {"reason": reason} if reason else None
    remote = Server(server)
    for path, name, text in documents_for_server(file):
        answer = remote.send_yaml("PUT", "gates", name, text=text, query=query)
        version = answer.document()
        outcome = "in force" if answer.status == 201 else "in force already"
        click.echo(f"gate {name} ({path}): version {version['number']} is {outcome}, {version['digest']}")


@gate.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a gate's document, for editors and linters."""
    from tidegate.domain.gate_schema import gate_schema

    write_document(json.dumps(gate_schema(), indent=2).encode() + b"\n", None)


@gate.command("try")
@click.argument("file", metavar="FILE")
@server_option
@click.option("--component", metavar="C", type=COMPONENT, help="Only revisions of this component.")
@click.option(
    "--environment",
    metavar="E",
    type=ENVIRONMENT,
    help="Where facts are read. Default: the highest environment that a gate of this name guards.",
)
@click.option(
    "--last", type=click.IntRange(1, 500), default=100, show_default=True, help="Number of revisions."
)
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)
def try_command(
    file: str, server: str, component: str | None, environment: str | None, last: int, output: str
) -> None:
    """Try a changed gate on history: which of the last revisions would it have stopped?

    The gate is sent as it takes effect here, with its floor; the server records nothing.
    """
    effective = load_gate(file).to_document()
    effective.pop("floor")
    body = {"gate": effective, "last": last, "component": component}
    if environment is not None:
        body["environment"] = environment
    trial = Server(server).send("POST", "gate-trials", document=body).document()
    if output == "json":
        write_document(json.dumps(trial, indent=2).encode() + b"\n", None)
    else:
        _print_trial(trial)


def _print_trial(trial: dict[str, Any]) -> None:
    terminal = open_terminal()
    rows = [
        (
            str(one["component"]),
            shown_commit(terminal, one["revision"]),
            str(one["state"]),
            ", ".join(rule["rule"] for rule in one["verdict"]["rules"] if rule["blocks"]),
        )
        for one in trial["revisions"]
        if one["state"] != "pass"
    ]
    if rows:
        print_rows(terminal, ("Component", "Revision", "Verdict", "Stopped by"), rows)
    summary = f"{trial['stopped']} of the last {trial['tried']} revisions would have been stopped."
    terminal.print(terminal.plain(summary if trial["tried"] else "There is no history to try it on yet."))
