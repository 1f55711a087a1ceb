"""Findings and cases as readers yield them, the fingerprint that survives line shifts, and what is new."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote


class Severity(StrEnum):
    """How bad a finding is; `UNRATED` where the report does not say."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    UNRATED = "unrated"


class Outcome(StrEnum):
    """How a test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in a report. `path` and `line` are as the report gives them; `line` counts from 1."""

    tool: str
    rule: str
    message: str
    severity: Severity
    path: str = ""
    line: int | None = None
    suppressed: bool = False

    @property
    def fingerprint(self) -> str:
        """Name the problem by tool, rule, path and message, without the numbers that shift: 32 hex digits."""
        return fingerprint(self.tool, self.rule, self.path, self.message)


@dataclass(frozen=True, slots=True)
class Case:
    """One test case of a report; `duration` is in seconds, `detail` the first line of what went wrong."""

    suite: str
    name: str
    outcome: Outcome
    duration: float = 0.0
    detail: str = ""
    flaky: bool = False


_LINE_NUMBERS = re.compile(r"(?i:\b(lines?|at|column|col))([ :=]+)\d+(?:[:,-]\d+)?")
_MAY_SHIFT = re.compile(r"[ :=]\d")  # what every line number has; cheap to ask of 100,000 messages
_SHIFTS = re.compile(r"(?i:[estln])[ :=]+\d")  # what each of those words ends with, before its number
_WORKSPACES = re.compile(
    r"^(?:"
    r"/home/runner/work/[^/]+/[^/]+|/__w/[^/]+/[^/]+|[A-Z]:/a/[^/]+/[^/]+|/github/workspace"  # GitHub
    r"|/builds/[^/]+/[^/]+"  # GitLab
    r"|/home/vsts/work/\d+/s|/home/circleci/project|/var/(?:lib/)?jenkins(?:_home)?/workspace/[^/]+"
    r"|\.)/",
    re.IGNORECASE,
)
_DRIVE = re.compile(r"^/(?=[A-Za-z]:/)")


@lru_cache(maxsize=4096)
def _place(path: str) -> str:
    """Write a path as it stands in its repository, as far as its text alone can tell."""
    if path.startswith("file://"):
        path = _DRIVE.sub("", unquote(path.removeprefix("file://")))
    return _WORKSPACES.sub("", path.replace("\\", "/"))


def fingerprint(tool: str, rule: str, path: str, message: str) -> str:
    """Hash what names a problem and leave out what shifts: 32 hexadecimal digits.

    Line numbers inside the message, the place where CI systems check sources out, and the writing of
    the path (`file://`, `./`, backslashes) do not count, so the same tool's formats agree.
    """
    what = " ".join(message.split())
    if _MAY_SHIFT.search(what) and _SHIFTS.search(what):
        what = _LINE_NUMBERS.sub(r"\1\2N", what)
    text = "\0".join((tool.casefold(), rule, _place(path), what))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


Baseline = Mapping[str, int]
"""How often each fingerprint stood in the reports that count as known."""


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How often each problem of one report occurs, by severity; suppressed findings do not count."""

    by_severity: dict[Severity, dict[str, int]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        if finding.suppressed:
            return
        of_severity = self.by_severity.setdefault(finding.severity, {})
        name = finding.fingerprint
        of_severity[name] = of_severity.get(name, 0) + 1


def baseline_of(reports: Iterable[FindingCounts]) -> dict[str, int]:
    """Make one baseline of what several reports hold together."""
    total: Counter[str] = Counter()
    for report in reports:
        for counts in report.by_severity.values():
            total.update(counts)
    return dict(total)


# What a baseline explains first: where one problem has several severities, the worst one is the new one.
# A finding of unknown severity may be of the worst kind.
_LEAST_FIRST = (
    Severity.INFO,
    Severity.LOW,
    Severity.MEDIUM,
    Severity.HIGH,
    Severity.CRITICAL,
    Severity.UNRATED,
)


def new_measures_together(reports: Sequence[FindingCounts], baseline: Baseline) -> list[dict[str, int]]:
    """Count for each of several reports that count together what the baseline does not explain.

    A problem that the baseline has twice and a report three times is new once. The baseline is used up across
    the reports: what it has once explains one finding of one report, not one of each. The sums over the
    reports do not depend on their order. Where a new finding is unrated, no severity measure is given: it may
    be of any severity.
    """
    left = dict(baseline)
    new: list[dict[Severity, int]] = [{} for _ in reports]
    for severity in _LEAST_FIRST:
        for report, counted in zip(reports, new, strict=True):
            counted[severity] = _unexplained(report.by_severity.get(severity, {}), left)
    return [_as_measures(counted) for counted in new]


def _unexplained(found: Mapping[str, int], left: dict[str, int]) -> int:
    """Take from `left` what explains the findings and count the rest."""
    new = 0
    for name, count in found.items():
        known = min(count, left.get(name, 0))
        if known:
            left[name] -= known
        new += count - known
    return new


def _as_measures(counted: Mapping[Severity, int]) -> dict[str, int]:
    unrated = counted[Severity.UNRATED]
    measures = {"findings.new.total": sum(counted.values()), "findings.new.unrated": unrated}
    if not unrated:
        rated = (severity for severity in _LEAST_FIRST if severity is not Severity.UNRATED)
        measures |= {f"findings.new.{severity}": counted[severity] for severity in rated}
    return measures
