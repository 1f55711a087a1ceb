"""SARIF 2.1.0."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.readers.json_reports import measure, read, refusal, source
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reading
from tidegate.readers.sarif import READER


def result(rule_id: str | None = "R1", /, **more: Any) -> dict[str, Any]:
    return {"message": {"text": "It is wrong."}} | ({"ruleId": rule_id} if rule_id is not None else {}) | more


def run(*results: dict[str, Any], rules: Any = (), name: str = "Scanner", **more: Any) -> dict[str, Any]:
    return {"tool": {"driver": {"name": name, "rules": list(rules)}}, "results": list(results)} | more


def log(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "2.1.0", "runs": list(runs)} | more


def one(each: dict[str, Any], **more: Any) -> Finding:
    findings, _ = read(READER, log(run(each, **more)))
    (finding,) = findings
    return finding


def not_run(report: Any) -> str:
    reading: Reading = measure(READER, report)
    assert not reading.ran
    return reading.why_not or ""


class TestSeverity:
    @pytest.mark.parametrize(
        ("level", "severity"),
        [("error", "high"), ("warning", "medium"), ("note", "low"), ("none", "info"), ("odd", "unrated")],
    )
    def test_follows_from_the_level(self, level: str, severity: str) -> None:
        assert one(result(level=level)).severity == severity

    def test_without_a_level_the_rules_default_decides_else_warning(self) -> None:
        rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}, {"id": "R2"}]
        assert one(result("R1"), rules=rules).severity is Severity.HIGH
        assert one(result("R2"), rules=rules).severity is Severity.MEDIUM
        assert one(result("R3"), rules=rules).severity is Severity.MEDIUM

    @pytest.mark.parametrize(
        ("score", "severity"),
        [
            ("9.0", "critical"),
            ("7.0", "high"),
            (4.0, "medium"),
            ("0.1", "low"),
            ("0.0", "high"),
            ("bad", "high"),
            ([], "high"),
        ],
    )
    def test_the_rules_score_wins_over_the_level(self, score: Any, severity: str) -> None:
        rules = [{"id": "R1", "properties": {"security-severity": score}}]
        assert one(result(level="error"), rules=rules).severity == severity

    def test_an_unrated_finding_leaves_all_severities_out(self) -> None:
        _, reading = read(READER, log(run(result(kind="review"), result(level="error"))))
        assert reading.measures == {"findings.total": 2, "findings.unrated": 1, "findings.suppressed": 0}


class TestRules:
    RULES = [{"id": "R0"}, {"id": "R1", "defaultConfiguration": {"level": "note"}}]

    @pytest.mark.parametrize(
        "each",
        [
            result(None, ruleIndex=1),
            result(None, rule={"index": 1}),
            result(None, rule={"id": "R1"}),
            result("R1/part"),
            result("R1", ruleIndex=-1),
            result("R1", ruleIndex=99),
        ],
    )
    def test_is_found_however_the_result_names_it(self, each: dict[str, Any]) -> None:
        finding = one(each, rules=self.RULES)
        assert finding.severity is Severity.LOW
        assert finding.rule.startswith("R1")

    def test_is_found_in_an_extension(self) -> None:
        tool = {"driver": {"name": "CodeQL"}, "extensions": [{"name": "pack", "rules": self.RULES}]}
        each = result(None, rule={"index": 1, "toolComponent": {"index": 0}})
        assert one(each, tool=tool).severity is Severity.LOW
        beyond = result(None, rule={"index": 1, "toolComponent": {"index": 7}})
        assert one(beyond, tool=tool).severity is Severity.MEDIUM


class TestWhatCounts:
    @pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
    def test_kinds_that_say_there_is_no_problem_do_not(self, kind: str) -> None:
        findings, reading = read(READER, log(run(result(kind=kind))))
        assert findings == [] and reading.measures["findings.total"] == 0

    @pytest.mark.parametrize("kind", [None, "fail", "FAIL", "open", "review"])
    def test_failures_and_what_nobody_decided_do(self, kind: str | None) -> None:
        assert measure(READER, log(run(result(kind=kind)))).measures["findings.total"] == 1

    def test_a_problem_that_is_gone_does_not(self) -> None:
        report = log(run(*(result(baselineState=state) for state in ("absent", "unchanged", "new"))))
        assert measure(READER, report).measures["findings.total"] == 2

    @pytest.mark.parametrize(
        ("suppressions", "suppressed"),
        [
            ([], False),
            ([{"kind": "inSource"}], True),
            ([{"kind": "external", "status": "accepted"}], True),
            ([{"kind": "external", "status": "underReview"}], False),
            ([{"kind": "external", "status": "accepted"}, {"kind": "external", "status": "rejected"}], False),
            ([{"state": "rejected"}], False),
        ],
    )
    def test_a_suppression_must_be_accepted(self, suppressions: Any, suppressed: bool) -> None:
        findings, reading = read(READER, log(run(result(suppressions=suppressions))))
        assert findings[0].suppressed is suppressed
        assert reading.measures["findings.suppressed"] == int(suppressed)
        assert reading.measures["findings.total"] == int(not suppressed)


class TestFinding:
    def test_takes_the_first_place_decoded(self) -> None:
        physical = {"artifactLocation": {"uri": "src/a%20b.py"}, "region": {"startLine": 12}}
        finding = one(result(locations=[{"physicalLocation": physical}, {}]))
        assert (finding.path, finding.line) == ("src/a b.py", 12)

    @pytest.mark.parametrize(
        "locations",
        [
            None,
            [],
            [{}],
            [{"physicalLocation": {}}],
            [{"physicalLocation": {"artifactLocation": {"index": 5}}}],
        ],
    )
    def test_may_have_no_place(self, locations: Any) -> None:
        finding = one(result(locations=locations), artifacts=[{}])
        assert (finding.path, finding.line) == ("", None)

    def test_finds_the_path_among_the_runs_artifacts(self) -> None:
        each = result(locations=[{"physicalLocation": {"artifactLocation": {"index": 1}}}])
        assert one(each, artifacts=[{}, {"location": {"uri": "b.py"}}]).path == "b.py"
        assert one(each, artifacts=[{}, {}]).path == ""

    def test_writes_out_a_message_that_the_rule_keeps(self) -> None:
        rules = [{"id": "R1", "messageStrings": {"default": {"text": "{0} is {{odd}}, {1} and {9}"}}}]
        message = {"id": "default", "arguments": ["x", "y"]}
        assert one(result(message=message), rules=rules).message == "x is {odd}, y and {9}"
        assert one(result(message={"id": "other"}), rules=rules).message == "other"

    def test_takes_markdown_where_there_is_no_text(self) -> None:
        assert one(result(message={"markdown": "**x**"})).message == "**x**"
        assert one(result(message={})).message == ""

    def test_a_wrong_part_is_named_by_its_place(self) -> None:
        with pytest.raises(Exception, match=r"At `\$\.runs\[0\]\.results\[1\]\.locations\[0\]`"):
            read(READER, log(run(result(), result(locations=[3]))))

    def test_cuts_a_message_beyond_the_limit(self) -> None:
        findings, _ = read(READER, log(run(result())), Limits(max_text=5))
        assert findings[0].message == "It is"


class TestKind:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("ruff", Kind.LINT),
            ("ESLint", Kind.LINT),
            ("mypy", Kind.TYPES),
            ("Trivy", Kind.DEPENDENCIES),
            ("Snyk Open Source", Kind.DEPENDENCIES),
            ("CodeQL", Kind.SAST),
        ],
    )
    def test_follows_from_the_drivers_name(self, name: str, kind: Kind) -> None:
        reading = measure(READER, log(run(name=name)))
        assert (reading.kind, reading.tool) == (kind, name)

    def test_several_runs_of_one_kind_keep_it_and_others_are_security(self) -> None:
        assert measure(READER, log(run(name="ruff"), run(name="pylint"))).kind is Kind.LINT
        mixed = measure(READER, log(run(name="ruff"), run(name="mypy"), run(name="ruff")))
        assert (mixed.kind, mixed.tool) == (Kind.SAST, "ruff, mypy")

    def test_names_the_version_of_a_single_run(self) -> None:
        tool = {"driver": {"name": "x", "semanticVersion": "1.2.3"}}
        assert measure(READER, log(run(tool=tool))).tool_version == "1.2.3"
        assert measure(READER, log(run(tool={}))).tool_version == ""
        assert measure(READER, log(run(tool={}))).tool == "sarif"

    def test_runs_add_up(self) -> None:
        reading = measure(READER, log(run(result(level="error")), run(result(level="note"))))
        assert (reading.measures["findings.high"], reading.measures["findings.low"]) == (1, 1)


class TestNotRun:
    @pytest.mark.parametrize("report", [log(), {"version": "2.1.0", "runs": None}])
    def test_without_runs(self, report: Any) -> None:
        assert "lists no run" in not_run(report)

    @pytest.mark.parametrize("missing", [{"results": None}, {}])
    def test_without_results_in_any_run(self, missing: dict[str, Any]) -> None:
        silent = {"tool": {"driver": {"name": "S"}}} | missing
        assert "has no `results`" in not_run(log(run(), silent))

    def test_when_the_execution_was_not_successful(self) -> None:
        note = {"level": "error", "message": {"text": "Out of memory."}}
        calls = [{"executionSuccessful": False, "toolExecutionNotifications": [note]}]
        assert "not successful. Out of memory." in not_run(log(run(invocations=calls)))
        assert "not successful." in not_run(log(run(invocations=[{"executionSuccessful": False}])))

    @pytest.mark.parametrize("where", ["toolExecutionNotifications", "toolConfigurationNotifications"])
    def test_when_it_notes_an_error_of_its_own(self, where: str) -> None:
        calls = [{"executionSuccessful": True}, {"executionSuccessful": True, where: [{"level": "error"}]}]
        assert "1 error(s) of its own run" in not_run(log(run(invocations=calls)))

    def test_a_warning_of_its_own_is_no_such_error(self) -> None:
        calls = [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "warning"}, {}]}]
        assert measure(READER, log(run(invocations=calls))).ran

    def test_when_results_are_kept_elsewhere(self) -> None:
        elsewhere = {"results": [{"location": {"uri": "more.sarif"}}]}
        assert "in other files" in not_run(log(run(externalPropertyFileReferences=elsewhere)))
        assert "inlineExternalProperties" in not_run(log(run(), inlineExternalProperties=[{"results": [{}]}]))
        assert measure(READER, log(run(externalPropertyFileReferences={}), inlineExternalProperties=[{}])).ran


class TestUnreadable:
    def test_another_version(self) -> None:
        assert "SARIF 1.0.0, read is 2.1.0" in refusal(READER, log() | {"version": "1.0.0"})

    def test_results_that_are_no_list(self) -> None:
        assert "`$.runs[0].results`" in refusal(READER, log(run() | {"results": 42}))

    def test_too_many_results(self) -> None:
        assert "more than 5 objects" in refusal(READER, log(run(*[result()] * 9)), Limits(max_items=5))


class TestSniff:
    @pytest.mark.parametrize(
        "report",
        [log(run()), log(), {"$schema": "https://x/sarif-2.1.0.json"}, {"runs": [{"invocations": []}]}],
    )
    def test_knows_its_report(self, report: Any) -> None:
        assert READER.sniff(source(report))

    @pytest.mark.parametrize("report", [[], {}, {"runs": 3}, {"version": "2.1.0"}, {"$schema": "cyclonedx"}])
    def test_claims_no_other_report(self, report: Any) -> None:
        assert not READER.sniff(source(report))
