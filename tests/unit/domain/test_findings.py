"""Fingerprints that survive shifts, and what is new against a baseline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.findings import (
    Baseline,
    Finding,
    FindingCounts,
    Severity,
    baseline_of,
    fingerprint,
    new_measures_together,
)


def finding(message: str = "m", severity: Severity = Severity.HIGH, suppressed: bool = False) -> Finding:
    return Finding("bandit", "B101", message, severity, "a.py", 3, suppressed)


def counts(*findings: Finding) -> FindingCounts:
    counted = FindingCounts()
    for one in findings:
        counted.add(one)
    return counted


PROBLEMS = st.lists(st.builds(finding, st.sampled_from("abc"), st.sampled_from(Severity)), max_size=8)


class TestFingerprint:
    @pytest.mark.parametrize(
        "path",
        [
            "./src/a b.py",
            "src\\a b.py",
            "file:///home/runner/work/shop/shop/src/a%20b.py",
            "/home/runner/work/shop/shop/src/a b.py",
            "/__w/shop/shop/src/a b.py",
            "file:///D:/a/shop/shop/src/a%20b.py",
            "D:\\a\\shop\\shop\\src\\a b.py",
            "/github/workspace/src/a b.py",
            "/builds/team/shop/src/a b.py",
            "/home/vsts/work/1/s/src/a b.py",
            "/home/circleci/project/src/a b.py",
            "/var/jenkins_home/workspace/shop/src/a b.py",
        ],
    )
    def test_does_not_depend_on_where_sources_were_checked_out(self, path: str) -> None:
        assert fingerprint("ruff", "E1", path, "m") == fingerprint("Ruff", "E1", "src/a b.py", "m")

    def test_does_not_depend_on_line_numbers_in_the_message(self) -> None:
        assert fingerprint("f", "F811", "a", "redefinition from line 3") == fingerprint(
            "f", "F811", "a", "redefinition  from line 47"
        )

    @pytest.mark.parametrize(
        "other", [("g", "r", "p", "m"), ("f", "s", "p", "m"), ("f", "r", "q", "m"), ("f", "r", "p", "n 3")]
    )
    def test_depends_on_tool_rule_path_and_message(self, other: tuple[str, str, str, str]) -> None:
        assert fingerprint(*other) != fingerprint("f", "r", "p", "m")


def new_measures(report: FindingCounts, baseline: Baseline) -> dict[str, int]:
    """Count what one report holds beyond the baseline."""
    (measures,) = new_measures_together([report], baseline)
    return measures


class TestCounting:
    def test_leaves_suppressed_findings_out(self) -> None:
        findings = [finding(), finding(), finding("hushed", suppressed=True)]
        assert baseline_of([counts(*findings)]) == {finding().fingerprint: 2}


class TestNewMeasures:
    def test_count_what_the_baseline_does_not_have(self) -> None:
        measures = new_measures(
            counts(finding("a"), finding("b", Severity.LOW)), baseline_of([counts(finding("a"))])
        )
        assert measures == {
            "findings.new.total": 1,
            "findings.new.unrated": 0,
            "findings.new.critical": 0,
            "findings.new.high": 0,
            "findings.new.medium": 0,
            "findings.new.low": 1,
            "findings.new.info": 0,
        }

    def test_honour_how_often_a_problem_occurs(self) -> None:
        assert new_measures(counts(*[finding()] * 3), {finding().fingerprint: 2})["findings.new.high"] == 1

    def test_leave_severities_out_where_a_new_finding_is_unrated(self) -> None:
        measures = new_measures(counts(finding("a"), finding("b", Severity.UNRATED)), {})
        assert measures == {"findings.new.total": 2, "findings.new.unrated": 1}

    def test_take_the_worse_of_two_severities_for_the_new_one(self) -> None:
        report = counts(finding(severity=Severity.CRITICAL), finding(severity=Severity.LOW))
        measures = new_measures(report, {finding().fingerprint: 1})
        assert (measures["findings.new.critical"], measures["findings.new.low"]) == (1, 0)

    def test_use_the_baseline_up_across_reports_that_count_together(self) -> None:
        known = {finding().fingerprint: 1}
        together = new_measures_together([counts(finding()), counts(finding())], known)
        assert [measures["findings.new.total"] for measures in together] == [0, 1]
        assert known == {finding().fingerprint: 1}

    @given(PROBLEMS)
    def test_are_zero_against_itself(self, problems: list[Finding]) -> None:
        report = counts(*problems)
        assert set(new_measures(report, baseline_of([report])).values()) == {0}

    @given(PROBLEMS, PROBLEMS, PROBLEMS)
    def test_sum_up_to_the_same_in_any_order(
        self, one: list[Finding], other: list[Finding], known: list[Finding]
    ) -> None:
        baseline = baseline_of([counts(*known)])
        there = new_measures_together([counts(*one), counts(*other)], baseline)
        back = new_measures_together([counts(*other), counts(*one)], baseline)
        for name in ("findings.new.total", "findings.new.unrated"):
            assert sum(m[name] for m in there) == sum(m[name] for m in back)
        pooled = new_measures(counts(*one, *other), baseline)
        assert pooled["findings.new.total"] == sum(m["findings.new.total"] for m in there)
