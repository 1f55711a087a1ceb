"""SimpleCov's JSON: the runs of .resultset.json count together, and coverage.json is what it declares."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.simplecov import READER

THEN_ELSE = {"[:if, 0, 3, 4, 8, 7]": {"[:then, 1, 4, 6, 4, 12]": 1, "[:else, 2, 7, 6, 7, 12]": 0}}


def runs(*files: dict[str, Any], timestamp: Any = 1700000000) -> dict[str, Any]:
    """Give the results of some runs, each of some files."""
    return {f"run {n}": {"coverage": each, "timestamp": timestamp} for n, each in enumerate(files)}


def of(lines: Any, **more: Any) -> dict[str, Any]:
    """Give a report of one file in one run."""
    return runs({"/a.rb": {"lines": lines, **more}})


def report(meta: dict[str, Any] | None = None, total: Any = None, **file: Any) -> dict[str, Any]:
    """Give coverage.json of one file."""
    found: dict[str, Any] = {
        "meta": {"simplecov_version": "0.22.0", **(meta or {})},
        "coverage": {"lib/a.rb": file},
        "groups": {},
    }
    return found | ({} if total is None else {"total": total})


def counts(value: Any) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, value).measures.items()}


class TestRuns:
    def test_count_lines_that_are_numbers(self) -> None:
        assert counts(of([None, 1, 0, None, 2])) == {"files": 1, "lines_total": 3, "lines_covered": 2}

    def test_of_old_versions_are_lists_of_lines(self) -> None:
        assert counts(runs({"/a.rb": [None, 1, 0], "C:\\b.rb": [1]})) == {
            "files": 2,
            "lines_total": 3,
            "lines_covered": 2,
        }

    @pytest.mark.parametrize(
        ("one", "other", "covered", "total"),
        [
            ([1, 0], [0, 1], 2, 2),
            ([0, 0], [0, 0], 0, 2),
            ([None, 1], [0, 0], 1, 1),
            ([None, None], [1, 0], 1, 1),
            ([0], [0, 0, 3], 1, 2),
        ],
    )
    def test_count_together_as_simplecov_merges_them(
        self, one: list[Any], other: list[Any], covered: int, total: int
    ) -> None:
        measured = counts(runs({"/a.rb": {"lines": one}}, {"/a.rb": {"lines": other}}))
        assert (measured["lines_covered"], measured["lines_total"], measured["files"]) == (covered, total, 1)

    def test_count_branches_by_condition_and_place(self) -> None:
        other = {"[:if, 0, 3, 4, 8, 7]": {"[:then, 1, 4, 6, 4, 12]": 0, "[:else, 2, 7, 6, 7, 12]": 5}}
        files = [{"/a.rb": {"lines": [1], "branches": each}} for each in (THEN_ELSE, other, {}, None)]
        reading = measure(READER, runs(*files))
        measured = reading.measures
        assert (measured["coverage.branches_total"], measured["coverage.branches_covered"]) == (2, 2)
        lines = reading.lines.get()
        assert lines is not None and list(lines.files["/a.rb"].branches) == [3]

    def test_count_methods(self) -> None:
        measured = counts(of([1], methods={'["A", :f, 1, 2, 3, 5]': 1, '["A", :g, 4, 2, 5, 5]': 0}))
        assert (measured["functions_total"], measured["functions_covered"]) == (2, 1)

    def test_of_branches_alone_leave_out_lines(self) -> None:
        reading = measure(READER, of(None, branches=THEN_ELSE))
        assert reading.ran
        assert set(reading.measures) == {
            "coverage.files",
            "coverage.branches_total",
            "coverage.branches_covered",
        }

    def test_are_as_old_as_the_first_of_them(self) -> None:
        value = runs({"/a.rb": [1]}) | {"x": {"coverage": {"/a.rb": [1]}, "timestamp": 1600000000}}
        made_at = measure(READER, value).made_at
        assert made_at is not None and made_at.year == 2020
        assert measure(READER, runs({"/a.rb": [1]}, timestamp=None)).made_at is None


class TestReport:
    def test_gives_version_time_commit_lines_branches_and_methods(self) -> None:
        branches = [
            {"type": "then", "start_line": 2, "end_line": 2, "coverage": 0},
            {"type": "else", "start_line": 2, "end_line": 3, "coverage": 4},
            {"type": "else", "start_line": 4, "end_line": 4, "coverage": "ignored"},
        ]
        methods = [
            {"name": "A#f", "start_line": 1, "end_line": 2, "coverage": 1},
            {"name": "A#g", "start_line": 4, "end_line": 5, "coverage": "ignored"},
        ]
        meta = {"timestamp": "2026-01-02T03:04:05.000+00:00", "commit": "a" * 40}
        reading = measure(
            READER,
            report(
                meta,
                {"lines": {"covered": 1, "total": 2}, "branches": {"covered": 1, "total": 2}},
                lines=[1, 0, None, "ignored"],
                branches=branches,
                methods=methods,
                covered_lines=1,
                total_lines=2,
            ),
        )
        assert reading.ran and reading.made_at is not None
        assert (reading.tool_version, reading.commits) == ("0.22.0", ("a" * 40,))
        assert dict(reading.measures) == {
            "coverage.files": 1,
            "coverage.lines_total": 2,
            "coverage.lines_covered": 1,
            "coverage.branches_total": 2,
            "coverage.branches_covered": 1,
            "coverage.functions_total": 1,
            "coverage.functions_covered": 1,
        }

    @pytest.mark.parametrize("commit", [None, 5, "main", "a" * 41])
    def test_takes_a_commit_for_one_only_where_it_is_one(self, commit: Any) -> None:
        assert measure(READER, report({"commit": commit}, lines=[1])).commits == ()


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ({}, "lists no file"),
            (runs({}), "lists no file"),
            (of([]), "lists no line that counts"),
            (of([None, "ignored"]), "lists no line that counts"),
            (of(None), "/a.rb has no lines"),
            (of(None, branches={}), "/a.rb has no lines"),
            (runs({"/a.rb": [1], "/b.rb": {"lines": None, "branches": THEN_ELSE}}), "/b.rb has no lines"),
            (
                report(lines=[1, 0], covered_lines=2, total_lines=2),
                "declares 2 covered of 2 lines and lists 1 of 2",
            ),
            (
                report(total={"lines": {"covered": 2, "total": 2}}, lines=[1, 0]),
                "`total` says 2 covered of 2 lines",
            ),
            (
                report(total={"branches": {"covered": 1, "total": 1}}, lines=[1], branches=[]),
                "`total` says 1 covered of 1 branches",
            ),
        ],
    )
    def test_did_not_run(self, value: Any, why: str) -> None:
        reading = measure(READER, value)
        assert not reading.ran and why in (reading.why_not or "")


class TestRefusing:
    @pytest.mark.parametrize(
        ("value", "what"),
        [
            ('{"RSpec": {"coverage": {"/a.rb": {"lines": [1, 0', "ends before its JSON does"),
            ({"RSpec": {"timestamp": 1}}, "missing required field `coverage`"),
            (of([-1]), "At `$['run 0'].coverage['/a.rb'].lines[0]`"),
            (runs({"/a.rb": [2**62]}), "At `$['run 0'].coverage['/a.rb'][0]`"),
            (of(["skipped"]), "the report is not what"),
            (of([True]), "the report is not what"),
            (of([1.5]), "the report is not what"),
            (of([1], branches={"if 3": {"then": 1}}), "'if 3' is no condition of SimpleCov's"),
            (of([1], branches={"[:if, 0, 0, 4, 8, 7]": {"then": 1}}), "is no condition of SimpleCov's"),
            (of([1], branches=THEN_ELSE | {"[:if, 3, 9, 4]": {"x": -1}}), "the report is not what"),
            (report(lines=[1], branches=[{"coverage": 1}]), "missing required field `start_line`"),
            ({"meta": 1, "coverage": {}}, "At `$.meta` the report is not what"),
            (report(total={"lines": {"covered": 1}}, lines=[1]), "At `$.total.lines`"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, value: Any, what: str) -> None:
        assert what in refusal(READER, value)

    def test_keeps_no_lines_to_join_beyond_the_limit(self) -> None:
        assert measure(READER, of([1] * 500), Limits(max_lines=99)).lines.get() is None


class TestSniffing:
    @pytest.mark.parametrize(
        "value", [of([1]), report(lines=[1]), runs({}), '{"RSpec": {"coverage": {"/a.rb": {"lines": [1,']
    )
    def test_claims_its_own(self, value: Any) -> None:
        assert recognises(READER, value)

    @pytest.mark.parametrize(
        "value",
        [
            {},
            [],
            {"a": {"coverage": 1, "timestamp": 1}},
            {"report_meta": {"timestamp": 1}, "packages": {"coverage": {"name": "coverage"}}},
            {"meta": {}, "coverage": {}},
            {"meta": {"timestamp": 1}, "files": {"a": {"coverage": 1}}},
            "x",
        ],
    )
    def test_leaves_other_formats_alone(self, value: Any) -> None:
        assert not recognises(READER, value)

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = of([1], branches=THEN_ELSE, methods={"f": 1})
        assert set(measure(READER, whole).measures) == set(READER.follows) <= set(BY_NAME)
