"""A verdict for a pull request's comment or a workflow's summary."""

from __future__ import annotations

import re

from tidegate.cli.show.context import ReportContext
from tidegate.domain.asked_items import MOST_NAMED, asked_items
from tidegate.domain.shown_verdicts import ShownRule, ShownVerdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$@&])")
_LONGEST = 1_000  # characters of one cell: a comment holds 65,536


def markdown(verdict: ShownVerdict, context: ReportContext) -> str:
    """Write GitHub-flavoured Markdown; what reports say can neither format anything nor mention anybody."""
    lines = [
        f"### Tidegate: {_plain(verdict.gate)}: {verdict.state}",
        "",
        _plain(verdict.conclusion),
        "",
        *_faults(verdict, context),
        "| Verdict | Rule | Asked | Measured | Evidence | Smallest change that would pass |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rule in verdict.rules:
        cells = (
            f"**{rule.label}**" if rule.blocks else rule.label,
            _plain(rule.rule if rule.title == rule.rule else f"{rule.rule}: {rule.title}"),
            _plain(rule.asked),
            _plain(rule.measured_text),
            _plain("; ".join(filter(None, (", ".join(context.names_of(rule)), _facts(rule)))) or "none"),
            _plain("" if rule.passed else _advice(rule)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += _named(verdict, context)
    lines += ["", f"Gate `{verdict.gate_digest}`, judged at {verdict.at}, verdict `{verdict.digest}`."]
    return "\n".join(lines) + "\n"


def _facts(rule: ShownRule) -> str:
    return "; ".join(f"{fact.field} {fact.origin}" for fact in rule.facts)


def _faults(verdict: ShownVerdict, context: ReportContext) -> list[str]:
    """Name the reports that cannot be counted on, each once."""
    lines = []
    for fault in verdict.faults:
        cause = f"{fault.cause} {context.advice_on(fault, verdict)}".strip()
        lines.append(f"- **{fault.state}**: {_plain(fault.slot)}: {_plain(cause)}")
    return [*lines, ""] if lines else []


def _named(verdict: ShownVerdict, context: ReportContext) -> list[str]:
    """Name what the rules that fail are about, a list for each."""
    lines: list[str] = []
    for rule in verdict.rules:
        items = [f"- {_plain(line)}" for line in asked_items(rule, context.reports, MOST_NAMED).lines()]
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
