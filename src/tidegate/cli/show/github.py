"""A verdict as commands that a GitHub workflow's log turns into annotations."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.cli.show.ruling import ReportContext, Seen, ShownRule, ShownVerdict
from tidegate.domain.findings import Case, Finding, Severity

MOST = 50
"""How many findings of one report are annotated: GitHub itself shows fewer, and says nothing of the rest."""

_ERRORS = (Severity.CRITICAL, Severity.HIGH)


def github(verdict: ShownVerdict, context: ReportContext) -> str:
    """Write one command a line: each rule that does not hold, then findings and failed tests, then the end.

    The last line is no command, so that the log itself tells how it ended.
    """
    lines = [_rule(rule, context) for rule in verdict.rules if not rule.passed]
    for seen in context.seen:
        lines += _items(seen)
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


def _items(seen: Seen) -> Iterator[str]:
    shown = 0
    for finding in seen.findings:
        if not finding.suppressed and shown < MOST:
            shown += 1
            yield _finding(finding)
    for case in seen.cases[: max(MOST - shown, 0)]:
        shown += 1
        yield _case(case)
    rest = seen.left_out + sum(not f.suppressed for f in seen.findings) + len(seen.cases) - shown
    if rest:
        yield command("notice", f"{rest:,} more in {seen.path} are not annotated.", title="Tidegate")


def _finding(finding: Finding) -> str:
    return command(
        "error" if finding.severity in _ERRORS else "warning",
        finding.message,
        file=finding.path,
        line=finding.line if finding.path else None,
        title=f"{finding.tool} {finding.rule}".strip(),
    )


def _case(case: Case) -> str:
    return command(
        "error", case.detail or f"The test ended as {case.outcome}.", title=f"{case.suite} {case.name}"
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
