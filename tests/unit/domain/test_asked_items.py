"""Tests of naming what a rule that fails is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.unit.cli.show.samples import CASE, FINDING, context, rule, shown
from tests.unit.domain.samples import gate
from tidegate.cli.show.context import ReportContext
from tidegate.domain.asked_items import AskedItems, asked_items, finding_text, tools_asked
from tidegate.domain.evidence import ToolRun
from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.domain.measures import Kind

LOW = replace(FINDING, severity=Severity.LOW, rule="B110")
ERROR = Case("tests.test_b", "test_two", Outcome.ERROR)


def asked(given: ReportContext, most: int = 5, **more: Any) -> AskedItems:
    """Choose what one rule is about."""
    return asked_items(shown(rule(**more)).rules[0], given.reports, most)


class TestAskedItems:
    def test_a_rule_on_failures_names_the_failed_tests(self) -> None:
        found = asked(context(FINDING, cases=(CASE, ERROR)), measured={"tests.failed": 1})
        assert (found.cases, found.findings) == ((CASE,), ())

    def test_a_rule_on_passed_tests_names_what_did_not_pass(self) -> None:
        assert asked(context(cases=(CASE, ERROR)), measured={"tests.passed": 8}).cases == (CASE, ERROR)

    def test_a_rule_on_a_severity_names_findings_of_that_severity(self) -> None:
        assert asked(context(FINDING, LOW), measured={"findings.high": 1}).findings == (FINDING,)

    def test_a_rule_on_all_findings_names_every_one_that_is_not_suppressed(self) -> None:
        hushed = replace(FINDING, suppressed=True)
        assert asked(context(FINDING, LOW, hushed)).findings == (FINDING, LOW)

    def test_a_rule_on_new_findings_names_new_ones_alone(self) -> None:
        given = context(FINDING, LOW)
        summary = replace(given.reports[0], new=frozenset({(LOW.severity, LOW.key)}))
        found = asked(replace(given, reports=[summary]), measured={"findings.new.total": 1})
        assert found.findings == (LOW,)

    def test_names_the_first_few_and_counts_the_rest(self) -> None:
        many = tuple(replace(FINDING, line=line) for line in range(7))
        found = asked(context(*many, left_out=10), most=5)
        assert (len(found.findings), found.more) == (5, 12)
        assert list(found.lines())[-1] == "and 12 more"

    def test_a_rule_that_only_lacks_evidence_names_nothing(self) -> None:
        assert asked(context(FINDING), state="missing") == AskedItems((), (), 0)

    def test_reports_that_the_rule_does_not_speak_of_are_left_alone(self) -> None:
        assert asked(context(FINDING), evidence=["sha256:9"]).findings == ()


class TestReportsThatToolsShare:
    GATE = gate(
        {"id": "lint-clean", "that": "findings.total == 0", "needs": ["dependencies"]},
        {"id": "config", "that": "findings.total == 0", "needs": ["sast/trivy"]},
    )
    CONFIG, PACKAGE = replace(FINDING, tool="trivy-misconfig"), replace(FINDING, tool="Trivy")

    def shared(self, *findings: Finding) -> ReportContext:
        """Return a context whose report holds what two tools found."""
        runs = ToolRun(Kind.DEPENDENCIES, "trivy"), ToolRun(Kind.SAST, "trivy-misconfig")
        given = context(*findings, left_out=10)
        summary = replace(given.reports[0], asked=tools_asked(self.GATE, runs))
        return replace(given, reports=[summary])

    def test_a_rule_names_what_its_tools_found_alone(self) -> None:
        found = asked(self.shared(self.CONFIG, self.PACKAGE), measured={"findings.total": 3})
        assert (found.findings, found.more) == ((self.PACKAGE,), 2)
        found = asked_items(
            shown(rule("config", measured={"findings.high": 1})).rules[0],
            self.shared(self.CONFIG, self.PACKAGE).reports,
            5,
        )
        assert (found.findings, found.more) == ((self.CONFIG,), 0)

    def test_a_report_of_one_tool_is_asked_as_a_whole(self) -> None:
        assert tools_asked(self.GATE, ()) == {}


class TestLines:
    def test_name_a_test_with_the_first_line_of_what_went_wrong(self) -> None:
        lines = AskedItems((CASE, ERROR), (FINDING,), 0).lines()
        assert list(lines) == [
            "tests.test_a test_one: assert 1 == 2",
            "tests.test_b test_two",
            "src/a b.py:7 high B101 Use of assert, 100% sure",
        ]

    def test_an_unrated_finding_has_no_severity(self) -> None:
        finding = Finding("flake8", "F401", "unused", Severity.UNRATED, "a.py")
        assert finding_text(finding) == "a.py F401 unused"
