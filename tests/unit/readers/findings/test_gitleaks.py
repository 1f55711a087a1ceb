"""Gitleaks' JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, read, recognises, refusal
from tidegate.domain.findings import Finding, Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.gitleaks import READER

SECRET = "hunter2-hunter2"
COMMIT = "d54ce70d0cf883054ed256db46406a5df551f000"


def leak(**more: Any) -> dict[str, Any]:
    """Make a leak as version 8 writes it."""
    return {
        "RuleID": "generic-api-key",
        "Description": f"Found {SECRET}",
        "StartLine": 7,
        "EndLine": 7,
        "Match": f'key = "{SECRET}"',
        "Secret": SECRET,
        "File": "src/a.py",
        "SymlinkFile": "",
        "Commit": COMMIT,
        "Author": "A",
        "Message": SECRET,
        "Tags": [],
        "Fingerprint": f"{COMMIT}:src/a.py:generic-api-key:7",
    } | more


def old_leak(**more: Any) -> dict[str, Any]:
    """Make a leak as version 7 writes it."""
    return {
        "line": f"export KEY={SECRET}",
        "lineNumber": 3,
        "offender": SECRET,
        "commit": COMMIT,
        "rule": "Github",
        "commitMessage": SECRET,
        "file": ".bashrc",
        "tags": "key, Github",
    } | more


def only(report: Any) -> Finding:
    (found,) = items(READER, report)
    assert isinstance(found, Finding)
    return found


class TestFindings:
    @pytest.mark.parametrize(
        ("report", "rule", "path", "line"),
        [
            ([leak()], "generic-api-key", "src/a.py", 7),
            ([old_leak()], "Github", ".bashrc", 3),
            ([old_leak(lineNumber=0)], "Github", ".bashrc", None),
            ({"leaks": [{"rule": "R", "file": "a", "start_line": 2}], "errors": []}, "R", "a", 2),
            ({"leaks": [{"rule": "R", "offender": SECRET}]}, "R", "", None),
        ],
    )
    def test_have_rule_and_place_in_every_layout(
        self, report: Any, rule: str, path: str, line: int | None
    ) -> None:
        reading, (finding,) = read(READER, report)
        assert (reading.ran, reading.kind, reading.tool) == (True, "secrets", "gitleaks")
        assert (finding.rule, finding.path, finding.line) == (rule, path, line)
        assert finding.severity is Severity.UNRATED

    def test_are_counted_without_severities(self) -> None:
        reading = measure(READER, [leak(), leak(), old_leak()])
        assert reading.measures == {"findings.total": 3, "findings.unrated": 3}

    @pytest.mark.parametrize(
        "report",
        [
            [leak()],
            [leak(Fingerprint=SECRET)],
            [leak(Fingerprint=f"{COMMIT}:{SECRET}:generic-api-key:7")],
            [old_leak()],
            {"leaks": [{"rule": "R", "offender": SECRET}], "errors": [SECRET]},
            [leak(RuleID="")],
            [leak(StartLine=SECRET)],
            [leak()] + [SECRET],
        ],
    )
    def test_hold_nothing_of_what_was_found(self, report: Any) -> None:
        try:
            told = repr(read(READER, report))
        except Exception as error:
            told = repr(error)
        assert SECRET not in told

    def test_are_named_by_gitleaks_where_a_commit_makes_that_last(self) -> None:
        assert only([leak()]).stable == f"{COMMIT}:src/a.py:generic-api-key:7"
        assert only([leak(Commit="", Fingerprint="src/a.py:generic-api-key:7")]).stable == ""
        assert only([leak(Fingerprint="")]).stable == ""

    def test_are_others_in_another_commit_and_the_same_on_another_line(self) -> None:
        assert only([leak()]).fingerprint != only([leak(Commit="a" * 40)]).fingerprint
        assert only([leak()]).fingerprint == only([leak(StartLine=99)]).fingerprint

    def test_a_name_beyond_the_limit_is_cut(self) -> None:
        _, (finding,) = read(READER, [leak(File="x" * 99)], Limits(max_text=10))
        assert finding.path == "x" * 10


class TestARunThatFoundNothing:
    @pytest.mark.parametrize("report", [b"[]", {"leaks": []}, {"leaks": [], "errors": None}])
    def test_measures_zero(self, report: Any) -> None:
        reading = measure(READER, report)
        assert reading.ran and reading.measures == {"findings.total": 0, "findings.unrated": 0}


class TestNotRun:
    def test_where_there_were_errors(self) -> None:
        reading = measure(READER, {"leaks": [], "errors": ["cannot read"]})
        assert not reading.ran and "1 error(s)" in (reading.why_not or "")

    def test_where_the_report_is_null(self) -> None:
        reading = measure(READER, b" null\n")
        assert not reading.ran and "says nothing" in (reading.why_not or "")


class TestRefused:
    @pytest.mark.parametrize(
        ("report", "words"),
        [
            ([leak(), leak(RuleID=None)], "Leak 2 of the report names no rule"),
            ([{"File": "a"}], "Leak 1 of the report names no rule"),
            ([leak(StartLine="7")], "`$[0].StartLine`"),
            ([1], "`$[0]`"),
            ({}, "missing required field `leaks`"),
            ({"leaks": None}, "`$.leaks`"),
            (b"7", "not what the format asks for"),
            (b"", "is empty"),
        ],
    )
    def test_what_is_no_list_of_leaks(self, report: Any, words: str) -> None:
        assert words in refusal(READER, report)


class TestSniff:
    @pytest.mark.parametrize(
        "report", [[leak()], [old_leak()], {"leaks": [{"rule": "R"}]}, {"leaks": [], "errors": []}]
    )
    def test_knows_its_report(self, report: object) -> None:
        assert recognises(READER, report)

    @pytest.mark.parametrize(
        "other",
        [
            [],
            {},
            {"leaks": []},
            {"leaks": [{"bytes": 8}]},
            b"null",
            [{"RuleID": "x"}],
            [{"rule": "x"}],
            {"RuleID": 1},
        ],
    )
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
