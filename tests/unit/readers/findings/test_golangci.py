"""golangci-lint's JSON, and what its report says of the run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.golangci import READER

LINTERS = [{"Name": "errcheck", "Enabled": True, "EnabledByDefault": True}, {"Name": "gosec"}]


def issue(severity: str | None = "error", linter: str = "errcheck", **more: Any) -> dict[str, Any]:
    return {
        "FromLinter": linter,
        "Text": "Error return value is not checked",
        "Severity": severity,
        "SourceLines": ["\tf.Close()"],
        "Pos": {"Filename": "main.go", "Offset": 148, "Line": 11, "Column": 9},
    } | more


def report(*issues: dict[str, Any], **about: Any) -> dict[str, Any]:
    return {"Issues": list(issues), "Report": {"Linters": LINTERS} | about}


class TestIssues:
    def test_are_rated_by_their_severity(self) -> None:
        words = ("error", "High", "warning", "medium", "low", "info", "critical")
        reading, found = read(READER, report(*map(issue, words)))
        assert (reading.ran, reading.tool, reading.kind) == (True, "golangci-lint", "lint")
        assert reading.measures == {
            "findings.total": 7,
            "findings.unrated": 0,
            "findings.critical": 1,
            "findings.high": 2,
            "findings.medium": 2,
            "findings.low": 1,
            "findings.info": 1,
        }
        assert (found[0].rule, found[0].path, found[0].line) == ("errcheck", "main.go", 11)

    @pytest.mark.parametrize("severity", ["", None, "blocker"])
    def test_of_another_severity_are_unrated(self, severity: str | None) -> None:
        reading = measure(READER, report(issue(severity)))
        assert reading.ran and reading.measures == {"findings.total": 1, "findings.unrated": 1}

    def test_may_be_none(self) -> None:
        assert measure(READER, report() | {"Issues": None}).measures["findings.total"] == 0

    def test_cut_a_long_text_and_need_no_place(self) -> None:
        _, found = read(READER, report(issue(Text="x" * 100, Pos=None)), Limits(max_text=10))
        assert (found[0].message, found[0].path, found[0].line) == ("x" * 10, "", None)


class TestNotRun:
    @pytest.mark.parametrize(
        ("broken", "why"),
        [
            (report(Error="context deadline exceeded"), "says that it failed: context deadline exceeded"),
            (report(issue(linter="typecheck")), "the sources do not compile"),
            (report(Linters=[{"Name": "errcheck"}]), "no linter that was enabled"),
            (report(Linters=None), "no linter that was enabled"),
            (report() | {"Report": None}, "`Report` is missing"),
            (
                report(
                    Warnings=[{"Tag": "runner", "Text": "Can't run linter goanalysis_metalinter: buildir"}]
                ),
                "warns of work undone: Can't run linter",
            ),
            (report(Warnings=[{"Text": "failed to load package"}]), "warns of work undone"),
        ],
    )
    def test_where_the_report_says_so(self, broken: dict[str, Any], why: str) -> None:
        reading = measure(READER, broken)
        assert not reading.ran and why in (reading.why_not or "")

    def test_but_not_for_a_warning_about_a_linter_that_is_deprecated(self) -> None:
        text = "The linter 'tenv' is deprecated (since v1.64.0) due to: Replaced by usetesting."
        assert measure(READER, report(Warnings=[{"Tag": "lintersdb", "Text": text}])).ran


class TestRecognition:
    def test_goes_by_issues_and_report(self) -> None:
        assert recognises(READER, report())
        assert not recognises(READER, {"Issues": [], "Stats": {}}), "gosec's"

    @pytest.mark.parametrize("report_", [{"Report": {}}, {"Issues": []}, report({"Text": "x"}), [], ""])
    def test_of_another_shape_is_refused(self, report_: Any) -> None:
        assert refusal(READER, report_)
