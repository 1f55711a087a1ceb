"""Rows of a parity report as lines for a terminal, and as commands for a GitHub workflow's log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tidegate.cli.show.github import command
from tidegate.domain.parity_values import written

_SIGNS = {"match": "=", "mismatch": "!=", "unobserved": "-", "undeclared": "+", "stale": "old"}


def text_lines(row: Mapping[str, Any], plain: Callable[[str], str]) -> list[str]:
    """Write a row as a line, and below it each side's value with its source."""
    accepted = " (accepted)" if row.get("accepted") else ""
    lines = [f"{_SIGNS[row['status']]:>3} {row['status']}{accepted}  {_subject(row)} {row['field']}"]
    for name in ("left", "right"):
        cell = row[name]
        if cell is not None:
            seen = f", {cell['seen_at']}" if cell["seen_at"] else ""
            lines.append(f"      {name + ':':6} {_value(cell)}  [{cell['source']}{seen}]")
    return [plain_line(line, plain) for line in lines]


def plain_line(line: str, plain: Callable[[str], str]) -> str:
    """Make a line safe to print and keep the spaces that it begins with."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + plain(text)


def github_lines(row: Mapping[str, Any]) -> list[str]:
    """Write a row as a command: an error, or a notice where it is accepted."""
    sides = ", ".join(f"{name} {_value(row[name])}" for name in ("left", "right") if row[name] is not None)
    title = f"{_subject(row)} {row['field']}: {row['status']}"
    return [command("notice" if row.get("accepted") else "error", sides, title=title)]


def describe_counts(counts: Mapping[str, int]) -> str:
    """Say in a line what a report comes to."""
    findings = sum(counts[name] for name in ("mismatch", "unobserved", "undeclared", "stale"))
    open_ones = findings - counts["accepted"]
    compared = findings + counts["match"]
    told = ", ".join(f"{counts[name]} {name}" for name in ("mismatch", "unobserved", "undeclared", "stale"))
    more = f", {counts['accepted']} of them accepted" if counts["accepted"] else ""
    ignored = f"; {counts['ignored']} left out by rules" if counts["ignored"] else ""
    begin = "parity" if open_ones == 0 else "no parity"
    return f"{begin}: {counts['match']} of {compared} match; {told}{more}{ignored}"


def _subject(row: Mapping[str, Any]) -> str:
    return f"{row['component']}/{row['environment']}" if row["environment"] else str(row["component"])


def _value(cell: Mapping[str, Any]) -> str:
    value = written(cell["value"])
    where = f" in {cell['environment']}" if cell.get("environment") else ""
    return f"{value}{where}"
