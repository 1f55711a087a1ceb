"""gosec's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.gosec import READER


def issue(severity: str = "HIGH", **more: Any) -> dict[str, Any]:
    return {
        "severity": severity,
        "confidence": "LOW",
        "cwe": {"id": "78"},
        "rule_id": "G204",
        "details": "Subprocess launched with variable",
        "file": "/src/bell.go",
        "code": "12: secret",
        "line": "12",
        "column": "2",
        "nosec": False,
        "suppressions": None,
    } | more


def report(*issues: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = sum(not (each["nosec"] or each["suppressions"]) for each in issues)
    return {
        "Golang errors": {},
        "Issues": list(issues),
        "Stats": {"files": 3, "lines": 90, "nosec": 0, "found": found},
        "GosecVersion": "2.22.0",
    } | more


class TestFindings:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("HIGH", Severity.HIGH),
            ("MEDIUM", Severity.MEDIUM),
            ("LOW", Severity.LOW),
            ("UNDEFINED", Severity.UNRATED),
            ("CRITICAL", Severity.UNRATED),
        ],
    )
    def test_are_rated_whatever_the_confidence(self, word: str, severity: Severity) -> None:
        reading, (finding,) = read(READER, report(issue(word)))
        assert reading.ran and finding.severity is severity
        assert ("findings.high" in reading.measures) is (severity is not Severity.UNRATED)

    def test_have_rule_place_message_and_the_tools_version(self) -> None:
        reading, (finding,) = read(READER, report(issue()))
        assert (reading.tool, reading.kind, reading.tool_version) == ("gosec", "sast", "2.22.0")
        assert (finding.rule, finding.path, finding.line) == ("G204", "/src/bell.go", 12)
        assert finding.message == "Subprocess launched with variable" and "secret" not in repr(finding)

    @pytest.mark.parametrize(
        ("line", "first"), [("12-14", 12), (7, 7), ("", None), ("x", None), ("0", None), ("9" * 12, None)]
    )
    def test_have_the_first_line(self, line: object, first: int | None) -> None:
        _, (finding,) = read(READER, report(issue(line=line)))
        assert finding.line == first

    @pytest.mark.parametrize(
        "more", [{"nosec": True}, {"suppressions": [{"kind": "inSource", "justification": ""}]}]
    )
    def test_suppressed_ones_count_apart(self, more: dict[str, Any]) -> None:
        reading, findings = read(READER, report(issue(**more), issue()))
        assert reading.ran
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 1)
        assert [finding.suppressed for finding in findings] == [True, False]

    def test_suppressed_ones_may_be_among_those_that_an_old_version_found(self) -> None:
        stats = {"files": 1, "lines": 1, "nosec": 1, "found": 2}
        assert measure(READER, report(issue(nosec=True), issue(), Stats=stats)).ran

    @pytest.mark.parametrize("issues", [[], None])
    def test_a_clean_report_measures_zero(self, issues: object) -> None:
        reading = measure(READER, report(Issues=issues))
        assert reading.ran and reading.measures["findings.high"] == reading.measures["findings.total"] == 0
        assert "findings.suppressed" not in reading.measures

    def test_a_text_beyond_the_limit_is_cut(self) -> None:
        _, (finding,) = read(READER, report(issue(details="x" * 99)), Limits(max_text=10))
        assert finding.message == "x" * 10


class TestNotRun:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            (
                {"Golang errors": {"/src/a.go": [{"line": 1, "error": "x"}], "b": []}},
                "2 file(s), the first is /src/a",
            ),
            ({"Golang errors": {"": []}}, "the first is not named"),
            ({"Stats": {"files": 0, "found": 1}}, "scanned no file"),
            ({"Stats": {"files": 1, "found": 2}}, "counted 2 problems and lists 1"),
            ({"Stats": {"files": 1, "found": 0}}, "counted 0 problems and lists 1"),
        ],
    )
    def test_where_the_report_shows_it(self, more: dict[str, Any], words: str) -> None:
        reading = measure(READER, report(issue(), **more))
        assert not reading.ran and words in (reading.why_not or "")
        assert reading.measures["findings.total"] == 1

    def test_where_it_does_not_tell_of_errors(self) -> None:
        old = report(issue())
        del old["Golang errors"]
        assert "does not tell whether all files" in (measure(READER, old).why_not or "")
        assert measure(READER, old | {"Golang errors": None}).ran


class TestRefused:
    @pytest.mark.parametrize("gone", ["Issues", "Stats"])
    def test_without_what_it_counts(self, gone: str) -> None:
        broken = report()
        del broken[gone]
        assert f"missing required field `{gone}`" in refusal(READER, broken)

    def test_an_issue_without_a_severity(self) -> None:
        broken = report(issue())
        del broken["Issues"][0]["severity"]
        assert "`$.Issues[0]`" in refusal(READER, broken)


class TestSniff:
    def test_knows_its_report(self) -> None:
        assert recognises(READER, report()) and recognises(READER, {"Issues": [], "Stats": {}})

    @pytest.mark.parametrize("other", [[], {}, {"Issues": [], "Report": {}}, {"Issues": []}, {"Stats": {}}])
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
