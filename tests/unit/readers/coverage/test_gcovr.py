"""gcovr's JSON: lines that count, their branches and functions, and summaries that add up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.gcovr import READER


def line(number: int, count: int, *branches: int, **more: Any) -> dict[str, Any]:
    """Give a line with the counts of its branches."""
    listed = [{"count": one, "fallthrough": False, "throw": False} for one in branches]
    return {"line_number": number, "count": count, "branches": listed, **more}


def file(*lines: dict[str, Any], name: str = "a.cpp", **more: Any) -> dict[str, Any]:
    """Give a file."""
    return {"file": name, "lines": list(lines), **more}


def report(*files: Any, version: Any = "0.15") -> dict[str, Any]:
    """Give a report."""
    return {"gcovr/format_version": version, "files": list(files)}


def shares(covered: int, total: int, percent: Any = None, **more: Any) -> dict[str, Any]:
    """Give what a summary says of lines."""
    return {"line_covered": covered, "line_total": total, "line_percent": percent, **more}


def summary(total: dict[str, Any], *files: dict[str, Any]) -> dict[str, Any]:
    """Give a summary."""
    listed = [{"filename": f"{number}.cpp", **each} for number, each in enumerate(files)]
    return {"root": ".", "gcovr/summary_format_version": "0.6", "files": listed, **total}


def counts(value: Any) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, value).measures.items()}


EXCLUDED = {"gcovr/excluded": True}


class TestCounting:
    def test_counts_lines_branches_functions_and_files(self) -> None:
        functions = [{"name": "f", "lineno": 1, "execution_count": 2}, {"demangled_name": "g()", "lineno": 9}]
        measured = counts(report(file(line(1, 2, 1, 0), line(2, 0), functions=functions)))
        assert measured == {
            "files": 1,
            "lines_total": 2,
            "lines_covered": 1,
            "branches_total": 2,
            "branches_covered": 1,
            "functions_total": 2,
            "functions_covered": 1,
        }

    def test_counts_a_line_once_over_the_instances_of_a_template(self) -> None:
        lines = line(1, 0, 0, 1, function_name="f<int>"), line(1, 3, 1, 0, function_name="f<long>")
        measured = counts(report(file(*lines)))
        assert (measured["lines_total"], measured["lines_covered"]) == (1, 1)
        assert (measured["branches_total"], measured["branches_covered"]) == (2, 2)

    def test_distinguishes_branches_by_their_numbers(self) -> None:
        numbered = line(1, 1)
        numbered["branches"] = [
            {"branchno": 4, "count": 0},
            {"branchno": 4, "source_block_id": 3, "count": 1},
        ]
        assert counts(report(file(numbered)))["branches_total"] == 2

    def test_what_is_excluded_or_no_code_does_not_count(self) -> None:
        partly = line(3, 1, 0)
        partly["branches"].append({"count": 0, **EXCLUDED})
        lines = line(1, 0, 0, **EXCLUDED), line(2, 0, **{"gcovr/noncode": True}), partly
        measured = counts(report(file(*lines, functions=[{"name": "f", "lineno": 1, **EXCLUDED}])))
        assert (measured["lines_total"], measured["branches_total"], measured["functions_total"]) == (1, 1, 0)

    def test_leaves_out_what_an_old_format_does_not_tell(self) -> None:
        assert counts(report(file(line(1, 1)), version=0.1)) == {
            "files": 1,
            "lines_total": 1,
            "lines_covered": 1,
        }

    def test_gives_lines_to_join(self) -> None:
        lines = measure(READER, report(file(line(1, 1), line(3, 0), name=".\\src\\a.cpp"))).lines.get()
        assert lines is not None
        assert (lines.files["src/a.cpp"].lines, lines.files["src/a.cpp"].hits) == (0b1010, 0b10)
        assert measure(READER, report(file(line(999, 1))), Limits(max_lines=99)).lines.get() is None


class TestSummary:
    def test_gives_what_gcovr_counted(self) -> None:
        more = {"branch_total": 4, "branch_covered": 1, "function_total": 2, "function_covered": 1}
        reading = measure(READER, summary(shares(8, 9, 88.9, **more), shares(8, 9, None, **more)))
        assert reading.ran
        assert (reading.measures["coverage.branches_total"], reading.measures["coverage.lines_total"]) == (
            4,
            9,
        )
        lines = reading.lines.get()
        assert lines is not None and lines.files["0.cpp"].unlisted["lines"] == (8, 9)

    def test_leaves_out_what_it_does_not_count(self) -> None:
        assert counts(summary(shares(1, 2, 50.0), shares(1, 2, 50.0))) == {
            "files": 1,
            "lines_total": 2,
            "lines_covered": 1,
        }


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (report(), "lists no line"),
            (report(file()), "lists no line"),
            (report(file(line(1, 0, **EXCLUDED))), "lists no line"),
            (summary(shares(0, 0, 0.0)), "lists no file"),
            (summary(shares(0, 0, 0.0), shares(0, 0)), "counts no line"),
            (
                summary(shares(2, 2), shares(1, 2)),
                "the total is 2 of 2 lines, and the files add up to 1 of 2",
            ),
            (summary(shares(3, 2), shares(3, 2)), "has 3 covered of 2 lines"),
            (summary(shares(1, 2, 75.0), shares(1, 2)), "has 75.0 % of lines, its counts give 50.00 %"),
        ],
    )
    def test_did_not_run(self, value: Any, why: str) -> None:
        reading = measure(READER, value)
        assert not reading.ran and why in (reading.why_not or "")


class TestRefusing:
    @pytest.mark.parametrize(
        ("value", "what"),
        [
            ('{"gcovr/format_version": "0.15", "files": [', "ends before its JSON does"),
            (report(version="1.0"), "of format '1.0' of gcovr's JSON"),
            (report(version="0.x"), "of format '0.x'"),
            ({"files": []}, "of format 'None'"),
            (report({"file": "a"}), "At `$.files[0]` the report is not what"),
            (report(file(line(1, -1))), "At `$.files[0].lines[0].count`"),
            (report(file(line(1, 2**62))), "At `$.files[0].lines[0].count`"),
            (report(file(line(0, 1))), "At `$.files[0].lines[0].line_number`"),
            (report(file(line(1, 1, -4))), "At `$.files[0].lines[0].branches[0].count`"),
            (report(file({"line_number": 1, "branches": []})), "missing required field `count`"),
            (summary(shares(-1, 2)), "the report is not what"),
            (summary(shares(1, 1), {}), "At `$.files[0]` the report is not what"),
            (
                summary(shares(1, 1), *[{"filename": "a", **shares(1, 1)}] * 2),
                "'a' stands twice in the summary",
            ),
        ],
    )
    def test_says_where_and_what_is_wrong(self, value: Any, what: str) -> None:
        assert what in refusal(READER, value)


class TestSniffing:
    @pytest.mark.parametrize("value", [report(), summary(shares(0, 0))])
    def test_claims_its_own(self, value: Any) -> None:
        assert recognises(READER, value)

    @pytest.mark.parametrize("value", [{}, {"files": []}, {"gcc_version": "12", "files": []}, [], "TN:\n"])
    def test_leaves_other_formats_alone(self, value: Any) -> None:
        assert not recognises(READER, value)

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = report(file(line(1, 1, 1), functions=[{"name": "f", "lineno": 1, "execution_count": 1}]))
        assert set(measure(READER, whole).measures) == set(READER.follows) <= set(BY_NAME)
