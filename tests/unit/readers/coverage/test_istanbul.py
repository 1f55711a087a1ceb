"""Istanbul's JSON: lines, branches and functions that it lists, and summaries that add up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.istanbul import READER


def at(line: int, **more: Any) -> dict[str, Any]:
    """Give a location that begins on a line."""
    return {"start": {"line": line, "column": 0}, "end": {"line": line, "column": None}, **more}


def file(**parts: Any) -> dict[str, Any]:
    """Give a file of two statements on a line and one on another, a function and two branches."""
    return {
        "path": "/a.js",
        "statementMap": {"0": at(3), "1": at(3), "2": at(5)},
        "fnMap": {"0": {"name": "f", "decl": at(2), "loc": at(2), "line": 2}},
        "branchMap": {"0": {"loc": at(3), "type": "if", "locations": [at(3), {"start": {}, "end": {}}]}},
        "s": {"0": 0, "1": 2, "2": 0},
        "f": {"0": 1},
        "b": {"0": [1, 0]},
        **parts,
    }


def share(covered: int, total: int, pct: Any = None) -> dict[str, Any]:
    """Give a share of a summary."""
    return {"covered": covered, "total": total, "skipped": 0, "pct": pct}


def summary(lines: Any = None, **more: Any) -> dict[str, Any]:
    """Give what a summary says of a file or of all."""
    lines = lines or share(4, 5, 80)
    parts = {"statements": lines, "functions": share(2, 2, 100), "branches": share(1, 3, 33.33)}
    return {"lines": lines, **parts, **more}


def counts(report: Any) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, report).measures.items()}


class TestCounting:
    def test_counts_lines_once_branches_functions_and_files(self) -> None:
        assert counts({"/a.js": file()}) == {
            "files": 1,
            "lines_total": 2,
            "lines_covered": 1,
            "branches_total": 2,
            "branches_covered": 1,
            "functions_total": 1,
            "functions_covered": 1,
        }

    def test_adds_files_of_any_path(self) -> None:
        measured = counts({"/a.js": file(), "C:\\src\\b.js": file(), "./c.js": file()})
        assert (measured["files"], measured["lines_total"]) == (3, 6)

    def test_what_version_0_skipped_does_not_count(self) -> None:
        skipped = file(
            statementMap={"0": at(3), "1": at(4, skip=True), "2": at(5)},
            fnMap={"0": {"name": "f", "line": 2, "skip": True}},
            branchMap={"0": {"line": 3, "type": "if", "locations": [at(3, skip=True), at(3)]}},
        )
        measured = counts({"/a.js": skipped})
        assert (measured["lines_total"], measured["branches_total"], measured["functions_total"]) == (2, 1, 0)

    @pytest.mark.parametrize(
        ("branches", "line"),
        [
            ({"loc": at(7), "line": 3, "locations": [at(3), at(4)]}, 7),
            ({"loc": {}, "line": 3, "locations": [at(4), at(5)]}, 3),
            ({"loc": {"start": {}}, "locations": [{"start": {}}, at(5)]}, 5),
            ({"locations": [{}, {}]}, None),
        ],
    )
    def test_branches_stand_where_istanbuls_lcov_puts_them(self, branches: Any, line: int | None) -> None:
        reading = measure(READER, {"/a.js": file(branchMap={"0": branches})})
        assert reading.measures["coverage.branches_total"] == 2
        lines = reading.lines.get()
        assert lines is not None
        assert list(lines.files["/a.js"].branches) == ([] if line is None else [line])

    def test_are_not_joined_beyond_the_limit(self) -> None:
        far = file(statementMap={"0": at(1), "1": at(2), "2": at(99999)})
        assert measure(READER, {"/a.js": far}, Limits(max_lines=99)).lines.get() is None


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("report", "why"),
        [
            ({}, "lists no file"),
            ({"/a.js": file(statementMap={}, s={})}, "lists no statement"),
            (
                {"/a.js": file(s={"0": 1, "1": 1})},
                "its maps and its counts tell of different statements ('2')",
            ),
            ({"/a.js": file(f={})}, "different functions"),
            ({"/a.js": file(b={"1": [0, 1]})}, "different branches"),
            ({"/a.js": file(b={"0": [1]})}, "different branches"),
            ({"total": summary()}, "The summary lists no file"),
            (
                {"total": summary(share(0, 0, "Unknown")), "/a.js": summary(share(0, 0, 100))},
                "counts no line",
            ),
            ({"total": summary(), "/a.js": summary(share(5, 5, 100))}, "the files add up to 5 of 5"),
            ({"total": summary(share(6, 5, 80)), "/a.js": summary(share(6, 5, 80))}, "6 covered of 5 lines"),
            (
                {"total": summary(share(4, 5, 95)), "/a.js": summary()},
                "has 95.0 % of lines, its counts give 80.00",
            ),
        ],
    )
    def test_did_not_run(self, report: Any, why: str) -> None:
        reading = measure(READER, report)
        assert not reading.ran and why in (reading.why_not or "")


class TestSummary:
    def test_gives_what_istanbul_counted(self) -> None:
        measured = counts({"total": summary(branchesTrue=share(0, 0, "Unknown")), "/a.js": summary()})
        assert (measured["lines_total"], measured["lines_covered"], measured["branches_covered"]) == (5, 4, 1)
        assert (measured["functions_total"], measured["files"]) == (2, 1)

    def test_has_counts_of_files_alone(self) -> None:
        lines = measure(READER, {"total": summary(), "/a.js": summary()}).lines.get()
        assert lines is not None
        assert lines.files["/a.js"].unlisted == {"lines": (4, 5), "functions": (2, 2), "branches": (1, 3)}


class TestRefusing:
    @pytest.mark.parametrize(
        ("report", "what"),
        [
            ("", "report is empty"),
            ([], "not what the format asks for"),
            ('{"/a.js": {"statementMap": {', "ends before its JSON does"),
            ({"/a.js": {"path": "/a.js"}}, "At `$['/a.js']` the report is not what the format asks for"),
            ({"/a.js": file(s={"0": -1})}, "At `$['/a.js'].s[...]`"),
            ({"/a.js": file(s={"0": 2**62})}, "At `$['/a.js'].s[...]`"),
            ({"/a.js": file(b={"0": [None]})}, "the report is not what"),
            ({"/a.js": file(statementMap={"0": at(0)})}, "the report is not what"),
            ({"/a.js": file(statementMap={"0": {"start": {}}})}, "the report is not what"),
            ({"total": summary(share(-1, 5)), "/a.js": summary()}, "At `$['total'].lines.covered`"),
            ({"total": {"lines": share(1, 2)}}, "missing required field"),
            ('{"/a.js": {}, "/a.js": {}}', "stands twice"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, report: Any, what: str) -> None:
        assert what in refusal(READER, report)

    def test_holds_to_its_limits(self) -> None:
        assert "bytes" in refusal(READER, {"/a.js": file()}, Limits(max_bytes=20))
        assert "levels deep" in refusal(READER, {"/a.js": file()}, Limits(max_depth=2))
        assert "objects" in refusal(READER, {"/a.js": file()}, Limits(max_items=3))


class TestSniffing:
    @pytest.mark.parametrize("report", [{"/a.js": file()}, {"total": summary(), "/a.js": summary()}])
    def test_claims_its_own(self, report: Any) -> None:
        assert recognises(READER, report)

    @pytest.mark.parametrize(
        "report", [{}, [], {"total": 1}, {"meta": {}, "files": {}}, [file()], "mode: set"]
    )
    def test_leaves_other_formats_alone(self, report: Any) -> None:
        assert not recognises(READER, report)

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert set(measure(READER, {"/a.js": file()}).measures) == set(READER.follows) <= set(BY_NAME)
