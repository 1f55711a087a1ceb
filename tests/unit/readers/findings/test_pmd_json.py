"""PMD's JSON: what counts, and what shows that PMD did not do its work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.pmd import READER as XML
from tidegate.readers.findings.pmd_json import READER


def violation(priority: Any = 3, **more: Any) -> dict[str, Any]:
    return {
        "beginline": 3,
        "description": "Avoid unused variables.",
        "rule": "UnusedLocalVariable",
        "priority": priority,
    } | more


def file(*violations: dict[str, Any], name: str = "/src/A.java") -> dict[str, Any]:
    return {"filename": name, "violations": list(violations)}


def report(*files: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "formatVersion": 0,
        "pmdVersion": "7.27.0",
        "timestamp": "2026-01-01T12:00:00.000+02:00",
        "files": list(files),
        "suppressedViolations": [],
        "processingErrors": [],
        "configurationErrors": [],
    } | more


class TestViolations:
    def test_are_rated_by_their_priority(self) -> None:
        reading, found = read(READER, report(file(*map(violation, (1, 2, 3))), file(*map(violation, (4, 5)))))
        assert (reading.ran, reading.tool, reading.kind) == (True, "pmd", "lint")
        assert (reading.tool_version, reading.made_at) == ("7.27.0", datetime(2026, 1, 1, 10, tzinfo=UTC))
        assert reading.measures == {
            "findings.total": 5,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 2,
            "findings.medium": 2,
            "findings.low": 1,
            "findings.info": 0,
        }
        assert (found[0].rule, found[0].path, found[0].line) == ("UnusedLocalVariable", "/src/A.java", 3)

    @pytest.mark.parametrize("priority", [None, 0, 6])
    def test_of_another_priority_are_unrated(self, priority: int | None) -> None:
        assert measure(READER, report(file(violation(priority)))).measures["findings.unrated"] == 1

    def test_cut_a_long_text_and_need_no_line_or_text(self) -> None:
        texts = file(violation(description="x" * 100, beginline=0), violation(description=None))
        _, found = read(READER, report(texts), Limits(max_text=10))
        assert [(each.message, each.line) for each in found] == [("x" * 10, None), ("", 3)]

    def test_that_were_suppressed_count_apart(self) -> None:
        reading, found = read(READER, report(file(violation()), suppressedViolations=[file(violation(1))]))
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 1)
        assert [each.suppressed for each in found] == [False, True]

    def test_none_is_a_clean_run(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.total"] == 0
        assert "findings.suppressed" not in reading.measures

    def test_are_the_same_as_in_xml(self) -> None:
        xml = (
            '<pmd version="7.27.0"><file name="/src/A.java"><violation beginline="3" priority="3"'
            ' rule="UnusedLocalVariable">\nAvoid unused variables.\n</violation></file></pmd>'
        )
        assert read(XML, xml)[1] == read(READER, report(file(violation())))[1]


class TestNotRun:
    @pytest.mark.parametrize(
        ("more", "why"),
        [
            (
                {"processingErrors": [{"filename": "B.java", "message": 'found "hunter2"', "detail": ""}]},
                "could not process 1 file(s), the first is B.java: repair",
            ),
            ({"processingErrors": [{}]}, "the first is not named"),
            (
                {"configurationErrors": [{"rule": "Loose", "message": "m"}] * 2},
                "could not use 2 rule(s), the",
            ),
            ({"pmdVersion": " "}, "names no version"),
        ],
    )
    def test_where_something_was_not_checked(self, more: dict[str, Any], why: str) -> None:
        reading = measure(READER, report(file(violation()), **more))
        assert not reading.ran and why in (reading.why_not or "")
        assert "hunter2" not in (reading.why_not or "")


class TestRecognition:
    def test_goes_by_its_version(self) -> None:
        assert recognises(READER, report())
        assert not recognises(READER, {"files": []}) and not recognises(READER, "<pmd/>")

    @pytest.mark.parametrize("missing", ["files", "processingErrors", "configurationErrors", "pmdVersion"])
    def test_of_a_report_without_one_of_its_parts_is_refused(self, missing: str) -> None:
        broken = report()
        del broken[missing]
        assert f"missing required field `{missing}`" in refusal(READER, broken)

    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            (report(formatVersion=1), "has format 1 of PMD's JSON, read is 0"),
            (report({"filename": "a"}), "`$.files[0]`"),
            (report(suppressedViolations=[{}]), "`$.suppressedViolations[0]`"),
            (report(file(violation("high"))), "`$.files[0].violations[0].priority`"),
            (report(file({})), "`$.files[0].violations[0]`"),
        ],
    )
    def test_of_another_shape_is_refused_with_its_place(self, broken: dict[str, Any], words: str) -> None:
        assert words in refusal(READER, broken)
