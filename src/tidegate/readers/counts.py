"""The counts of one report's findings while they stream past, and the measures that follow."""

from __future__ import annotations

from tidegate.domain.findings import Finding, Severity
from tidegate.readers.base import Limits, Source, Unreadable

_RATED = tuple(severity for severity in Severity if severity is not Severity.UNRATED)


class FindingCounts:
    """Count findings by severity; `rates` says whether the format gives severities at all."""

    def __init__(self, source: Source, limits: Limits, *, rates: bool) -> None:
        self._source = source
        self._limits = limits
        self._rates = rates
        self._by_severity = dict.fromkeys(Severity, 0)
        self.total = 0

    def add(self, finding: Finding) -> None:
        """Count one finding; raises `Unreadable` for more of them than the limits allow."""
        self.total += 1
        self._by_severity[finding.severity] += 1
        if self.total > self._limits.max_items:
            raise Unreadable(f"{self._source.name}: more than {self._limits.max_items:,} findings.")

    def measures(self) -> dict[str, int]:
        """Give the measures: severities only where each finding has one and the format gives them."""
        unrated = self._by_severity[Severity.UNRATED]
        measures = {"findings.total": self.total, "findings.unrated": unrated}
        if self._rates and not unrated:
            measures |= {f"findings.{severity}": self._by_severity[severity] for severity in _RATED}
        return measures
