"""A verdict as commands that a GitHub workflow's log turns into annotations."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.cli.show.context import ReportContext
from tidegate.domain.asked_items import asked_items, case_name
from tidegate.domain.findings import Case, Finding, Severity
from tidegate.domain.shown_verdicts import ShownFault, ShownRule, ShownVerdict

MOST = 50
"""How many items of one rule are annotated: GitHub itself shows fewer, and says nothing of the rest."""

_ERRORS = (Severity.CRITICAL, Severity.HIGH)


def github(verdict: ShownVerdict, context: ReportContext) -> str:
    """Write one command a line: the reports that cannot be counted on, each rule that does not hold, then the
    findings and failed tests that those rules ask about, each once.

    The last line is no command, so that the log itself tells how it ended.
    """
    lines = [_fault(fault, context.advice_on(fault, verdict)) for fault in verdict.faults]
    annotated: set[str] = set()
    for rule in verdict.rules:
        if not rule.passed:
            # A rule that lacks nothing but reports annotated above has nothing to add to them.
            if not (rule.only_faults and verdict.faults):
                lines.append(_rule(rule, context))
            new = [line for line in _items(rule, context) if line not in annotated]
            annotated.update(new)
            lines += new
    return "\n".join((*lines, _message(verdict.conclusion).replace("::", ": :"))) + "\n"


def command(name: str, message: str, **properties: str | int | None) -> str:
    """Write one workflow command, escaped so that no part of it can end it or start another."""
    given = ",".join(
        f"{key}={_property(str(value))}" for key, value in properties.items() if value not in (None, "")
    )
    return f"::{name}{' ' if given else ''}{given}::{_message(message)}"


def _rule(rule: ShownRule, context: ReportContext) -> str:
    change = f" To pass: {rule.change}." if rule.change else ""
    line = context.rule_lines.get(rule.rule)
    return command(
        "error" if rule.blocks else "warning",
        f"{rule.reason}{change}",
        file=context.gate_path if line else None,
        line=line,
        title=f"{rule.label}: {rule.title}",
    )


def _fault(fault: ShownFault, advice: str) -> str:
    return command(
        "error",
        f"{fault.cause} {advice}".strip(),
        file=fault.slot,
        title=f"{fault.state}: {fault.slot}",
    )


def _items(rule: ShownRule, context: ReportContext) -> Iterator[str]:
    asked = asked_items(rule, context.reports, MOST)
    yield from map(_finding, asked.findings)
    yield from map(_case, asked.cases)
    if asked.more:
        yield command("notice", f"{asked.more:,} more of {rule.rule} are not annotated.", title="Tidegate")


def _finding(finding: Finding) -> str:
    return command(
        "error" if finding.severity in _ERRORS else "warning",
        finding.message,
        file=finding.path,
        line=finding.line if finding.path else None,
        title=f"{finding.tool} {finding.rule}".strip(),
    )


def _case(case: Case) -> str:
    return command("error", case.detail or f"The test ended as {case.outcome}.", title=case_name(case))


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
