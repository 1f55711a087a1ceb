"""Counting findings into the measures that every format with findings gives."""

from __future__ import annotations

import math
from collections import Counter

from tidegate.domain.findings import Severity
from tidegate.domain.measures import Value

_RATED = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


class SeverityCounts:
    """Counts findings by severity; suppressed ones apart."""

    __slots__ = ("_counts", "suppressed")

    def __init__(self) -> None:
        self._counts: Counter[Severity] = Counter()
        self.suppressed = 0

    def add(self, severity: Severity, suppressed: bool = False) -> None:
        """Count one finding."""
        if suppressed:
            self.suppressed += 1
        else:
            self._counts[severity] += 1

    def add_several(self, severity: Severity, count: int) -> None:
        """Count findings that have one severity; none of them is suppressed."""
        self._counts[severity] += count

    def add_all(self, others: SeverityCounts) -> None:
        """Count what others have counted as well."""
        self._counts += others._counts
        self.suppressed += others.suppressed

    def count(self, severity: Severity) -> int:
        """Say how many findings that count have this severity."""
        return self._counts[severity]

    @property
    def total(self) -> int:
        """Say how many findings count."""
        return self._counts.total()

    def measures(self, *, rates: bool = True, tells_suppressed: bool = True) -> dict[str, Value]:
        """Give `findings.*`; severities only where the format rates and every finding that counts is rated.

        Where the format does not tell what was suppressed, `findings.suppressed` is left out.
        """
        unrated = self._counts[Severity.UNRATED]
        values: dict[str, Value] = {
            "findings.total": self.total,
            "findings.unrated": unrated,
        }
        if tells_suppressed:
            values["findings.suppressed"] = self.suppressed
        if rates and not unrated:
            values |= {f"findings.{severity}": self._counts[severity] for severity in _RATED}
        return values


def severity_of_score(score: float | None) -> Severity:
    """Rate a CVSS score: from 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low, 0 info."""
    if score is None or math.isnan(score) or score < 0:
        return Severity.UNRATED
    bands = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
    for least, severity in bands:
        if score >= least:
            return severity
    return Severity.LOW if score > 0 else Severity.INFO


RATED_FOLLOWS = {
    "findings.critical": "Counted findings rated critical; left out while any counted finding is unrated.",
    "findings.high": "Counted findings rated high; left out while any counted finding is unrated.",
    "findings.medium": "Counted findings rated medium; left out while any counted finding is unrated.",
    "findings.low": "Counted findings rated low; left out while any counted finding is unrated.",
    "findings.info": "Counted findings rated as remarks; left out while any counted finding is unrated.",
}
"""What `Reader.follows` says of the severities where the format adds nothing to it."""
