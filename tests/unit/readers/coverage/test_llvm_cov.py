"""LLVM's JSON: what it counted of each file and of all, held against each other; what it did not measure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal, source
from tidegate.readers.coverage.llvm_cov import READER
from tidegate.readers.detect import find_reader


def share(covered: int, count: int, **more: Any) -> dict[str, Any]:
    percent = 100 * covered / count if count else 0
    return {"count": count, "covered": covered, "percent": percent, **more}


def summary(lines: tuple[int, int], branches: tuple[int, int] | None = (0, 0)) -> dict[str, Any]:
    """Write what is counted, each as covered and all; one function, called where any line ran."""
    counted = {"lines": share(*lines), "functions": share(int(lines[0] > 0), 1), "regions": share(1, 9)}
    return counted if branches is None else counted | {"branches": share(*branches)}


def added(*parts: dict[str, Any]) -> dict[str, Any]:
    """Add summaries up."""
    return {
        about: share(*(sum(part[about][each] for part in parts) for each in ("covered", "count")))
        for about in parts[0]
    }


def report(
    *summaries: dict[str, Any], totals: dict[str, Any] | None = None, **changed: Any
) -> dict[str, Any]:
    files = [{"filename": f"/src/{n}.cpp", "summary": each} for n, each in enumerate(summaries)]
    whole = {"files": files, "totals": totals or added(*summaries)}
    return {"data": [whole], "type": "llvm.coverage.json.export", "version": "2.0.1", **changed}


ONE, OTHER = summary((4, 5), (1, 2)), summary((0, 3))


class TestCounting:
    def test_is_llvms_own(self) -> None:
        reading = measure(READER, report(ONE, OTHER))
        assert (reading.ran, reading.tool) == (True, "llvm-cov")
        assert reading.measures == {
            "coverage.files": 2,
            "coverage.lines_total": 8,
            "coverage.lines_covered": 4,
            "coverage.branches_total": 2,
            "coverage.branches_covered": 1,
            "coverage.functions_total": 2,
            "coverage.functions_covered": 1,
        }
        lines = reading.lines.get()
        assert lines is not None and lines.files["/src/0.cpp"].unlisted["lines"] == (4, 5)

    @pytest.mark.parametrize("branches", [None, (0, 0)])
    def test_measures_no_branches_where_none_were_looked_for(self, branches: tuple[int, int] | None) -> None:
        measures = measure(READER, report(summary((1, 1), branches))).measures
        assert not any("branches" in name for name in measures)

    @pytest.mark.parametrize("version", ["2.0.0", "3.0.1", "3.1.0"])
    def test_knows_later_versions_and_what_cargo_adds(self, version: str) -> None:
        whole = report(ONE, version=version, cargo_llvm_cov={"version": "0.6.0"})
        assert measure(READER, whole).ran


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("whole", "why"),
        [
            (report(totals=summary((0, 0))), "lists no file"),
            (report(summary((0, 0))), "counts no line"),
            (
                report(ONE, totals=added(ONE, OTHER)),
                "the total is 4 of 8 lines, and the files add up to 4 of 5",
            ),
            (report(ONE, OTHER, totals=ONE), "the total is 4 of 5 lines, and the files add up to 4 of 8"),
            (report(ONE | {"lines": share(6, 5)}), "has 6 covered of 5 lines"),
            (
                report(ONE | {"lines": share(4, 5, percent=100.0)}),
                "has 100.0 % of lines, its counts give 80.00",
            ),
            (report(ONE, totals=ONE | {"branches": share(0, 0)}), "the total is 0 of 0 branches"),
        ],
    )
    def test_did_not_run(self, whole: Any, why: str) -> None:
        reading = measure(READER, whole)
        assert not reading.ran and why in (reading.why_not or "")


class TestRefusing:
    @pytest.mark.parametrize(
        ("whole", "what"),
        [
            (report(ONE, version="4.0.0"), "of version '4.0.0', known are llvm.coverage.json.export 2 and 3"),
            (report(ONE, type="llvm.coverage.other"), "The report is 'llvm.coverage.other'"),
            (report(ONE, data=[]), "holds 0 exports, and LLVM writes one"),
            (report(ONE, data=report(ONE)["data"] * 2), "holds 2 exports"),
            (
                report(ONE | {"lines": share(-1, 5)}, totals=ONE),
                "At `$.data[0].files[0].summary.lines.covered`",
            ),
            (report({"lines": share(1, 1)}, totals=ONE), "missing required field `functions`"),
            (report(ONE, data=[{"files": []}]), "missing required field `totals`"),
            (json.dumps(report(ONE))[:-40], "ends before its JSON does"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, whole: Any, what: str) -> None:
        assert what in refusal(READER, whole)

    def test_a_file_that_stands_twice(self) -> None:
        whole = report(ONE, ONE)
        whole["data"][0]["files"][1]["filename"] = "/src/0.cpp"
        assert "'/src/0.cpp' stands twice" in refusal(READER, whole)


class TestSniffing:
    @pytest.mark.parametrize(
        ("whole", "known"),
        [
            (report(ONE), True),
            ('{"data":[{"files":[{"filename":"a","segments":[[3', True),  # cut off before its type
            ('{"data":[{"files":[{"filename":"a","summary":{', False),
            ({"type": "suite"}, False),
            ([], False),
        ],
    )
    def test_goes_by_the_type_or_the_beginning(self, whole: Any, known: bool) -> None:
        assert recognises(READER, whole) is known

    def test_finds_a_type_behind_a_long_list(self) -> None:
        whole = report(*[summary((1, 1))] * 400)
        assert len(json.dumps(whole)) > 65536
        assert find_reader(source(whole)).format == "llvm-cov"
