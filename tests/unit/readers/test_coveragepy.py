"""coverage.py's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.readers.json_reports import measure, read, refusal, source
from tidegate.readers.coveragepy import READER


def summary(covered: int, missing: int, **more: int) -> dict[str, Any]:
    return {"covered_lines": covered, "num_statements": covered + missing, "missing_lines": missing} | more


def file(covered: int, missing: int, functions: Any = None, **more: int) -> dict[str, Any]:
    return {
        "executed_lines": list(range(covered)),
        "missing_lines": list(range(missing)),
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
        findings, reading = read(READER, report(file(3, 1), file(5, 0), form=form))
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
        measures = measure(READER, report(file(1, 0, functions), file(1, 0), form=3)).measures
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
        assert "more covered branches" in (measure(READER, whole).why_not or "")
