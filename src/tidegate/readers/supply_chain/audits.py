"""What reports of vulnerable packages have in common: packages, findings by severity, declared totals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias
from urllib.parse import unquote

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Value
from tidegate.readers.base import MAX_COUNT, Unreadable
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts, severity_of_score

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
"""A total that a report gives."""

SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.INFO,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "none": Severity.INFO,
}
"""The words of scanners of packages, in small letters; any other word (`unknown`) is no rating."""

_LONGEST_SAID = 300
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")  # of a URL, such as a private registry's
_PURL = re.compile(r"pkg:[A-Za-z0-9.+-]+/([^@?#]+)")

FOLLOWS = {
    "findings.unrated": "Findings without a severity that is known.",
    **RATED_FOLLOWS,
    "dependencies.vulnerable": "Packages, by name and version, with a finding that counts.",
}
"""What `Reader.follows` says of audits where the format adds nothing to it."""


def severity_of(word: str | None, *scores: float | None) -> Severity:
    """Rate by the word where it is a known one, else by the first CVSS score from 0 to 10."""
    rated = SEVERITIES.get((word or "").strip().casefold())
    if rated is not None:
        return rated
    valid = (score for score in scores if score is not None and 0 <= score <= 10)
    return severity_of_score(next(valid, None))


def own_words(text: str) -> str:
    """Write what a tool says of its failure so that a message may repeat it: one line, and no password."""
    return " ".join(_CREDENTIALS.sub("", text[: 2 * _LONGEST_SAID]).split())[:_LONGEST_SAID]


def added(total: int, more: int) -> int:
    """Add one of a report's totals to others; refuses a sum that nothing ever came to."""
    if total + more > MAX_COUNT:
        raise Unreadable(
            "The report's totals are more than anything that was ever counted: it was damaged or edited. Make"
            " it again."
        )
    return total + more


def package_in(purl: str | None) -> str:
    """Return the package's name in a package URL, without type and version; nothing where it is none."""
    found = _PURL.match(purl or "")
    return unquote(found[1]) if found else ""


@dataclass(slots=True)
class Audit:
    """What one scanner found in packages, counted while its report is read.

    `looked_at` is None where the report does not tell how many packages were looked at.
    """

    tool: str
    counts: SeverityCounts = field(default_factory=SeverityCounts)
    vulnerable: set[tuple[str, ...]] = field(default_factory=set)
    looked_at: int | None = None

    def add(
        self,
        rule: str,
        package: str,
        severity: Severity,
        *,
        of: tuple[str, ...] = (),
        suppressed: bool = False,
    ) -> Finding:
        """Count a vulnerability of a package; `of` is what else tells the package from others.

        The finding holds neither version nor description: both change while the problem stays the same.
        """
        self.counts.add(severity, suppressed)
        if not suppressed:
            self.vulnerable.add((package, *of))
        affected = f"{package or 'A package'} is affected by {rule or 'an unnamed vulnerability'}"
        return Finding(self.tool, rule, affected, severity, package, None, suppressed)

    def measures(self, *, tells_suppressed: bool) -> dict[str, Value]:
        """Give `findings.*` and `dependencies.*`."""
        values = self.counts.measures(tells_suppressed=tells_suppressed)
        if self.looked_at is not None:
            values["dependencies.total"] = self.looked_at
        values["dependencies.vulnerable"] = len(self.vulnerable)
        return values


def fewer_than_declared(declared: Mapping[Severity, int], listed: SeverityCounts, tool: str) -> str | None:
    """Say where a report lists fewer problems of a severity than its own totals say; None where nowhere."""
    for severity, count in declared.items():
        if count > listed.count(severity):
            return (
                f"{tool} counted {count} {severity} problem(s) and lists {listed.count(severity)}: the report"
                " was filtered, cut or edited. Write it whole and let the gate's rule say what counts."
            )
    return None
