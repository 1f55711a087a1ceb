"""Tests of keeping what a report names."""

from __future__ import annotations

from dataclasses import replace

from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.readers.items import ItemCollector

FINDING = Finding("bandit", "B101", "Use of assert", Severity.HIGH, "a.py", 7)


def finding(number: int, severity: Severity = Severity.HIGH) -> Finding:
    """Return a finding of its own."""
    return replace(FINDING, message=f"m{number}", severity=severity)


class TestItemCollector:
    def test_keeps_what_did_not_pass(self) -> None:
        collector = ItemCollector(None)
        cases = [Case("s", str(outcome), outcome) for outcome in Outcome]
        for case in cases:
            collector.add(case)
        kept = collector.items()
        assert [case.outcome for case in kept.cases] == [Outcome.FAILED, Outcome.ERROR]
        assert kept.more == 0

    def test_keeps_so_many_of_each_severity_and_counts_the_rest(self) -> None:
        collector = ItemCollector(2)
        for number in range(5):
            collector.add(finding(number, Severity.LOW))
        collector.add(finding(9))
        collector.add(replace(FINDING, suppressed=True))
        kept = collector.items()
        assert [one.severity for one in kept.findings] == [Severity.LOW] * 2 + [Severity.HIGH] * 2
        assert (kept.left_out, kept.more) == ({Severity.LOW: 3}, 3)

    def test_known_findings_do_not_take_the_places_of_others(self) -> None:
        known = {Severity.HIGH: {finding(number).key: 1 for number in range(5)}}
        collector = ItemCollector(2, known)
        for number in range(6):
            collector.add(finding(number))
        assert [one.message for one in collector.items().findings] == ["m0", "m1", "m5"]
