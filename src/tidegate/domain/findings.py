"""Findings and cases as readers yield them, and the names of problems that survive shifts and checkouts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from tidegate.domain.checkouts import in_checkout, place, without_checkouts

NO_NAME = "-"
"""Stands in a key for the name that the tool itself gives to a problem, where it gives none."""


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
    """One problem in a report. `path` and `line` are as the report gives them; `line` counts from 1.

    `stable` is the name that the tool itself gives to the problem, where it keeps it from run to run.
    """

    tool: str
    rule: str
    message: str
    severity: Severity
    path: str = ""
    line: int | None = None
    suppressed: bool = False
    stable: str = ""

    @property
    def fingerprint(self) -> str:
        """Name the problem by tool, rule, path and message, without the numbers that shift: 32 hex digits."""
        return fingerprint(self.tool, self.rule, self.path, self.message)

    @property
    def key(self) -> str:
        """Name the problem for comparisons: its hash, the tool's own name for it, its path."""
        own = NO_NAME
        if self.stable:
            own = f"{self.tool.casefold()}/{self.rule}/{self.stable}".replace(" ", "_")
        return f"{content_hash(self.tool, self.rule, self.message)} {own} {place(self.path)}"


@dataclass(frozen=True, slots=True)
class Case:
    """One test case of a report; `duration` is in seconds, `detail` the first line of what went wrong."""

    suite: str
    name: str
    outcome: Outcome
    duration: float = 0.0
    detail: str = ""
    flaky: bool = False


_MAY_SHIFT = re.compile(r"[ :=\[#LC]\d")  # what every line number has; cheap to ask of 100,000 messages
_NUMBERED = re.compile(
    r"(?i:[estlnw])\s*[ :=#]\s*#?\d"
)  # what each of the words below ends with, and a number
_NUMBERS = re.compile(
    r"(?i:\b(lines?|at|columns?|col|row|offset))(\s*[ :=#]\s*)#?\d+(?:(?:[:,-]| ?- ?| to )\d+)*"
)
_IN_FILE = re.compile(r"(?<=[\w)])(\.[A-Za-z]{1,6}):\d+(?::\d+)?(?!\w)")  # a.py:12:5
_LETTERED = re.compile(r"\b([LC])\d+\b")  # L12
_RANGE = re.compile(r"\[\d+:\d+\]")  # as pylint names duplicated lines


def fingerprint(tool: str, rule: str, path: str, message: str) -> str:
    """Hash what names a problem and leave out what shifts: 32 hexadecimal digits.

    Line numbers inside the message, the place where CI systems check sources out, and the writing of
    the path (`file://`, `./`, backslashes) do not count, so the same tool's formats agree.
    """
    return _hash(tool.casefold(), rule, in_checkout(place(path)), steady(message))


def steady(message: str) -> str:
    """Write a message without what shifts when a file changes elsewhere, on one line."""
    text = without_checkouts(" ".join(message.split()))
    if not _MAY_SHIFT.search(text):
        return text
    if _NUMBERED.search(text):
        text = _NUMBERS.sub(lambda found: f"{found[1]}{found[2]}N", text)
    if ":" in text:
        text = _RANGE.sub("[N]", _IN_FILE.sub(r"\1:N", text))
    return _LETTERED.sub(r"\1N", text) if "L" in text or "C" in text else text


@lru_cache(maxsize=4096)
def content_hash(tool: str, rule: str, message: str) -> str:
    """Name a problem by tool, rule and message, wherever it is."""
    return _hash(tool.casefold(), rule, steady(message))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


Counts: TypeAlias = "Mapping[Severity, Mapping[str, int]]"
"""How often each problem occurs, by severity and by its key (`Finding.key`)."""


ItemGroup: TypeAlias = "Severity | Outcome | None"
"""What an item is counted under: its severity or outcome, None for a suppressed finding."""


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How often each problem of one report occurs, by tool and severity; suppressed findings do not count."""

    by_tool: dict[str, dict[Severity, dict[str, int]]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        if finding.suppressed:
            return
        of_tool = self.by_tool.setdefault(finding.tool.casefold(), {})
        of_severity = of_tool.setdefault(finding.severity, {})
        key = finding.key
        of_severity[key] = of_severity.get(key, 0) + 1

    def of(self, tool: str | None = None) -> Counts:
        """Return what one tool found, or all of them."""
        if tool is not None:
            return self.by_tool.get(tool.casefold(), {})
        return baseline_of(self.by_tool.values())


def baseline_of(reports: Iterable[Counts]) -> dict[Severity, dict[str, int]]:
    """Make one baseline of what several reports hold together."""
    total: dict[Severity, dict[str, int]] = {}
    for report in reports:
        for severity, counts in report.items():
            known = total.setdefault(severity, {})
            for key, count in counts.items():
                known[key] = known.get(key, 0) + count
    return total
