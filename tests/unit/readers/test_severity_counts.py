"""Counting findings: severities only where everything that counts is rated."""

from __future__ import annotations

import pytest

from tidegate.domain.findings import Severity
from tidegate.readers.severity_counts import SeverityCounts, severity_of_score


class TestTally:
    def test_leaves_severities_out_once_a_finding_is_unrated(self) -> None:
        counts = SeverityCounts()
        counts.add(Severity.HIGH)
        assert counts.measures()["findings.high"] == 1
        assert counts.measures()["findings.critical"] == 0
        counts.add(Severity.UNRATED)
        assert counts.measures() == {"findings.total": 2, "findings.unrated": 1, "findings.suppressed": 0}

    def test_a_suppressed_finding_counts_apart_and_may_be_unrated(self) -> None:
        counts = SeverityCounts()
        counts.add(Severity.UNRATED, suppressed=True)
        assert counts.measures()["findings.total"] == 0
        assert counts.measures()["findings.suppressed"] == 1
        assert counts.measures()["findings.high"] == 0

    def test_a_format_that_never_rates_gives_no_severity(self) -> None:
        assert "findings.high" not in SeverityCounts().measures(rates=False)

    def test_several_of_one_severity_are_counted_at_once(self) -> None:
        counts = SeverityCounts()
        counts.add(Severity.LOW)
        counts.add_several(Severity.LOW, 2)
        assert (counts.total, counts.count(Severity.LOW), counts.suppressed) == (3, 3, 0)


class TestScores:
    @pytest.mark.parametrize(
        ("score", "severity"),
        [
            (10.0, "critical"),
            (9.0, "critical"),
            (8.9, "high"),
            (7.0, "high"),
            (4.0, "medium"),
            (0.1, "low"),
            (0.0, "info"),
            (-1.0, "unrated"),
            (float("nan"), "unrated"),
            (None, "unrated"),
        ],
    )
    def test_bands_are_those_of_cvss_3(self, score: float | None, severity: str) -> None:
        assert severity_of_score(score) == severity
