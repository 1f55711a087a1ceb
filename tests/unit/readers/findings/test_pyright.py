"""Pyright's JSON, and its summary."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.pyright import READER


def diagnostic(severity: str = "error", **more: Any) -> dict[str, Any]:
    return {
        "file": "/src/a.py",
        "severity": severity,
        "message": '"zz" is not defined',
        "range": {"start": {"line": 2, "character": 6}, "end": {"line": 2, "character": 8}},
        "rule": "reportUndefinedVariable",
    } | more


def report(*diagnostics: dict[str, Any], **summary: int) -> dict[str, Any]:
    counts = {
        f"{word}Count": sum(each["severity"] == word for each in diagnostics)
        for word in ("error", "warning", "information")
    }
    return {
        "version": "1.1.414",
        "time": "1795945677398",
        "generalDiagnostics": list(diagnostics),
        "summary": {"filesAnalyzed": 1, **counts, "timeInSec": 0.7, **summary},
    }


class TestDiagnostics:
    def test_are_rated_by_their_severity(self) -> None:
        said = [diagnostic(), diagnostic("warning"), diagnostic("information", rule=None, range=None)]
        reading, found = read(READER, report(*said))
        assert (reading.ran, reading.tool, reading.kind) == (True, "pyright", "types")
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 0,
            "findings.info": 1,
        }
        assert [(each.rule, each.line) for each in found[1:]] == [("reportUndefinedVariable", 3), ("", None)]

    def test_of_another_severity_are_unrated(self) -> None:
        reading = measure(READER, report(diagnostic("hint")))
        assert reading.ran and reading.measures == {"findings.total": 1, "findings.unrated": 1}

    def test_tell_version_and_time(self) -> None:
        reading = measure(READER, report())
        assert reading.tool_version == "1.1.414" and reading.measures["findings.total"] == 0
        assert reading.made_at is not None and reading.made_at.year == 2026

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, report(diagnostic(message="x" * 100)), Limits(max_text=10))
        assert found[0].message == "x" * 10


class TestNotRun:
    def test_where_no_file_was_analyzed(self) -> None:
        assert "analyzed no file" in (measure(READER, report(filesAnalyzed=0)).why_not or "")

    @pytest.mark.parametrize("name", ["errorCount", "warningCount", "informationCount"])
    def test_where_the_summary_does_not_fit(self, name: str) -> None:
        reading = measure(READER, report(diagnostic(), diagnostic("information"), **{name: 4}))
        assert "lists 2 diagnostics that do not fit" in (reading.why_not or "")

    def test_where_only_a_packages_interface_was_looked_at(self) -> None:
        reading = measure(READER, report() | {"typeCompleteness": {"packageName": "a"}})
        assert "--verifytypes" in (reading.why_not or "")


class TestRecognition:
    def test_goes_by_the_list_of_diagnostics(self) -> None:
        assert recognises(READER, report())
        assert not recognises(READER, {"summary": {}}) and not recognises(READER, [])

    @pytest.mark.parametrize("missing", ["generalDiagnostics", "summary"])
    def test_without_its_parts_is_refused(self, missing: str) -> None:
        broken = report()
        del broken[missing]
        assert f"missing required field `{missing}`" in refusal(READER, broken)

    def test_of_another_shape_is_refused_with_its_place(self) -> None:
        assert "`$.generalDiagnostics[1]`" in refusal(
            READER, report() | {"generalDiagnostics": [diagnostic(), {"message": "m"}]}
        )
