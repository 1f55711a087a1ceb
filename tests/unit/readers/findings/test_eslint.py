"""ESLint's JSON, with and without metadata, and what says that a file was not checked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.eslint import READER


def message(severity: Any = 2, rule: str | None = "no-eval", **more: Any) -> dict[str, Any]:
    return {"ruleId": rule, "severity": severity, "message": "`eval` can be harmful.", "line": 3} | more


def file(*messages: dict[str, Any], path: str = "/src/a.js", **more: Any) -> dict[str, Any]:
    errors = sum(bool(each.get("fatal")) or each.get("severity") == 2 for each in messages)
    return {
        "filePath": path,
        "messages": list(messages),
        "suppressedMessages": [],
        "errorCount": errors,
        "fatalErrorCount": sum(bool(each.get("fatal")) for each in messages),
        "warningCount": len(messages) - errors,
    } | more


class TestFindings:
    def test_are_rated_by_their_severity(self) -> None:
        reading, found = read(READER, [file(message(), message(1)), file(path="/src/b.js")])
        assert (reading.ran, reading.tool, reading.kind) == (True, "eslint", "lint")
        assert reading.measures == {
            "findings.total": 2,
            "findings.unrated": 0,
            "findings.suppressed": 0,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 0,
            "findings.info": 0,
        }
        assert (found[0].rule, found[0].path, found[0].line) == ("no-eval", "/src/a.js", 3)
        assert [each.severity for each in found] == [Severity.HIGH, Severity.MEDIUM]

    def test_that_were_suppressed_count_apart(self) -> None:
        reading, found = read(READER, [file(message(), suppressedMessages=[message(), message()])])
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 2)
        assert [each.suppressed for each in found] == [False, True, True]

    def test_of_versions_that_do_not_tell_what_was_suppressed_leave_it_out(self) -> None:
        old = file(message())
        del old["suppressedMessages"], old["fatalErrorCount"]
        assert "findings.suppressed" not in measure(READER, [file(), old]).measures

    @pytest.mark.parametrize("severity", [0, 3, None, "error"])
    def test_of_another_severity_are_unrated(self, severity: Any) -> None:
        assert measure(READER, [file(message(severity))]).measures["findings.unrated"] == 1

    def test_are_the_same_with_metadata(self) -> None:
        plain = [file(message())]
        assert read(READER, {"results": plain, "metadata": {"rulesMeta": {}}}) == read(READER, plain)

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, [file(message(message="x" * 100, line=0))], Limits(max_text=10))
        assert (found[0].message, found[0].line) == ("x" * 10, None)


class TestNotRun:
    @pytest.mark.parametrize(
        "said",
        [
            message(rule=None, fatal=True, message="Parsing error: Unexpected token"),
            message(rule="", fatal=True),
            message(fatal=True),
            message(1, rule=None, message="File ignored because of a matching ignore pattern."),
            message(1, rule=None, message=None),
        ],
    )
    def test_where_a_file_was_not_checked(self, said: dict[str, Any]) -> None:
        reading = measure(READER, [file(message()), file(said, path="/src/b.js")])
        assert "did not check 1 file(s), the first is /src/b.js: " in (reading.why_not or "")

    @pytest.mark.parametrize(
        "text",
        [
            "Unused eslint-disable directive (no problems were reported from 'no-eval').",
            "Unused inline config ('no-eval' is already configured to 'error').",
            "/* eslint-env */ comments are no longer supported.",
            "'/*eslint no-eval:0*/' has no effect because you have 'noInlineConfig' setting in your config.",
        ],
    )
    def test_but_not_where_a_message_without_a_rule_is_of_a_file_that_was(self, text: str) -> None:
        for fatal in (None, True):
            reading = measure(READER, [file(message(1, rule=None, message=text, fatal=fatal))])
            assert reading.ran and reading.measures["findings.total"] == 1

    @pytest.mark.parametrize("count", ["errorCount", "warningCount", "fatalErrorCount"])
    def test_where_a_count_differs_from_the_messages(self, count: str) -> None:
        reading = measure(READER, [file(message()), file(message()) | {count: 6}])
        assert not reading.ran and "lists 1 and 0: the report was filtered" in (reading.why_not or "")

    def test_where_eslint_fixed_a_file(self) -> None:
        reading = measure(READER, [file(), file(path="/src/b.js", output="let a = 1;\n")])
        assert "fixed 1 file(s), the first is /src/b.js" in (reading.why_not or "")

    @pytest.mark.parametrize("report", [[], {"results": [], "metadata": {"rulesMeta": {}}}])
    def test_where_no_file_is_listed(self, report: Any) -> None:
        reading = measure(READER, report)
        assert "lists none" in (reading.why_not or "") and reading.measures["findings.total"] == 0


class TestRecognition:
    @pytest.mark.parametrize(
        ("report", "own"),
        [
            ([file()], True),
            ({"results": [file()], "metadata": {}}, True),
            ({"results": [], "metadata": {"cwd": "/src", "rulesMeta": {}}}, True),
            ([], False),
            ({"results": [], "metadata": {}}, False),
            ([{"source": "a.css", "warnings": []}], False),
            ([{"filePath": "a.md", "messages": []}], False),
            ([file(message(message="x" * 70_000))], True),
        ],
    )
    def test_goes_by_files_and_their_messages(self, report: Any, own: bool) -> None:
        assert recognises(READER, report) is own

    @pytest.mark.parametrize(
        ("report", "place"),
        [
            ([{"filePath": "a"}], "`$[0]`"),
            ([file(), file({"severity": 2})], "`$[1].messages[0]`"),
            ([file(), {"filePath": "a.md", "messages": []}], "`$[1]`"),
            ({"results": [{}], "metadata": {}}, "`$.results[0]`"),
            ([file(message(severity=True))], "`$[0].messages[0].severity`"),
            ({"metadata": {}}, "`$`"),
        ],
    )
    def test_of_another_shape_is_refused_with_its_place(self, report: Any, place: str) -> None:
        assert f"At {place} the report" in refusal(READER, report)
