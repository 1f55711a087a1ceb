"""coverage.py's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.readers.base import Limits
from tidegate.readers.coverage.coveragepy import READER


def summary(covered: int, missing: int, **more: int) -> dict[str, Any]:
    return {"covered_lines": covered, "num_statements": covered + missing, "missing_lines": missing} | more


def file(covered: int, missing: int, functions: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "executed_lines": list(range(1, covered + 1)),
        "missing_lines": list(range(covered + 1, covered + missing + 1)),
        "summary": summary(covered, missing, **more),
    } | ({"functions": functions} if functions is not None else {})


def report(
    *files: dict[str, Any], form: int | None = 2, branches: bool = False, **totals: int
) -> dict[str, Any]:
    names = {key for each in files for key in each["summary"]}
    sums = {name: sum(each["summary"].get(name, 0) for each in files) for name in names}
    meta: dict[str, Any] = {"version": "7.6", "branch_coverage": branches}
    return {
        "meta": meta | ({"format": form} if form else {}),
        "files": {f"f{index}.py": each for index, each in enumerate(files)},
        "totals": summary(0, 0) | sums | totals,
    }


class TestMeasures:
    @pytest.mark.parametrize("form", [None, 2])
    def test_adds_lines_up(self, form: int | None) -> None:
        reading, findings = read(READER, report(file(3, 1), file(5, 0), form=form))
        assert findings == [] and reading.ran
        assert (reading.kind, reading.tool_version) == ("coverage", "7.6")
        assert reading.measures == {
            "coverage.files": 2,
            "coverage.lines_total": 9,
            "coverage.lines_covered": 8,
        }

    def test_gives_branches_where_they_were_measured(self) -> None:
        branched = report(file(1, 0, num_branches=4, covered_branches=3), branches=True)
        measures = measure(READER, branched).measures
        assert (measures["coverage.branches_total"], measures["coverage.branches_covered"]) == (4, 3)

    def test_leaves_branches_out_where_the_report_does_not_say(self) -> None:
        assert "coverage.branches_total" not in measure(READER, report(file(1, 0), branches=True)).measures
        old = measure(READER, report(file(1, 0, num_branches=4), branches=True)).measures
        assert "coverage.branches_total" in old and "coverage.branches_covered" not in old

    def test_counts_functions_of_the_third_format(self) -> None:
        functions = {
            "": {"summary": summary(9, 0)},
            "called": {"summary": summary(1, 3)},
            "not_called": {"summary": summary(0, 2)},
            "excluded": {"summary": summary(0, 0)},
        }
        outside = {"": {"summary": summary(1, 0)}}
        measures = measure(READER, report(file(10, 5, functions), file(1, 0, outside), form=3)).measures
        assert (measures["coverage.functions_total"], measures["coverage.functions_covered"]) == (2, 1)


class TestNotRun:
    def test_without_files(self) -> None:
        assert "lists no file" in (measure(READER, report()).why_not or "")

    @pytest.mark.parametrize("field", ["num_statements", "covered_lines", "missing_lines"])
    def test_totals_that_the_files_do_not_add_up_to(self, field: str) -> None:
        edited = report(file(3, 1))
        edited["totals"][field] = 99
        reading = measure(READER, edited)
        assert not reading.ran and f"`totals.{field}` says 99" in (reading.why_not or "")

    def test_branches_that_do_not_add_up(self) -> None:
        edited = report(file(1, 0, num_branches=4, covered_branches=1), branches=True, covered_branches=4)
        assert not measure(READER, edited).ran

    @pytest.mark.parametrize("field", ["missing_lines", "num_statements"])
    def test_a_summary_that_contradicts_its_lines(self, field: str) -> None:
        edited = file(3, 1)
        edited["summary"][field] += 1
        assert "contradicts" in (measure(READER, report(edited)).why_not or "")


class TestUnreadable:
    def test_the_private_data_file_is_named(self) -> None:
        data = b'!coverage.py: This is a private format, don\'t read it directly!{"lines":{}}'
        assert READER.sniff(source(data))
        assert "`coverage json -o coverage.json`" in refusal(READER, data)

    @pytest.mark.parametrize("form", [4, -1])
    def test_a_format_that_is_not_known(self, form: int) -> None:
        assert f"format {form}" in refusal(READER, report(file(1, 0), form=form))


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(report(file(1, 0))))
        others: list[Any] = [[], {}, {"meta": {}, "files": {}}, {"files": [{"executed_lines": 1}]}]
        for other in others:
            assert not READER.sniff(source(other))


class TestImpossibleCounts:
    def test_below_zero_are_refused(self) -> None:
        assert "totals" in refusal(READER, report(file(3, 1), covered_lines=-3))

    def test_of_more_covered_branches_than_branches_are_not_believed(self) -> None:
        whole = report(file(3, 1, num_branches=2, covered_branches=4), branches=True)
        assert "more branches are covered than there are" in (measure(READER, whole).why_not or "")


class TestWhatContradictsItself:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"executed_lines": [1, 2]}, "3 lines are covered and 2 are listed as run"),
            ({"executed_lines": []}, "3 lines are covered and 0 are listed as run"),
            ({"executed_lines": [0, 1, 2]}, "are not numbers from 1"),
            ({"executed_lines": [1, 2, -3]}, "are not numbers from 1"),
            ({"executed_branches": [[1, 2]]}, "contradicts the branches listed for it"),
            ({"functions": {"": {"summary": summary(2, 1)}}}, "its functions do not add up"),
        ],
    )
    def test_in_the_lists_of_a_file(self, changes: dict[str, Any], why: str) -> None:
        one = file(3, 1, num_branches=4, covered_branches=3) | changes
        assert why in (measure(READER, report(one, form=3, branches=True)).why_not or "")

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"percent_covered": 100.0}, "its percent_covered is 100.00, and its counts give 75.00"),
            ({"num_branches": 4, "covered_branches": 1, "missing_branches": 4}, "not all of its branches"),
        ],
    )
    def test_in_the_summary_of_a_file(self, more: dict[str, Any], why: str) -> None:
        assert why in (measure(READER, report(file(3, 1, **more), branches=True)).why_not or "")

    def test_in_the_percentage_of_all(self) -> None:
        whole = report(file(3, 1))
        whole["totals"]["percent_covered"] = 99.0
        assert "`totals` contradicts itself" in (measure(READER, whole).why_not or "")

    def test_a_line_0_that_is_missing_is_refused(self) -> None:
        assert "missing_lines" in refusal(READER, report(file(1, 1) | {"missing_lines": [0]}))

    def test_percentages_of_branches_that_the_report_does_not_say_are_not_judged(self) -> None:
        assert measure(READER, report(file(3, 1, num_branches=4, percent_covered=1.0))).ran


class TestFunctions:
    def test_are_not_measured_where_the_third_format_leaves_them_out(self) -> None:
        measures = measure(READER, report(file(1, 0), form=3)).measures
        assert "coverage.functions_total" not in measures


class TestSourceLines:
    def test_are_those_that_ran_and_those_that_did_not(self) -> None:
        branched = {"executed_branches": [[1, 2]], "missing_branches": [[1, -1]]}
        functions = {"": {"summary": summary(1, 0)}, "f": {"summary": summary(1, 1)}}
        one = file(2, 1, functions, num_branches=2, covered_branches=1) | branched
        source_lines = measure(READER, report(one, form=3, branches=True)).lines.get()
        assert source_lines is not None
        kept = source_lines.files["f0.py"]
        assert (kept.lines, kept.hits, kept.extra) == (0b1110, 0b110, 0)
        assert kept.branches[1][:2] == (1, 2) and list(kept.functions.values()) == [True]

    def test_count_docstrings_that_ran_as_extra(self) -> None:
        kept = measure(READER, report(file(3, 1) | {"executed_lines": [1, 2, 3, 9, 11]})).lines.get()
        assert kept is not None and kept.files["f0.py"].extra == 2

    def test_are_not_given_beyond_the_limit_or_where_branches_are_no_pairs(self) -> None:
        whole = report(file(30, 1))
        assert measure(READER, whole, Limits(max_lines=10)).lines.get() is None
        odd = file(1, 0, num_branches=1, covered_branches=1) | {"executed_branches": [["a"]]}
        assert measure(READER, report(odd, branches=True)).lines.get() is None
