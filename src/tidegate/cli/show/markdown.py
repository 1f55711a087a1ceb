"""A verdict for a pull request's comment or a workflow's summary."""

from __future__ import annotations

import re

from tidegate.cli.show.asked import MOST_NAMED, asked_items
from tidegate.cli.show.context import ReportContext
from tidegate.domain.shown_verdicts import ShownFault, ShownRule, ShownVerdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$@&])")
_LONGEST = 1_000  # characters of one cell: a comment holds 65,536


def markdown(verdict: ShownVerdict, context: ReportContext) -> str:
    """Write GitHub-flavoured Markdown; what reports say can neither format anything nor mention anybody."""
    lines = [
        f"### Tidegate: {_plain(verdict.gate)}: {verdict.state}",
        "",
        _plain(verdict.conclusion),
        "",
        *_faults(verdict),
        "| Verdict | Rule | Asked | Measured | Evidence | Smallest change that would pass |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rule in verdict.rules:
        cells = (
            f"**{rule.label}**" if rule.blocks else rule.label,
            _plain(rule.rule if rule.title == rule.rule else f"{rule.rule}: {rule.title}"),
            _plain(rule.asked),
            _plain(rule.measured_text),
            _plain(", ".join(context.names_of(rule)) or "none"),
            _plain("" if rule.passed else _advice(rule)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += _named(verdict, context)
    lines += ["", f"Gate `{verdict.gate_digest}`, judged at {verdict.at}, verdict `{verdict.digest}`."]
    return "\n".join(lines) + "\n"


def _faults(verdict: ShownVerdict) -> list[str]:
    """Name the reports that cannot be counted on, each once."""
    lines = [
        f"- **{fault.state}**: {_plain(fault.slot)}: {_plain(_cause(fault))}" for fault in verdict.faults
    ]
    return [*lines, ""] if lines else []


def _cause(fault: ShownFault) -> str:
    return f"{fault.cause} {fault.advice}".strip()


def _named(verdict: ShownVerdict, context: ReportContext) -> list[str]:
    """Name what the rules that fail are about, a list for each."""
    lines: list[str] = []
    for rule in verdict.rules:
        items = [f"- {_plain(line)}" for line in asked_items(rule, context, MOST_NAMED).lines()]
        if items:
            lines += ["", f"**{_plain(rule.rule)}**", "", *items]
    return lines


def _advice(rule: ShownRule) -> str:
    """Tell the change, and why where asked and measured do not show it."""
    return " ".join(part for part in (rule.why, rule.change and f"To pass: {rule.change}.") if part)


def _plain(text: str) -> str:
    """Write a text so that it shows as it is, on one line and within a table's cell."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return _SPECIAL.sub(r"\\\1", "".join(sign for sign in line if sign.isprintable()))
