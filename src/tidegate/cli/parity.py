"""`tidegate parity`: what differs between two sides of facts, asked of a server or between two files."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tidegate.cli.client import Server
from tidegate.cli.lazy import NotDone
from tidegate.cli.options import COMPONENT, ENVIRONMENT, TimeParameter, server_option
from tidegate.cli.parity_rules import read_rules
from tidegate.cli.show.parity import describe_counts, github_lines, text_lines
from tidegate.cli.terminal import open_terminal, write_document
from tidegate.domain.fact_files import read_facts
from tidegate.domain.facts import Side
from tidegate.domain.parity import FINDINGS, Moments, ParityCounts, ParityRow, ParityStatus, compare
from tidegate.domain.parity_rules import FILE_RULES, ParityRules
from tidegate.domain.parity_tables import Table, can_compare_lines, compare_tables
from tidegate.domain.times import write_time

OUTPUTS = ("text", "json", "csv", "xlsx", "github")
_MOST_SHOWN = 200
_LONGEST_WAIT = 600.0
_PAUSE = 1.0
_WORKBOOK_ROWS = 50_000
_LARGE = 16 * 1024 * 1024
"""From this size on, tables that are in order are compared by lines: smaller ones are sorted here."""


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE FILE]", type=click.Path(exists=True, dir_okay=False))
@click.option("--environment", metavar="E", type=ENVIRONMENT, help="Only what is in this environment.")
@click.option(
    "--between",
    nargs=2,
    metavar="E E",
    type=ENVIRONMENT,
    help="Compare what is observed in two environments; the first is what should be.",
)
@click.option(
    "--at", metavar="T", type=TimeParameter(), help="Compare what was observed then with what is now."
)
@click.option("--component", metavar="C", type=COMPONENT, help="Only this component.")
@click.option("--rules", "rules_path", metavar="FILE", help="Rules by fields (docs/parity.md).")
@click.option("--output", type=click.Choice(OUTPUTS), default="text", show_default=True, help="The form.")
@click.option(
    "--to", "target", metavar="FILE", type=click.Path(dir_okay=False), help="Write into a file instead."
)
@server_option
def parity(
    files: tuple[str, ...],
    environment: str | None,
    between: tuple[str, str] | None,
    at: datetime | None,
    component: str | None,
    rules_path: str | None,
    output: str,
    target: str | None,
    server: str,
) -> None:
    """Show what is observed other than declared, or what else differs between two sides.

    Without FILE a server compares what it knows. Two files of facts, CSV or JSON, are compared here: the
    first is what should be.

    Exit code: 0 nothing differs that is not accepted, 1 something does, 2 it could not be compared.
    """
    if output == "xlsx" and target is None:
        raise click.UsageError("A workbook is no text: name a file with --to parity.xlsx.")
    rules = read_rules(rules_path) if rules_path is not None else None
    if files:
        given = {"--environment": environment, "--between": between, "--at": at, "--component": component}
        _refuse_beside_files(files, given)
        findings = _compare_files(files[0], files[1], rules or FILE_RULES, output, target)
    else:
        asked = _asked(environment, between, at)
        asked |= {"component": component, "rules": rules.to_document() if rules is not None else None}
        findings = _ask_server(Server(server), asked, output, target)
    click.get_current_context().exit(1 if findings else 0)


def _refuse_beside_files(files: tuple[str, ...], given: Mapping[str, object]) -> None:
    if len(files) != 2:
        raise click.UsageError("Name two files, or none to ask the server.")
    for option, value in given.items():
        if value is not None:
            raise click.UsageError(f"{option} asks the server: leave it out beside files.")


def _asked(environment: str | None, between: tuple[str, str] | None, at: datetime | None) -> dict[str, Any]:
    """Return the two sides that a server is asked to compare."""
    if between is not None:
        if environment is not None or at is not None:
            raise click.UsageError("--between names both sides: leave out --environment and --at.")
        left, right = ({"side": str(Side.OBSERVED), "environment": name} for name in between)
        return {"left": left, "right": right}
    observed = {"side": str(Side.OBSERVED), "environment": environment}
    if at is not None:
        return {"left": {**observed, "at": write_time(at)}, "right": observed}
    return {"left": {"side": str(Side.DECLARED), "environment": environment}, "right": observed}


def _ask_server(server: Server, asked: Mapping[str, Any], output: str, target: str | None) -> int:
    report = server.send("POST", "parity-reports", document=asked).document()
    deadline = time.monotonic() + _LONGEST_WAIT
    while report["state"] == "waiting":
        if time.monotonic() > deadline:
            raise NotDone(
                f"The report {report['id']} still waits for the worker after {_LONGEST_WAIT:.0f} s. Does "
                "`tidegate worker` run?"
            )
        time.sleep(_PAUSE)
        report = server.get("parity-reports", report["id"])
    if report["state"] != "done":
        raise NotDone(f"The server could not compare: {report['failure']}")
    if output in ("text", "github"):
        rows = _rows_of(server, report["id"])
        _write_lines(output, rows, report["counts"], target)
        click.echo(f"The report is kept: {server.url}/parity/{report['id']}", err=True)
    else:
        query = {"format": output}
        write_document(server.download("parity-reports", report["id"], "content", query=query), target)
    _require_some(sum(report["counts"][name] for name in ParityStatus))
    findings: int = report["findings"]
    return findings


def _rows_of(server: Server, report: str) -> Iterator[Mapping[str, Any]]:
    """Go through the rows that are no match, page by page."""
    for status in FINDINGS:
        cursor: str | None = None
        while True:
            query: dict[str, str | int | None] = {"status": str(status), "limit": 100, "cursor": cursor}
            page = server.get("parity-reports", report, "rows", query=query)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break


def _compare_files(left: str, right: str, rules: ParityRules, output: str, target: str | None) -> int:
    from tidegate.modules.parity.exports import csv_pieces, json_pieces
    from tidegate.modules.parity.ports import ShownRow

    now, counts = datetime.now(UTC), ParityCounts()
    with ExitStack() as stack:
        as_lines = output in ("text", "github")
        large = _by_lines(stack, (left, right), rules, counts) if as_lines else None
        rows = large or _by_facts(stack, (left, right), rules, counts)
        if as_lines:
            shown = (row.to_document() for row in rows if row.status in FINDINGS)
            _write_lines(output, shown, None, target, counts)
            _require_some(counts.compared)
            return counts.findings
        described = _described(left, right, rules, now)
        all_rows = (ShownRow(row.to_document(), False, None) for row in rows)
        if output == "xlsx":
            from tidegate.modules.parity.workbook import write_workbook

            book = io.BytesIO()
            write_workbook(book, described, all_rows, most_rows=_WORKBOOK_ROWS)
            write_document(book.getvalue(), target)
        else:
            pieces = csv_pieces(all_rows) if output == "csv" else json_pieces(described, all_rows)
            write_document(b"".join(pieces), target)
    _require_some(counts.compared)
    return counts.findings


def _by_facts(
    stack: ExitStack, paths: tuple[str, str], rules: ParityRules, counts: ParityCounts
) -> Iterator[ParityRow]:
    """Compare two files fact by fact, whatever their form."""
    sides = []
    for path, side in zip(paths, (Side.DECLARED, Side.OBSERVED), strict=True):
        file = stack.enter_context(open(path, encoding="utf-8", newline=""))
        sides.append(read_facts(file, Path(path).name, side))
    now = datetime.now(UTC)
    return compare(sides[0], sides[1], rules, Moments(now, now), counts)


def _by_lines(
    stack: ExitStack, paths: tuple[str, str], rules: ParityRules, counts: ParityCounts
) -> Iterator[ParityRow] | None:
    """Compare large tables line by line, without those rows that match; None where that cannot be."""
    if min(os.path.getsize(path) for path in paths) < _LARGE or not all(
        path.lower().endswith(".csv") for path in paths
    ):
        return None
    files = [stack.enter_context(open(path, encoding="utf-8", newline="")) for path in paths]
    sides = zip(files, paths, (Side.DECLARED, Side.OBSERVED), strict=True)
    left, right = (Table(file, Path(path).name, side) for file, path, side in sides)
    headings = left.heading(), right.heading()
    if not can_compare_lines(headings, rules):
        return None
    now = datetime.now(UTC)
    return compare_tables(left, right, headings[0], rules, Moments(now, now), counts)


def _require_some(compared: int) -> None:
    """Raise `NotDone` where nothing was compared: that is no parity."""
    if not compared:
        raise NotDone("Nothing was compared: neither side holds a fact that the rules leave in.")


def _described(left: str, right: str, rules: ParityRules, now: datetime) -> dict[str, Any]:
    return {
        "left": left,
        "right": right,
        "rules": rules.to_document(),
        "rules_digest": rules.digest,
        "created_at": write_time(now),
        "created_by": "tidegate parity",
    }


def _write_lines(
    output: str,
    rows: Iterator[Mapping[str, Any]],
    known: Mapping[str, int] | None,
    target: str | None,
    counts: ParityCounts | None = None,
) -> None:
    """Write findings, those that are accepted apart, and what it comes to; the counts may be known last."""
    terminal = open_terminal()
    lines: list[str] = []
    left_out = 0
    for number, row in enumerate(rows):
        if number < _MOST_SHOWN:
            lines += github_lines(row) if output == "github" else text_lines(row, terminal.plain)
        else:
            left_out += 1
    if left_out:
        lines.append(f"... and {left_out:,} more: --output csv holds every row.")
    lines.append(describe_counts(known if known is not None else (counts or ParityCounts()).to_document()))
    write_document(("\n".join(lines) + "\n").encode(), target)
