"""The baseline file: which findings count as known, one a line, so that a reviewer can read what changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tidegate.domain.canonical import clean
from tidegate.domain.checkouts import place
from tidegate.domain.errors import Invalid
from tidegate.domain.findings import NO_NAME, Counts, Finding, Severity, content_hash, steady

VERSION = 2
_LONGEST = 200  # characters of a message
_CUT = "…"
_HASH = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[^ ]{0,1000}")
_REMEDY = (
    "Write it again from reports that you accept as known: "
    "`tidegate check --gate GATE REPORTS --write-baseline FILE`."
)
_FIELDS = frozenset({"path", "rule", "severity", "count", "tool", "message", "fingerprint", "name"})


@dataclass(frozen=True, slots=True, order=True)
class KnownFinding:
    """One problem as the file has it: what a reviewer reads, and what it is compared by.

    `fingerprint` is the hash of tool, rule and message; `name` is the tool's own name for the problem.
    """

    path: str
    rule: str
    message: str
    severity: Severity
    tool: str
    fingerprint: str
    name: str = ""

    @classmethod
    def of(cls, finding: Finding) -> KnownFinding:
        """Write a finding down as known."""
        fingerprint, name, path = finding.key.split(" ", 2)
        tool, rule, message = clean(finding.tool), clean(finding.rule), clean(steady(finding.message))
        if len(message) > _LONGEST:
            message = message[:_LONGEST] + _CUT
        elif content_hash(tool, rule, message) != fingerprint:
            message += _CUT
        own = "" if name == NO_NAME else clean(name)
        return cls(clean(path), rule, message, finding.severity, tool, fingerprint, own)

    @property
    def key(self) -> str:
        """Return what `Finding.key` returns for the same problem."""
        return f"{self.fingerprint} {self.name or NO_NAME} {self.path}"

    @property
    def is_sound(self) -> bool:
        """Tell whether what a reviewer reads is what is compared, as far as the message is there."""
        whole = not self.message.endswith(_CUT)
        return not whole or content_hash(self.tool, self.rule, self.message) == self.fingerprint

    def line(self, count: int) -> str:
        """Write it as a line of the file."""
        document: dict[str, Any] = {
            "path": self.path,
            "rule": self.rule,
            "severity": str(self.severity),
            "count": count,
            "tool": self.tool,
            "message": self.message,
            "fingerprint": self.fingerprint,
        }
        return json.dumps(document | ({"name": self.name} if self.name else {}), ensure_ascii=False)


@dataclass(slots=True)
class KnownFindings:
    """Findings gathered to be written down as known; suppressed ones are not."""

    counts: dict[KnownFinding, int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Gather one."""
        if not finding.suppressed:
            known = KnownFinding.of(finding)
            self.counts[known] = self.counts.get(known, 0) + 1


def write_baseline(known: KnownFindings) -> bytes:
    """Write a baseline as JSON, sorted, one finding a line: equal findings are equal bytes."""
    lines = [one.line(count) for one, count in sorted(known.counts.items())]
    findings = "[\n  " + ",\n  ".join(lines) + "\n]" if lines else "[]"
    return f'{{"tidegate_baseline": {VERSION}, "findings": {findings}}}\n'.encode()


def read_baseline(data: bytes) -> Counts:
    """Read what `write_baseline` wrote; raises `Invalid` for anything else, and never guesses."""
    try:
        document = json.loads(data, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The baseline file is not JSON: {_why(error)}. {_REMEDY}") from error
    if not isinstance(document, dict) or "tidegate_baseline" not in document:
        raise Invalid(f"This is not a baseline file: `tidegate_baseline` is missing. {_REMEDY}")
    version = document["tidegate_baseline"]
    if type(version) is not int or version != VERSION:
        raise Invalid(
            f"The baseline file is of version {version!r}; this Tidegate reads version {VERSION}. {_REMEDY}"
        )
    findings = document.get("findings")
    if not isinstance(findings, list):
        raise Invalid(
            f"The baseline file has no list of `findings`. {_REMEDY}", (("/findings", "must be a list"),)
        )
    return _counts(findings)


def _counts(findings: Iterable[object]) -> Counts:
    counts: dict[Severity, dict[str, int]] = {}
    problems: list[tuple[str, str]] = []
    for number, entry in enumerate(findings):
        known, count, wrong = _known(entry)
        if known is not None and not wrong:
            of_severity = counts.setdefault(known.severity, {})
            wrong = (
                "is listed twice: keep one entry with the count of both" if known.key in of_severity else ""
            )
            of_severity.setdefault(known.key, count)
        if wrong:
            problems.append((f"/findings/{number}", wrong))
    if problems:
        raise Invalid(
            f"{len(problems)} entries of the baseline file are wrong. {_REMEDY}", tuple(problems[:10])
        )
    return counts


def _known(entry: object) -> tuple[KnownFinding | None, int, str]:
    """Read one entry: what it knows, how often, and what is wrong with it."""
    if not isinstance(entry, dict) or not entry.keys() <= _FIELDS:
        return None, 0, f"must be an object with {', '.join(sorted(_FIELDS))}"
    count = entry.get("count")
    if type(count) is not int or not 1 <= count < 2**40:
        return None, 0, "`count` must be a whole number of 1 or more"
    texts = {name: text for name in _FIELDS - {"count"} if isinstance(text := entry.get(name, ""), str)}
    lacking = sorted(_FIELDS - {"count"} - texts.keys())
    if lacking or not texts["tool"]:
        return None, 0, f"`{(lacking or ['tool'])[0]}` must be a text"
    severity = texts.pop("severity")
    if severity not in set(Severity):
        return None, 0, f"`severity` must be one of {', '.join(Severity)}"
    if not _HASH.fullmatch(texts["fingerprint"]) or not _NAME.fullmatch(texts["name"]):
        return None, 0, "`fingerprint` must be 32 hexadecimal digits, and `name` have no space"
    known = KnownFinding(**texts | {"path": place(texts["path"])}, severity=Severity(severity))
    return known, count, "" if known.is_sound else "was edited: its fingerprint is of another message or rule"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _why(error: Exception) -> str:
    return str(error) if type(error) is ValueError else "it cannot be parsed"
