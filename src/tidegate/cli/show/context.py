"""The reports that an output tells of beside the verdict, and where its gate's rules stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.domain.findings import Case, Finding, Severity
from tidegate.domain.shown_verdicts import ShownRule
from tidegate.readers.items import Group


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """One report that was given: its name here, what it is, and what it lists.

    `left_out` counts, by severity or outcome, what was not kept of it; `new` names, by severity and key, the
    findings that the baseline does not explain, None where it was not compared.
    """

    path: str
    digest: str
    what: str
    findings: tuple[Finding, ...] = ()
    cases: tuple[Case, ...] = ()
    left_out: Mapping[Group, int] = field(default_factory=dict)
    new: frozenset[tuple[Severity, str]] | None = None


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What an output may tell beside the verdict: the reports, and where the gate's rules stand."""

    reports: Sequence[ReportSummary] = ()
    ignored: Sequence[str] = ()
    gate_path: str | None = None
    rule_lines: Mapping[str, int] = field(default_factory=dict)
    unasked: Sequence[str] = ()

    def names_of(self, rule: ShownRule) -> list[str]:
        """Name the reports that a rule speaks of: by their paths, or by digest where they are not at hand."""
        paths: dict[str, list[str]] = {}
        for one in self.reports:
            paths.setdefault(one.digest, []).append(one.path)
        return [name for digest in rule.evidence for name in paths.get(digest, [digest[:19]])]
