"""Findings and test cases as readers yield them, and the fingerprint that survives line shifts."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


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


_LINE_NUMBERS = re.compile(r"\b(lines?|at|column|col)([ :=]+)\d+(?:[:,-]\d+)?", re.IGNORECASE)
_WORKSPACES = re.compile(r"^(?:/home/runner/work/[^/]+/[^/]+|/github/workspace|/builds/[^/]+/[^/]+|\.)/")


def fingerprint(tool: str, rule: str, path: str, message: str) -> str:
    """Hash what names a problem and leave out what shifts: 32 hexadecimal digits.

    Line numbers inside the message, the place where CI systems check sources out, and the writing of
    the path (`file://`, `./`, backslashes) do not count, so the same tool's formats agree.
    """
    where = _WORKSPACES.sub("", path.removeprefix("file://").replace("\\", "/"))
    what = _LINE_NUMBERS.sub(r"\1\2N", " ".join(message.split()))
    text = "\0".join((tool.casefold(), rule, where, what))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


Baseline = Mapping[str, int]
"""How often each fingerprint stood in the report that counts as known."""


def count_fingerprints(findings: Iterable[Finding]) -> dict[str, int]:
    """Count how often each problem that is not suppressed occurs."""
    return dict(Counter(f.fingerprint for f in findings if not f.suppressed))
