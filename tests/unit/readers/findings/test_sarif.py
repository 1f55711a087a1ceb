"""SARIF 2.1.0."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reading
from tidegate.readers.findings.sarif import READER


def result(rule_id: str | None = "R1", /, **more: Any) -> dict[str, Any]:
    return {"message": {"text": "It is wrong."}} | ({"ruleId": rule_id} if rule_id is not None else {}) | more


def run(*results: dict[str, Any], rules: Any = (), name: str = "Scanner", **more: Any) -> dict[str, Any]:
    return {"tool": {"driver": {"name": name, "rules": list(rules)}}, "results": list(results)} | more


def log(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "2.1.0", "runs": list(runs)} | more


def one(each: dict[str, Any], **more: Any) -> Finding:
    _, findings = read(READER, log(run(each, **more)))
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
            ("10.0", "critical"),
            ("0.0", "high"),
            (0, "high"),
            (None, "high"),
            ("CRITICAL", "critical"),
            ("High", "high"),
            ("moderate", "medium"),
            ("low", "low"),
            ("Info", "info"),
            ("bad", "unrated"),
            ("UNKNOWN", "unrated"),
            ("", "unrated"),
            ("9,8", "unrated"),
            ("-1", "unrated"),
            (-1, "unrated"),
            ("NaN", "unrated"),
            ("inf", "unrated"),
            ("98", "unrated"),
            (10.1, "unrated"),
            ("1e1", "unrated"),
            ("9.8/10", "unrated"),
            (True, "unrated"),
            ([], "unrated"),
            ({}, "unrated"),
        ],
    )
    def test_the_rules_score_wins_over_the_level(self, score: Any, severity: str) -> None:
        rules = [{"id": "R1", "properties": {"security-severity": score}}]
        assert one(result(level="error"), rules=rules).severity == severity

    @pytest.mark.parametrize(
        ("of_result", "of_rule", "severity"),
        [
            ("9.8", None, "critical"),
            ("9.8", "2.0", "critical"),
            ("2.0", "9.8", "critical"),
            ("bad", "2.0", "unrated"),
            ("0", None, "medium"),
        ],
    )
    def test_a_score_of_the_result_counts_and_the_worse_of_two(
        self, of_result: str, of_rule: str | None, severity: str
    ) -> None:
        rules = [{"id": "R1", "properties": {"security-severity": of_rule}}]
        each = result(level="warning", properties={"security-severity": of_result})
        assert one(each, rules=rules).severity == severity

    @pytest.mark.parametrize(
        ("tags", "severity"),
        [
            (["security", "UNKNOWN"], "unrated"),
            (["security", "CRITICAL"], "critical"),
            (["HIGH", "LOW"], "high"),
            (["security", 3], "low"),
            ("CRITICAL", "low"),
        ],
    )
    def test_trivy_rates_among_the_tags_where_it_has_no_score(self, tags: Any, severity: str) -> None:
        rules = [{"id": "R1", "properties": {"security-severity": "0.0", "tags": tags}}]
        assert one(result(level="note"), rules=rules, name="Trivy").severity == severity
        assert one(result(level="note"), rules=rules, name="CodeQL").severity is Severity.LOW

    def test_an_unknown_kind_is_unrated(self) -> None:
        assert one(result(kind="odd", level="note")).severity is Severity.UNRATED

    def test_an_unrated_finding_leaves_all_severities_out(self) -> None:
        reading, _ = read(READER, log(run(result(kind="review"), result(level="error"))))
        assert reading.measures == {"findings.total": 2, "findings.unrated": 1, "findings.suppressed": 0}


class TestOverrides:
    RULES = [{"id": "R1", "defaultConfiguration": {"level": "note"}}, {"id": "R2"}]

    @staticmethod
    def call(configuration: Any, **descriptor: Any) -> dict[str, Any]:
        override = {"descriptor": descriptor, "configuration": configuration}
        return {"executionSuccessful": True, "ruleConfigurationOverrides": [override]}

    @pytest.mark.parametrize("descriptor", [{"id": "R1"}, {"index": 0}, {"id": "R1/x", "index": -1}])
    def test_of_an_invocation_decide_over_the_rules_default(self, descriptor: dict[str, Any]) -> None:
        calls = [self.call({"level": "error"}, **descriptor)]
        assert one(result(), rules=self.RULES, invocations=calls).severity is Severity.HIGH
        assert one(result("R2"), rules=self.RULES, invocations=calls).severity is Severity.MEDIUM

    def test_without_a_level_they_make_it_a_warning(self) -> None:
        calls = [self.call({"enabled": True}, id="R1")]
        assert one(result(), rules=self.RULES, invocations=calls).severity is Severity.MEDIUM

    def test_never_change_the_level_of_a_result(self) -> None:
        calls = [self.call({"level": "error"}, id="R1")]
        assert one(result(level="none"), rules=self.RULES, invocations=calls).severity is Severity.INFO

    def test_of_several_the_worst_counts(self) -> None:
        calls = [self.call({"level": level}, id="R1") for level in ("error", "note")]
        assert one(result(), rules=self.RULES, invocations=calls).severity is Severity.HIGH

    @pytest.mark.parametrize("configuration", [None, {"level": "error", "enabled": False}])
    def test_that_switch_a_rule_off_or_say_nothing_rate_nothing(self, configuration: Any) -> None:
        calls = [self.call(configuration, id="R1"), self.call({"level": "error"}, id="R9"), self.call({})]
        assert one(result(), rules=self.RULES, invocations=calls).severity is Severity.LOW


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
        reading, findings = read(READER, log(run(result(kind=kind))))
        assert findings == [] and reading.measures["findings.total"] == 0

    @pytest.mark.parametrize("kind", [None, "fail", "FAIL", "open", "review"])
    def test_failures_and_what_nobody_decided_do(self, kind: str | None) -> None:
        assert measure(READER, log(run(result(kind=kind)))).measures["findings.total"] == 1

    @pytest.mark.parametrize(("level", "total"), [("error", 1), ("warning", 1), ("note", 0), ("none", 0)])
    def test_a_kind_that_is_no_problem_at_the_level_of_one_contradicts_itself(
        self, level: str, total: int
    ) -> None:
        reading = measure(READER, log(run(result(kind="pass", level=level))))
        assert reading.measures["findings.total"] == reading.measures["findings.unrated"] == total

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
            ([{"status": "odd"}], False),
        ],
    )
    def test_a_suppression_must_be_accepted(self, suppressions: Any, suppressed: bool) -> None:
        reading, findings = read(READER, log(run(result(suppressions=suppressions))))
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
        _, findings = read(READER, log(run(result())), Limits(max_text=5))
        assert findings[0].message == "It is"


class TestPlace:
    @staticmethod
    def path(uri: str, base: str | None = None, **more: Any) -> str:
        artifact = {"uri": uri} | ({"uriBaseId": base} if base else {})
        each = result(locations=[{"physicalLocation": {"artifactLocation": artifact}}])
        return one(each, **more).path

    BASES = {
        "ROOT": {"uri": "file:///home/ann/shop/"},
        "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
        "LIB": {"uri": "file:///home/ann/shop/lib/"},
        "NONE": {},
    }

    @pytest.mark.parametrize(
        ("uri", "base", "path"),
        [
            ("file:///home/ann/shop/app/a.py", None, "app/a.py"),
            ("/home/ann/shop/app/a%20b.py", None, "app/a b.py"),
            ("app/a.py", "ROOT", "app/a.py"),
            ("a.py", "SRC", "src/a.py"),
            ("a.py", "LIB", "lib/a.py"),
            ("a.py", "NONE", "a.py"),
            ("a.py", "GONE", "a.py"),
            ("", "ROOT", ""),
            ("file:///usr/include/x.h", None, "/usr/include/x.h"),
            ("file:///builds/7/pay/app/a.py", None, "/builds/7/pay/app/a.py"),
        ],
    )
    def test_is_told_from_the_bases_of_the_run(self, uri: str, base: str | None, path: str) -> None:
        assert self.path(uri, base, originalUriBaseIds=self.BASES) == path

    def test_leaves_the_folders_of_known_systems_out_of_a_relative_path(self) -> None:
        bases = {"SRC": {"uri": "file:///builds/7/pay/src/"}}
        assert self.path("a.py", "SRC", originalUriBaseIds=bases) == "src/a.py"

    def test_is_told_from_where_the_tool_ran(self) -> None:
        calls = [{"executionSuccessful": True, "workingDirectory": {"uri": "file:///home/ann/shop"}}, {}]
        assert self.path("file:///home/ann/shop/app/a.py", invocations=calls) == "app/a.py"

    @pytest.mark.parametrize("uri", ["file:///", "file:///C:/", ""])
    def test_a_whole_machine_is_no_repository(self, uri: str) -> None:
        bases = {"ROOT": {"uri": uri}}
        assert self.path("file:///home/ann/a.py", originalUriBaseIds=bases) == "/home/ann/a.py"
        assert self.path("a.py", "ROOT", originalUriBaseIds=bases) == "a.py"

    def test_bases_in_a_circle_end(self) -> None:
        bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}
        assert self.path("x.py", "A", originalUriBaseIds=bases).endswith("b/a/x.py")


class TestLastingName:
    @pytest.mark.parametrize(
        ("given", "name"),
        [
            ({"partialFingerprints": {"primaryLocationLineHash": "abc:1"}}, "primaryLocationLineHash:abc:1"),
            (
                {"partialFingerprints": {"primaryLocationLineHash/v2": "abc:1"}},
                "primaryLocationLineHash:abc:1",
            ),
            ({"fingerprints": {"matchBasedId/v1": "0f_0"}}, "matchBasedId:0f_0"),
            ({"fingerprints": {"matchBasedId/v1": "requires login"}}, ""),
            ({"partialFingerprints": {"primaryLocationStartColumnFingerprint": "4"}}, ""),
            ({"fingerprints": {"contextRegionHash": {"a": 1}}}, ""),
            ({}, ""),
        ],
    )
    def test_is_one_that_is_known_to_last(self, given: dict[str, Any], name: str) -> None:
        assert one(result(**given)).stable == name


class TestKind:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("ruff", Kind.LINT),
            ("ESLint", Kind.LINT),
            ("PMD 7.1", Kind.LINT),
            ("mypy", Kind.TYPES),
            ("Trivy", Kind.DEPENDENCIES),
            ("Snyk Open Source", Kind.DEPENDENCIES),
            ("CodeQL", Kind.SAST),
            ("Semgrep OSS", Kind.SAST),
            ("Harbour Scan", Kind.ANALYSIS),
        ],
    )
    def test_follows_from_the_drivers_name(self, name: str, kind: Kind) -> None:
        reading = measure(READER, log(run(name=name)))
        assert (reading.kind, reading.tool) == (kind, name)

    @pytest.mark.parametrize(
        ("names", "tool", "kind"),
        [
            (["OsPackageVulnerability", "Secret"], "Trivy", Kind.DEPENDENCIES),
            (["Misconfiguration"], "trivy-misconfig", Kind.SAST),
            (["Secret", "Secret"], "trivy-secret", Kind.SECRETS),
            (["Secret", "License"], "trivy-other", Kind.ANALYSIS),
            (["SomethingNew", "Secret"], "Trivy", Kind.DEPENDENCIES),
        ],
    )
    def test_of_trivy_follows_from_the_names_of_its_rules(
        self, names: list[str], tool: str, kind: Kind
    ) -> None:
        rules = [{"id": f"R{number}", "name": name} for number, name in enumerate(names)]
        reading, (finding,) = read(READER, log(run(result("R0"), rules=rules, name="Trivy")))
        assert (reading.tool, reading.kind, finding.tool) == (tool, kind, tool)
        assert reading.ran

    def test_of_trivy_is_not_known_where_it_found_nothing(self) -> None:
        assert "does not say what it looked for" in not_run(log(run(name="Trivy")))
        several = log(run(result("R"), name="Trivy"), run(name="Trivy"))
        assert not measure(READER, several).ran

    def test_each_tool_of_several_has_its_own(self) -> None:
        note = result(level="note")
        mixed = measure(READER, log(run(name="ruff"), run(note, name="CodeQL"), run(note, name="codeql")))
        assert (mixed.kind, mixed.tool) == (Kind.ANALYSIS, "ruff, CodeQL")
        assert mixed.measures["findings.total"] == 2
        ruff, codeql = mixed.runs
        assert (ruff.kind, ruff.tool, ruff.measures["findings.total"]) == (Kind.LINT, "ruff", 0)
        assert (codeql.kind, codeql.tool, codeql.measures["findings.low"]) == (Kind.SAST, "CodeQL", 2)
        assert measure(READER, log(run(name="ruff"), run(name="pylint"))).kind is Kind.LINT

    def test_one_tool_of_several_that_did_not_work_is_named(self) -> None:
        failed = run(name="Trivy", invocations=[{"executionSuccessful": False}])
        reading = measure(READER, log(run(name="CodeQL"), failed))
        assert [each.ran for each in reading.runs] == [True, False]
        assert not reading.ran and "Trivy" in (reading.why_not or "")

    def test_several_runs_of_one_tool_are_one(self) -> None:
        assert measure(READER, log(run(name="ruff"), run(name="Ruff"))).runs == ()

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
        assert "not successful (Out of memory)." in not_run(log(run(invocations=calls)))
        assert "not successful." in not_run(log(run(invocations=[{"executionSuccessful": False}])))

    @pytest.mark.parametrize("where", ["toolExecutionNotifications", "toolConfigurationNotifications"])
    def test_when_it_notes_an_error_of_its_own(self, where: str) -> None:
        calls = [{"executionSuccessful": True}, {"executionSuccessful": True, where: [{"level": "error"}]}]
        assert "1 error(s) of its own run" in not_run(log(run(invocations=calls)))

    @pytest.mark.parametrize(
        "note",
        [
            {"level": "warning", "message": {"text": "Could not disable rule ABC"}},
            {"level": "note", "message": {"text": "timeout"}},
            {"level": "none"},
            {},
        ],
    )
    def test_a_warning_of_its_own_is_no_such_error(self, note: dict[str, Any]) -> None:
        calls = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
        assert measure(READER, log(run(invocations=calls))).ran

    @pytest.mark.parametrize(
        "note",
        [
            {"descriptor": {"id": "Timeout"}, "level": "warning"},
            {"message": {"text": "Timeout when running rule x on a.py"}},
            {"message": {"text": "Syntax error at line a.py:3"}, "level": "Warning"},
            {"descriptor": {"id": "PartialParsing"}, "level": "warning"},
            {"message": {"text": "3 files could not be parsed"}, "level": "warning"},
            {"message": {"text": "Failed to scan a.py"}, "level": "warning"},
            {"exception": {"kind": "ValueError"}},
            {"level": "fatal"},
        ],
    )
    def test_when_a_notification_says_that_something_was_not_looked_at(self, note: dict[str, Any]) -> None:
        calls = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
        assert "something was not looked at" in not_run(log(run(invocations=calls)))

    def test_whatever_semgrep_warns_of(self) -> None:
        note = {"descriptor": {"id": "Other"}, "level": "warning", "message": {"text": "Skipped."}}
        calls = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
        assert "not looked at (Other)." in not_run(log(run(name="Semgrep OSS", invocations=calls)))
        assert measure(READER, log(run(name="CodeQL", invocations=calls))).ran

    def test_where_eslint_warns_of_a_file_that_it_ignored(self) -> None:
        note = {"descriptor": {"id": "ESL0999"}, "level": "warning"}
        ignored = note | {"message": {"text": "File ignored because of a matching ignore pattern."}}
        unused = note | {"message": {"text": "Unused eslint-disable directive (no problems were reported)."}}
        for each, ran in ((ignored, False), (unused, True)):
            calls = [{"executionSuccessful": True, "toolConfigurationNotifications": [each]}]
            assert measure(READER, log(run(name="ESLint", invocations=calls, artifacts=[{}]))).ran is ran

    def test_where_eslint_lists_no_file_that_it_checked(self) -> None:
        assert "as an artifact, and lists none" in not_run(log(run(name="ESLint")))
        assert measure(READER, log(run(name="ESLint", artifacts=[{}]))).ran
        assert measure(READER, log(run(result(), name="ESLint"))).ran

    @pytest.mark.parametrize(
        ("call", "text"),
        [
            ({"exitCode": 2, "processStartFailureMessage": "no such file"}, "did not start: see `process"),
            ({"executionSuccessful": True, "processStartFailureMessage": "x"}, "did not start"),
            ({"exitCode": 2}, "exit code 2"),
            ({"exitSignalName": "SIGKILL"}, "signal SIGKILL"),
            ({"exitSignalNumber": 9}, "signal 9"),
        ],
    )
    def test_when_its_process_failed(self, call: dict[str, Any], text: str) -> None:
        assert text in not_run(log(run(invocations=[call])))

    @pytest.mark.parametrize("call", [{"exitCode": 0}, {"exitCode": 1, "executionSuccessful": True}, {}])
    def test_an_exit_code_that_the_tool_calls_successful_is_none(self, call: dict[str, Any]) -> None:
        assert measure(READER, log(run(invocations=[call]))).ran

    def test_when_all_rules_are_switched_off(self) -> None:
        off = [{"id": "R1", "defaultConfiguration": {"enabled": False}}]
        assert "switched off" in not_run(log(run(rules=off)))
        override = {"descriptor": {"id": "R1"}, "configuration": {"enabled": True}}
        calls = [{"executionSuccessful": True, "ruleConfigurationOverrides": [override]}]
        assert measure(READER, log(run(rules=off, invocations=calls))).ran
        assert measure(READER, log(run(result(), rules=off))).ran
        assert measure(READER, log(run(rules=[*off, {"id": "R2"}]))).ran

    @pytest.mark.parametrize(
        ("tool", "rule"),
        [
            ("ruff", None),
            ("ruff", "invalid-syntax"),
            ("ruff", "E902"),
            ("ruff", "E999"),
            ("flake8", "E999"),
            ("pylint", "E0001"),
            ("Pylint", "syntax-error"),
            ("eslint", None),
            ("Biome", "parse"),
            ("Biome", "internalError/io"),
            ("JSHint", "E041"),
            ("Hadolint", "DL1000"),
            ("golangci-lint", "typecheck"),
            ("ShellCheck", "SC1073"),
        ],
    )
    def test_when_a_result_stands_for_a_file_that_was_not_checked(self, tool: str, rule: str | None) -> None:
        physical = {"artifactLocation": {"uri": "file:///w/a.py"}}
        each = result(rule, locations=[{"physicalLocation": physical}])
        assert "1 file(s), the first is /w/a.py" in not_run(log(run(each, result("X1"), name=tool)))
        assert read(READER, log(run(each, name=tool)))[0].measures["findings.total"] == 1

    def test_a_result_without_a_rule_is_no_sign_of_other_tools(self) -> None:
        assert measure(READER, log(run(result(None), name="CodeQL"))).ran

    COUNTS = {"SEVERITY.HIGH": 1, "SEVERITY.LOW": 0, "loc": 10}

    @pytest.mark.parametrize(
        ("metrics", "why"),
        [
            ({"_totals": COUNTS, "a.py": COUNTS}, None),
            (None, None),
            ({"_totals": COUNTS}, "scanned no file"),
            ({}, "scanned no file"),
            ({"_totals": COUNTS | {"SEVERITY.LOW": 3}, "a.py": COUNTS}, "counted 4 problems and lists 1"),
            ({"_totals": 3}, "are not what it writes"),
        ],
    )
    def test_when_bandits_metrics_say_so(self, metrics: Any, why: str | None) -> None:
        reading = measure(
            READER, log(run(result(level="error"), name="Bandit", properties={"metrics": metrics}))
        )
        assert reading.ran is (why is None)
        assert (why or "") in (reading.why_not or "")

    def test_when_results_are_kept_elsewhere(self) -> None:
        elsewhere = {"results": [{"location": {"uri": "more.sarif"}}]}
        assert "in other files" in not_run(log(run(externalPropertyFileReferences=elsewhere)))
        assert "inlineExternalProperties" in not_run(log(run(), inlineExternalProperties=[{"results": [{}]}]))
        assert measure(READER, log(run(externalPropertyFileReferences={}), inlineExternalProperties=[{}])).ran


class TestWhatItIsOf:
    def test_names_the_commits_of_its_runs(self) -> None:
        named = [{"revisionId": "f" * 40}, {"revisionId": "f" * 40}, {"revisionId": 3}, {}]
        assert measure(READER, log(run(versionControlProvenance=named))).commits == ("f" * 40,)
        assert measure(READER, log(run())).commits == ()

    @pytest.mark.parametrize(
        ("calls", "made"),
        [
            ([], None),
            ([{"endTimeUtc": "2026-01-31T12:00:00.000Z"}], 12),
            ([{"endTimeUtc": "2026-01-31T12:00:00"}], 12),
            ([{"startTimeUtc": "2026-01-31T11:00:00Z"}], 11),
            ([{"endTimeUtc": "2026-01-31T10:00:00Z"}, {"endTimeUtc": "2026-01-31T12:00:00Z"}], 12),
            ([{"endTimeUtc": "soon", "startTimeUtc": 3}], None),
        ],
    )
    def test_gives_the_time_of_its_last_invocation(self, calls: Any, made: int | None) -> None:
        moment = None if made is None else datetime(2026, 1, 31, made, tzinfo=UTC)
        assert measure(READER, log(run(invocations=calls))).made_at == moment

    def test_of_several_runs_the_oldest_time_counts(self) -> None:
        runs = [run(invocations=[{"endTimeUtc": f"2026-01-{day}T12:00:00Z"}]) for day in (31, 30)]
        assert measure(READER, log(*runs, run())).made_at == datetime(2026, 1, 30, 12, tzinfo=UTC)


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
