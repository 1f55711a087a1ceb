"""What a rule that does not hold is about: the failing tests and the findings that its measures count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.domain.evidence import Evidence, ToolRun
from tidegate.domain.findings import Case, Finding, ItemGroup, Outcome, Severity
from tidegate.domain.gates import Gate
from tidegate.domain.shown_verdicts import ShownRule
from tidegate.domain.states import State

MOST_NAMED = 5
"""How many failing tests and findings of one rule are named to people: the first few, with the count."""

_CASES = {
    "tests.failed": (Outcome.FAILED,),
    "tests.errors": (Outcome.ERROR,),
    "tests.passed": (Outcome.FAILED, Outcome.ERROR),
    "tests.pass_rate": (Outcome.FAILED, Outcome.ERROR),
}
_EVERY_FINDING = ("findings.total", "dependencies.vulnerable")


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """One report that was given: its name here, what it is, and what it lists.

    `left_out` counts, by severity or outcome, what was not kept of it; `new` names, by severity and key, the
    findings that the baseline does not explain, None where it was not compared. `asked` names, by rule, the
    tools of which the rule speaks, where several share the report; a rule that it does not name asks all.
    """

    path: str
    digest: str
    what: str
    findings: tuple[Finding, ...] = ()
    cases: tuple[Case, ...] = ()
    left_out: Mapping[ItemGroup, int] = field(default_factory=dict)
    new: frozenset[tuple[Severity, str]] | None = None
    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def asks(self, rule: ShownRule, finding: Finding) -> bool:
        """Tell whether a rule speaks of the tool that found it."""
        tools = self.asked.get(rule.rule)
        return tools is None or finding.tool.casefold() in tools


def tools_asked(gate: Gate, runs: Sequence[ToolRun]) -> Mapping[str, frozenset[str]]:
    """Name, by rule, of which of the tools that share a report it speaks; empty where none share it."""
    parts = [Evidence("", "", run.kind, "", run.tool, datetime.min) for run in runs]
    if not parts:
        return {}
    return {
        rule.id: frozenset(
            part.tool.casefold() for part in parts if any(need.met_by(part) for need in rule.needs)
        )
        for rule in gate.rules
    }


@dataclass(frozen=True, slots=True)
class AskedItems:
    """The first failing tests and findings that a rule counts; `more` are not listed."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    more: int

    def named(self) -> Iterator[str]:
        """Name each on a line of its own."""
        for case in self.cases:
            yield f"{case_name(case)}: {case.detail}" if case.detail else case_name(case)
        yield from map(finding_text, self.findings)

    def lines(self) -> Iterator[str]:
        """Name each on a line of its own, then say how many more there are."""
        yield from self.named()
        if self.more:
            yield f"and {self.more:,} more"


def counts_items(rule: ShownRule) -> bool:
    """Tell whether a rule fails on what reports name: tests that did not pass, or findings."""
    return State.FAIL in rule.found and bool(_severities(rule)[0] or _CASES.keys() & rule.measured.keys())


def counts_only_new(rule: ShownRule) -> bool:
    """Tell whether of findings a rule counts those alone that are new to the baseline."""
    return _severities(rule)[1]


def asked_items(rule: ShownRule, given: Sequence[ReportSummary], most: int) -> AskedItems:
    """Choose what a rule is about from the reports that it speaks of, up to a number.

    A rule that passes is about nothing, and so is one whose reports are not at hand.
    """
    if State.FAIL not in rule.found:
        return AskedItems((), (), 0)
    reports = [report for report in given if report.digest in rule.evidence]
    if not counts_only_new(rule):  # copies name the same, while of what is new each has its own
        reports = list({(report.digest, report.what): report for report in reports}.values())
    outcomes = {outcome for name in rule.measured for outcome in _CASES.get(name, ())}
    cases = [case for report in reports for case in report.cases if case.outcome in outcomes]
    findings = [finding for report in reports for finding in _asked_findings(rule, report)]
    kept = cases[:most], findings[: max(most - len(cases), 0)]
    if _severities(rule)[1]:
        total = _new_total(rule)
    elif any(rule.rule in report.asked for report in reports):
        # What was left out was not counted by tool.
        total = len(cases) + max(len(findings), _found_total(rule))
    else:
        total = len(cases) + len(findings) + sum(_left_out(rule, report, outcomes) for report in reports)
    return AskedItems(tuple(kept[0]), tuple(kept[1]), max(total - len(kept[0]) - len(kept[1]), 0))


def has_failing_items(rule: ShownRule, report: ReportSummary) -> bool:
    """Tell whether one report by itself holds something of what a rule fails on, be it listed or left out."""
    asked = asked_items(rule, [report], 1)
    if asked.cases or asked.findings:
        return True
    # `more` of new findings counts those of every report.
    return not counts_only_new(rule) and asked.more > 0


def _new_total(rule: ShownRule) -> int:
    """Return how many new findings a rule counts: the verdict knows, whatever was kept of the reports."""
    counts = {name: int(value) for name, value in rule.measured.items() if name.startswith("findings.new.")}
    return counts.get("findings.new.total", sum(counts.values()))


def _found_total(rule: ShownRule) -> int:
    """Return how many findings a rule counts, new or not, likewise."""
    counts = {str(one): int(rule.measured.get(f"findings.{one}", 0)) for one in Severity}
    return int(rule.measured.get("findings.total", sum(counts.values())))


def _asked_findings(rule: ShownRule, report: ReportSummary) -> list[Finding]:
    severities, only_new = _severities(rule)
    return [
        finding
        for finding in report.findings
        if not finding.suppressed
        and finding.severity in severities
        and report.asks(rule, finding)
        and (not only_new or (finding.severity, finding.key) in (report.new or ()))
    ]


def _left_out(rule: ShownRule, report: ReportSummary, outcomes: set[Outcome]) -> int:
    asked: set[ItemGroup] = {*outcomes, *_severities(rule)[0]}
    return sum(count for group, count in report.left_out.items() if group in asked)


def _severities(rule: ShownRule) -> tuple[frozenset[Severity], bool]:
    """Tell which severities a rule counts, and whether it counts new findings alone."""
    names = [name for name in rule.measured if name.startswith("findings.") or name in _EVERY_FINDING]
    only_new = bool(names) and all(name.startswith("findings.new.") for name in names)
    words = {name.rpartition(".")[2] for name in names}
    if words & {"total", "vulnerable"}:
        return frozenset(Severity), only_new
    return frozenset(severity for severity in Severity if severity in words), only_new


def case_name(case: Case) -> str:
    """Name a test by its suite and its own name."""
    return f"{case.suite} {case.name}".strip()


def finding_text(finding: Finding) -> str:
    """Write a finding as its place, severity, rule and message."""
    place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path
    severity = "" if finding.severity is Severity.UNRATED else str(finding.severity)
    return " ".join(part for part in (place, severity, finding.rule, finding.message) if part)
