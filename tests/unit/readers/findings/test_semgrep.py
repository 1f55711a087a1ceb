"""Semgrep's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.semgrep import READER


def match(severity: str = "ERROR", rule: str = "python.shell-true", **extra: Any) -> dict[str, Any]:
    return {
        "check_id": rule,
        "path": "src/bell.py",
        "start": {"line": 9, "col": 12},
        "end": {"line": 9, "col": 40},
        "extra": (
            {"message": "A text reaches a shell.", "severity": severity, "lines": "requires login"} | extra
        ),
    }


def report(*matches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "1.185.0",
        "results": list(matches),
        "errors": [],
        "paths": {"scanned": ["src/bell.py"]},
        "skipped_rules": [],
    } | more


class TestFindings:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("CRITICAL", Severity.CRITICAL),
            ("HIGH", Severity.HIGH),
            ("ERROR", Severity.HIGH),
            ("MEDIUM", Severity.MEDIUM),
            ("WARNING", Severity.MEDIUM),
            ("LOW", Severity.LOW),
            ("INFO", Severity.LOW),
            ("INVENTORY", Severity.UNRATED),
            ("EXPERIMENT", Severity.UNRATED),
            ("error", Severity.UNRATED),
        ],
    )
    def test_are_rated_by_the_new_words_and_the_old(self, word: str, severity: Severity) -> None:
        reading, (finding,) = read(READER, report(match(word)))
        assert reading.ran and finding.severity is severity
        assert reading.measures["findings.total"] == 1
        assert ("findings.high" in reading.measures) is (severity is not Severity.UNRATED)

    def test_have_rule_place_message_and_the_tools_version(self) -> None:
        reading, (finding,) = read(READER, report(match(fingerprint="abc_0")))
        assert (reading.tool, reading.kind, reading.tool_version) == ("semgrep", "sast", "1.185.0")
        assert (finding.rule, finding.path, finding.line) == ("python.shell-true", "src/bell.py", 9)
        assert (finding.message, finding.stable) == ("A text reaches a shell.", "abc_0")

    def test_have_no_fingerprint_where_semgrep_was_not_logged_in(self) -> None:
        _, (finding,) = read(READER, report(match(fingerprint="requires login")))
        assert finding.stable == ""

    def test_ignored_ones_count_as_suppressed_alone(self) -> None:
        reading, findings = read(READER, report(match(is_ignored=True), match(is_ignored=False), match()))
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (2, 1)
        assert [finding.suppressed for finding in findings] == [True, False, False]

    def test_suppressed_ones_are_not_measured_where_none_is_listed(self) -> None:
        reading = measure(READER, report(match(is_ignored=False)))
        assert "findings.suppressed" not in reading.measures

    def test_a_clean_report_measures_zero(self) -> None:
        reading = measure(READER, report())
        assert (
            reading.ran and reading.measures["findings.critical"] == reading.measures["findings.total"] == 0
        )

    @pytest.mark.parametrize(
        "rule",
        [
            "generic.secrets.security.detected-aws",
            "python.hardcoded-password",
            "x.jwt-token",
            "a.private_key",
        ],
    )
    def test_of_secrets_hold_nothing_of_what_was_found(self, rule: str) -> None:
        _, (finding,) = read(READER, report(match(rule=rule, message="It is hunter2.", fingerprint="f00_0")))
        assert "hunter2" not in repr(finding) and "f00_0" not in repr(finding)
        assert rule in finding.message

    def test_a_text_beyond_the_limit_is_cut(self) -> None:
        _, (finding,) = read(READER, report(match(message="x" * 99)), Limits(max_text=10))
        assert finding.message == "x" * 10

    def test_without_a_place_or_a_message_have_none(self) -> None:
        bare = {"check_id": "r", "path": "a.py", "extra": {"severity": "LOW"}}
        _, (finding,) = read(READER, report(bare))
        assert (finding.line, finding.message) == (None, "")


class TestNotRun:
    @pytest.mark.parametrize(
        ("error", "words"),
        [
            ({"level": "error", "type": "SemgrepError"}, "SemgrepError (no file named)"),
            ({"level": "warn", "type": "Syntax error", "path": "a.py"}, "Syntax error (a.py)"),
            (
                {"level": "warn", "type": ["PartialParsing", [{"path": "a.py"}]], "path": "a.py"},
                "PartialParsing",
            ),
            ({"level": "warn", "type": "Timeout", "path": "big.js", "rule_id": "r"}, "Timeout (big.js)"),
            ({"level": "info", "type": ["IncompatibleRule", {}], "rule_id": "r"}, "IncompatibleRule (r)"),
            ({"level": "info", "type": []}, "of no named type"),
            ({}, "of no named type"),
        ],
    )
    def test_any_error_means_that_something_was_not_scanned(self, error: dict[str, Any], words: str) -> None:
        reading = measure(READER, report(match(), errors=[error]))
        assert not reading.ran and words in (reading.why_not or "")
        assert reading.measures["findings.total"] == 1

    def test_an_error_is_told_without_its_message_which_may_quote_the_source(self) -> None:
        error = {"level": "warn", "type": "Syntax error", "message": "`password = 'hunter2` was unexpected"}
        assert "hunter2" not in repr(measure(READER, report(errors=[error])))

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"skipped_rules": [{"rule_id": "r1", "details": "new"}]}, "left out 1 rule(s)"),
            ({"paths": {"scanned": []}}, "scanned no file"),
            ({"paths": None}, "does not say which files"),
        ],
    )
    def test_where_the_report_shows_it(self, more: dict[str, Any], words: str) -> None:
        reading = measure(READER, report(**more))
        assert not reading.ran and words in (reading.why_not or "")

    @pytest.mark.parametrize(
        ("reason", "ran"),
        [
            ("always_skipped", True),
            ("exceeded_size_limit", True),
            ("Gitignore_patterns_match", True),
            ("analysis_failed_parser_or_internal_error", False),
            ("too_many_matches", False),
            ("insufficient_permissions", False),
            ("", False),
        ],
    )
    def test_files_that_were_skipped_for_no_choice_of_anybody(self, reason: str, ran: bool) -> None:
        paths = {"scanned": ["a.py"], "skipped": [{"path": "b.py", "reason": reason}]}
        reading = measure(READER, report(paths=paths))
        assert reading.ran is ran
        assert ran or f"b.py ({reason})" in (reading.why_not or "")

    def test_an_old_report_that_names_no_files_ran_where_it_found_something(self) -> None:
        old = {"results": [match()], "errors": []}
        assert measure(READER, old).ran
        assert not measure(READER, old | {"results": []}).ran

    @pytest.mark.parametrize("gone", ["errors", "results"])
    def test_without_what_tells_that_it_is_unreadable(self, gone: str) -> None:
        broken = report(match())
        del broken[gone]
        assert f"missing required field `{gone}`" in refusal(READER, broken)

    def test_an_incomplete_result_is_unreadable_with_its_place(self) -> None:
        broken = report(match(), match())
        del broken["results"][1]["extra"]["severity"]
        assert "`$.results[1].extra`" in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "one",
        [report(), report(match()), {"errors": [], "results": [match()]}, {"errors": [], "results": []}],
    )
    def test_knows_its_report(self, one: object) -> None:
        assert recognises(READER, one)

    @pytest.mark.parametrize(
        "other",
        [
            [],
            {},
            {"results": []},
            {"metrics": {"_totals": {}}, "errors": [], "results": []},
            {"results": {}, "plugins_used": []},
            [match()],
        ],
    )
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
