"""GitLab's code quality report, of any tool."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits
from tidegate.readers.findings.gitlab_codequality import READER


def issue(severity: str | None = "major", name: str | None = "no-eval", **more: Any) -> dict[str, Any]:
    return {
        "description": "`eval` can be harmful.",
        "check_name": name,
        "fingerprint": "6ce67b145f69",
        "severity": severity,
        "location": {"path": "src/a.js", "lines": {"begin": 3}},
    } | more


def of_ruff(name: str = "F401", **more: Any) -> dict[str, Any]:
    location = {"path": "src/a.py", "positions": {"begin": {"line": 1, "column": 8}, "end": {}}}
    return issue(name=name, description=f"{name}: `os` imported but unused", location=location) | more


class TestIssues:
    def test_are_rated_by_their_severity(self) -> None:
        words = ("blocker", "critical", "major", "minor", "info")
        reading, found = read(READER, [issue(word) for word in words])
        assert (reading.ran, reading.tool, reading.kind) == (True, "gitlab-codequality", Kind.ANALYSIS)
        assert reading.measures == {
            "findings.total": 5,
            "findings.unrated": 0,
            "findings.critical": 2,
            "findings.high": 1,
            "findings.medium": 0,
            "findings.low": 1,
            "findings.info": 1,
        }
        first = found[0]
        assert (first.rule, first.path, first.line, first.stable) == (
            "no-eval",
            "src/a.js",
            3,
            "6ce67b145f69",
        )

    @pytest.mark.parametrize("severity", ["", "Major", "high", None])
    def test_of_another_severity_are_unrated(self, severity: str | None) -> None:
        assert measure(READER, [issue(severity)]).measures["findings.unrated"] == 1

    @pytest.mark.parametrize(
        ("place", "line"),
        [
            ({"lines": {"begin": 3}}, 3),
            ({"lines": {"begin": {"line": 4}}}, 4),
            ({"positions": {"begin": {"line": 5}}}, 5),
            ({"lines": {"begin": 0}}, None),
            ({"lines": {}}, None),
            ({}, None),
        ],
    )
    def test_begin_on_a_line(self, place: dict[str, Any], line: int | None) -> None:
        _, found = read(READER, [issue(location={"path": "a"} | place)])
        assert found[0].line == line

    def test_cut_a_long_text(self) -> None:
        _, found = read(READER, [issue(description="x" * 100)], Limits(max_text=10))
        assert found[0].message == "x" * 10


class TestWhoseItIs:
    @pytest.mark.parametrize(
        ("issues", "tool", "kind"),
        [
            ([of_ruff(), of_ruff("E501")], "ruff", Kind.LINT),
            ([of_ruff(type="issue")], "gitlab-codequality", Kind.ANALYSIS),
            ([of_ruff(categories=["Style"])], "gitlab-codequality", Kind.ANALYSIS),
            ([of_ruff(description="unused")], "gitlab-codequality", Kind.ANALYSIS),
            ([issue(name="F401", description="F401: x")], "gitlab-codequality", Kind.ANALYSIS),
            ([issue(name="DL3008"), issue(name="SC2086")], "hadolint", Kind.LINT),
            ([issue(engine_name="RuboCop")], "rubocop", Kind.LINT),
            ([issue(engine_name="bandit")], "bandit", Kind.SAST),
            ([issue(engine_name="duplication")], "gitlab-codequality", Kind.ANALYSIS),
            (
                [issue(engine_name="rubocop"), issue(engine_name="eslint")],
                "gitlab-codequality",
                Kind.ANALYSIS,
            ),
            ([], "gitlab-codequality", Kind.ANALYSIS),
        ],
    )
    def test_follows_from_what_one_tool_alone_writes(
        self, issues: list[dict[str, Any]], tool: str, kind: Kind
    ) -> None:
        reading = measure(READER, issues)
        assert (reading.ran, reading.tool, reading.kind) == (True, tool, kind)

    def test_gives_ruffs_findings_the_text_of_its_json(self) -> None:
        _, found = read(READER, [of_ruff()])
        assert (found[0].tool, found[0].rule, found[0].message) == (
            "ruff",
            "F401",
            "`os` imported but unused",
        )


class TestNotRun:
    @pytest.mark.parametrize(
        ("said", "why"),
        [
            (of_ruff("invalid-syntax"), "ruff could not parse or process a file, the first is src/a.py"),
            (of_ruff("panic"), "ruff could not parse or process a file"),
            (issue(name="DL1000"), "hadolint could not parse"),
            (issue(name=None, description="Parsing error: Unexpected token"), "the tool could not parse"),
            (issue(type="measurement"), "is of type 'measurement', not an issue"),
        ],
    )
    def test_where_an_issue_says_so(self, said: dict[str, Any], why: str) -> None:
        assert why in (measure(READER, [said]).why_not or "")


class TestRecognition:
    @pytest.mark.parametrize(
        ("report", "own"),
        [
            ([issue()], True),
            ([{"description": "d", "fingerprint": "f", "location": {"path": "a"}}], True),
            ([{"description": "d", "location": {"path": "a"}}], False),
            ([], False),
            (issue(), False),
        ],
    )
    def test_goes_by_the_keys_of_an_issue(self, report: Any, own: bool) -> None:
        assert recognises(READER, report) is own

    @pytest.mark.parametrize(
        ("report", "place"),
        [
            ([issue(location={})], "`$[0].location`"),
            ([issue(), {"description": "d"}], "`$[1]`"),
            ([issue(description=None)], "`$[0].description`"),
            ({}, "`$`"),
        ],
    )
    def test_of_another_shape_is_refused_with_its_place(self, report: Any, place: str) -> None:
        assert f"At {place} the report" in refusal(READER, report)
