"""What is new against a baseline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.baseline_matching import new_measures, new_problems
from tidegate.domain.findings import Counts, Finding, FindingCounts, Severity, baseline_of

TOTAL = "findings.new.total"


def finding(
    message: str = "m", severity: Severity = Severity.HIGH, path: str = "a.py", stable: str = ""
) -> Finding:
    return Finding("bandit", "B101", message, severity, path, 3, stable=stable)


def counts(*findings: Finding) -> Counts:
    counted = FindingCounts()
    for one in findings:
        counted.add(one)
    return counted.of()


def new(current: Counts, baseline: Counts) -> dict[str, int]:
    (measures,) = new_measures([current], baseline)
    return measures


PROBLEMS = st.lists(st.builds(finding, st.sampled_from("abc"), st.sampled_from(Severity)), max_size=8)


class TestNewFindings:
    def test_are_counted_by_severity(self) -> None:
        measures = new(counts(finding("a"), finding("b", Severity.LOW)), {})
        assert (measures[TOTAL], measures["findings.new.high"], measures["findings.new.low"]) == (2, 1, 1)

    def test_are_those_beyond_the_number_that_is_known(self) -> None:
        assert new(counts(*[finding()] * 3), counts(*[finding()] * 2))["findings.new.high"] == 1

    def test_are_of_any_severity_where_one_is_unrated(self) -> None:
        measures = new(counts(finding("a"), finding("b", Severity.UNRATED)), {})
        assert measures == {TOTAL: 2, "findings.new.unrated": 1}

    def test_a_severity_that_rose_is_new(self) -> None:
        known = counts(finding(severity=Severity.MEDIUM))
        assert new(counts(finding(severity=Severity.HIGH)), known)["findings.new.high"] == 1
        assert new(counts(finding(severity=Severity.LOW)), known)[TOTAL] == 0

    def test_an_unrated_one_explains_no_rated_one_nor_the_other_way_round(self) -> None:
        assert new(counts(finding()), counts(finding(severity=Severity.UNRATED)))[TOTAL] == 1
        assert new(counts(finding(severity=Severity.UNRATED)), counts(finding()))[TOTAL] == 1

    def test_the_same_severity_is_explained_before_a_milder_one(self) -> None:
        measures = new(counts(finding(), finding(severity=Severity.LOW)), counts(finding()))
        assert (measures["findings.new.high"], measures["findings.new.low"]) == (0, 1)

    def test_what_is_left_over_explains_milder_ones(self) -> None:
        known = counts(finding(severity=Severity.CRITICAL), finding())
        now = counts(finding(), finding(severity=Severity.LOW), finding(severity=Severity.LOW))
        assert new(now, known)["findings.new.low"] == 1

    def test_use_the_baseline_up_across_reports_that_count_together(self) -> None:
        known = counts(finding())
        together = new_measures([counts(finding()), counts(finding())], known)
        assert [measures[TOTAL] for measures in together] == [0, 1]
        assert known == counts(finding())


class TestOtherCheckouts:
    def test_do_not_make_what_is_known_new(self) -> None:
        known = counts(
            finding(path="/home/ann/src/pay/app/a.py"), finding("n", path="/home/ann/src/pay/b.py")
        )
        for folder in ("/builds/7/pay/", "file:///D:/a/pay/pay/", "/home/ben/pay/", "C:\\work\\pay\\"):
            now = counts(finding(path=f"{folder}app/a.py"), finding("n", path=f"{folder}b.py"))
            assert new(now, known)[TOTAL] == 0

    def test_hide_no_finding_of_another_file(self) -> None:
        known = counts(finding(path="/home/ann/src/pay/app/a.py"))
        assert new(counts(finding(path="/builds/7/pay/lib/a.py")), known)[TOTAL] == 1
        assert new(counts(finding(path="/home/ann/src/pay/tests/a.py")), known)[TOTAL] == 1

    def test_explain_each_known_finding_once(self) -> None:
        known = counts(finding(path="/home/ann/pay/app/a.py"))
        now = counts(finding(path="/home/ben/pay/app/a.py"), finding(path="/home/ben/pay/app/a.py"))
        assert new(now, known)[TOTAL] == 1


class TestLastingNames:
    def test_stand_for_a_message_that_changed(self) -> None:
        known = counts(finding("3 paths lead here", stable="primaryLocationLineHash:abc:1"))
        assert (
            new(counts(finding("4 paths lead here", stable="primaryLocationLineHash:abc:1")), known)[TOTAL]
            == 0
        )
        assert (
            new(counts(finding("4 paths lead here", stable="primaryLocationLineHash:abd:1")), known)[TOTAL]
            == 1
        )
        assert new(counts(finding("4 paths lead here")), known)[TOTAL] == 1

    def test_are_no_condition(self) -> None:
        known = counts(finding(stable="primaryLocationLineHash:abc:1"))
        assert new(counts(finding()), known)[TOTAL] == 0

    def test_name_a_problem_of_one_file(self) -> None:
        known = counts(finding("m", stable="primaryLocationLineHash:abc:1"))
        moved = finding("n", path="b.py", stable="primaryLocationLineHash:abc:1")
        assert new(counts(moved), known)[TOTAL] == 1


class TestTheWholeBaseline:
    @given(PROBLEMS)
    def test_leaves_nothing_new_of_itself(self, findings: list[Finding]) -> None:
        report = counts(*findings)
        assert set(new(report, baseline_of([report])).values()) <= {0}

    @given(PROBLEMS, PROBLEMS, PROBLEMS)
    def test_gives_sums_that_do_not_depend_on_how_reports_are_split(
        self, one: list[Finding], other: list[Finding], known: list[Finding]
    ) -> None:
        baseline = counts(*known)
        there = new_measures([counts(*one), counts(*other)], baseline)
        back = new_measures([counts(*other), counts(*one)], baseline)
        pooled = new(counts(*one, *other), baseline)
        for measures in (there, back):
            assert sum(each[TOTAL] for each in measures) == pooled[TOTAL]

    @given(PROBLEMS, PROBLEMS)
    def test_never_explains_a_finding_by_a_milder_one(self, now: list[Finding], known: list[Finding]) -> None:
        worse = [Severity.HIGH, Severity.CRITICAL]
        most = sum(one.severity in worse for one in known)
        measures = new(counts(*now), counts(*known))
        if not measures["findings.new.unrated"]:
            there = sum(one.severity in worse for one in now)
            assert measures["findings.new.high"] + measures["findings.new.critical"] >= there - most


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a b c.py"])
def test_any_path_is_compared_as_it_is(path: str) -> None:
    assert new(counts(finding(path=path)), counts(finding(path=path)))[TOTAL] == 0


class TestNewProblems:
    def test_names_what_the_measures_count(self) -> None:
        same = {Severity.LOW: {"c - a.py": 2}}
        more = {Severity.LOW: {"c - a.py": 3}, Severity.HIGH: {"d - b.py": 1}}
        assert new_problems([same], same) == [frozenset()]
        assert new_problems([more], same) == [
            frozenset({(Severity.LOW, "c - a.py"), (Severity.HIGH, "d - b.py")})
        ]
