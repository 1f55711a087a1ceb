"""Hadolint's JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.hadolint import READER


def entry(level: str | None = "warning", **more: Any) -> dict[str, Any]:
    return {
        "code": "DL3008",
        "column": 1,
        "file": "Dockerfile",
        "level": level,
        "line": 2,
        "message": "Pin versions in apt get install.",
    } | more


class TestFindings:
    def test_are_rated_by_their_level(self) -> None:
        levels = ("error", "warning", "warning", "style", "info")
        reading, found = read(READER, [entry(level) for level in levels])
        assert (reading.ran, reading.tool, reading.kind) == (True, "hadolint", "lint")
        assert reading.measures == {
            "findings.total": 5,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 2,
            "findings.low": 1,
            "findings.info": 1,
        }
        assert (found[0].rule, found[0].path, found[0].line) == ("DL3008", "Dockerfile", 2)

    @pytest.mark.parametrize("level", ["XXXX", "ignore", None])
    def test_of_another_level_are_unrated(self, level: str | None) -> None:
        reading = measure(READER, [entry(level), entry()])
        assert reading.ran and reading.measures == {"findings.total": 2, "findings.unrated": 1}

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, [entry(message="x" * 100, line=-1)], Limits(max_text=10))
        assert (found[0].message, found[0].line) == ("x" * 10, None)


class TestNotRun:
    def test_where_a_dockerfile_was_not_parsed(self) -> None:
        reading = measure(READER, [entry(), entry("error", code="DL1000", file="Bad")])
        assert "could not read or parse 1 file(s), the first is Bad" in (reading.why_not or "")

    @pytest.mark.parametrize("strange", [{}, {"level": "error"}, entry(code=None), entry(file=None)])
    def test_where_an_entry_is_not_hadolints(self, strange: dict[str, Any]) -> None:
        reading = measure(READER, [entry(), strange])
        assert reading.measures["findings.total"] == 2
        assert "1 entries lack `code`, `message` or `file`" in (reading.why_not or "")


class TestRecognition:
    def test_goes_by_the_keys_of_an_entry(self) -> None:
        assert recognises(READER, [entry()])
        assert not recognises(READER, [])
        assert not recognises(READER, [entry(endLine=2)]), "ShellCheck's"
        assert measure(READER, []).ran

    @pytest.mark.parametrize("report", [{}, [entry(code=2086)], [[]], "null", "", "[{]"])
    def test_of_another_shape_is_refused(self, report: Any) -> None:
        assert refusal(READER, report)
