"""Catch2's JSON: every test case counts by its assertions, and a run without its totals is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.catch2 import READER


def counts(passed: int = 0, failed: int = 0, may: int = 0, skipped: int = 0) -> dict[str, int]:
    return {"passed": passed, "failed": failed, "fail-but-ok": may, "skipped": skipped}


def case(*assertions: int, **more: Any) -> Any:
    info = {"name": "opens", "source-location": {"filename": "gate.cpp", "line": 3}}
    return {"test-info": info, "runs": [], "totals": {"assertions": counts(*assertions)}, **more}


def report(*cases: Any, totals: Any = None, **more: Any) -> Any:
    return {
        "version": 1,
        "metadata": {"name": "x", "catch2-version": "3.8.0"},
        "test-run": {"test-cases": list(cases), "totals": totals or {"test-cases": counts()}},
        **more,
    }


class TestCases:
    @pytest.mark.parametrize(
        ("assertions", "outcome"),
        [
            ((), "passed"),
            ((1,), "passed"),
            ((1, 0, 1), "skipped"),
            ((1, 1), "failed"),
            ((0, 1, 0, 1), "failed"),
            ((1, 0, 0, 1), "skipped"),
        ],
    )
    def test_count_by_their_assertions(self, assertions: tuple[int, ...], outcome: str) -> None:
        expected = {"passed": 1, "failed": 0, "errors": 0, "skipped": 0}
        expected[outcome] += 1
        assert measure(READER, report(case(1), case(*assertions))).measures == {
            "tests.total": 2,
            **{f"tests.{name}": count for name, count in expected.items()},
        }

    def test_without_totals_did_not_come_to_their_end(self) -> None:
        unfinished = case()
        del unfinished["totals"]
        assert items(READER, report(case(1), case(1, 2), unfinished)) == [
            Case("gate.cpp", "opens", Outcome.PASSED),
            Case("gate.cpp", "opens", Outcome.FAILED, 0.0, "2 failed assertions"),
            Case("gate.cpp", "opens", Outcome.ERROR, 0.0, "it did not come to its end"),
        ]


class TestRan:
    def test_where_all_is_listed(self) -> None:
        reading = measure(READER, report(case(1), case(0, 1), totals={"test-cases": counts(1, 1)}))
        assert (reading.ran, reading.tool, reading.tool_version) == (True, "catch2", "3.8.0")

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            (report(case(1), totals={"test-cases": counts(2)}), "declares 2 test cases but lists 1"),
            (report(case(1), totals={"test-cases": counts(0, 1)}), "declares 1 failed ones but lists 0"),
            (report(), "lists no test case"),
            (report(case(0, 0, 0, 1)), "Every one of the 1 test cases was skipped"),
            (report(case(1, 0, 1)), "Every one of the 1 test cases was skipped"),
            (
                report(case(1)) | {"test-run": {"test-cases": [case(1)]}},
                "has no totals: the run did not come to its end.",
            ),
        ],
    )
    def test_not_where_results_are_missing_or_nothing_was_tested(self, what: Any, reason: str) -> None:
        reading = measure(READER, what)
        assert not reading.ran and reading.why_not is not None and reason in reading.why_not


class TestContent:
    @pytest.mark.parametrize(
        ("what", "known"), [(report(), True), ({"metadata": {"name": "x"}}, False), ([], False)]
    )
    def test_tells_the_format(self, what: Any, known: bool) -> None:
        assert recognises(READER, what) is known

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            ("", "The report is empty"),
            ({"metadata": {}, "listings": {"tests": []}}, "holds no run, as with `--list-tests`"),
            (report(1), "At `$.test-run.test-cases[0]` the report is not what the format asks for"),
            (report(case() | {"totals": {"assertions": {"passed": -1, "failed": 0}}}), "At `$.test-run"),
            ({"metadata": 1}, "At `$.metadata`"),
            ('{"metadata": ', "ends before its JSON does"),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, what: Any, reason: str) -> None:
        assert reason in refusal(READER, what)

    def test_beyond_the_limits_is_refused(self) -> None:
        assert "holds more than" in refusal(READER, report(case(), case()), Limits(max_items=1))
