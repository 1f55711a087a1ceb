"""Catch2's XML: every test case counts by its result, and a run without its totals is none."""

from __future__ import annotations

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.catch2_xml import READER

FAILED = '<Expression success="false" type="CHECK"><Original>\n  a == b\n</Original></Expression>'
FORGIVEN = FAILED.replace("CHECK", "CHECK_NOFAIL").replace("</Expr", "<Exception>y</Exception></Expr")
PASSED = '<Expression success="true" type="CHECK"><Original>a</Original></Expression>'


def case(*inside: str, success: str | None = "true", skips: str = "0", **more: str) -> str:
    """Write a case; without a result where `success` is None."""
    said = "".join(f' {name}="{value}"' for name, value in more.items())
    result = "" if success is None else f'<OverallResult success="{success}" skips="{skips}"{said}/>'
    return f'<TestCase name="opens" filename="gate.cpp" line="3">{"".join(inside)}{result}</TestCase>'


def totals(passed: int = 0, failed: int = 0, may: int = 0, skipped: int = 0) -> str:
    counts = f'successes="{passed}" failures="{failed}" expectedFailures="{may}" skips="{skipped}"'
    return f"<OverallResults/><OverallResultsCases {counts}/>"


def report(*cases: str, end: str | None = None) -> str:
    end = totals() if end is None else end
    return f'<Catch2TestRun catch2-version="3.8.0">{"".join(cases)}{end}</Catch2TestRun>'


def outcome(one: str) -> tuple[str, str]:
    """Read how a case ended beside a good one, and what is said of it."""
    found = items(READER, report(case(), one))[1]
    assert isinstance(found, Case)
    names = {"passed": "passed", "failed": "failed", "error": "errors", "skipped": "skipped"}
    measures = measure(READER, report(case(), one)).measures
    assert measures[f"tests.{names[found.outcome.value]}"] == 1 + (found.outcome is Outcome.PASSED)
    assert measures["tests.total"] == 2
    return found.outcome.value, found.detail


class TestCases:
    @pytest.mark.parametrize(
        ("one", "expected"),
        [
            (case(PASSED), ("passed", "")),
            (case(FORGIVEN, FORGIVEN), ("passed", "")),
            (case(FAILED), ("skipped", "")),  # it may fail, or has to
            (case("<Failure>no</Failure>"), ("skipped", "")),
            (case(skips="1"), ("skipped", "")),
            (case(FORGIVEN, PASSED, FAILED, "<Failure>no</Failure>", success="false"), ("failed", "a == b")),
            (case("<Exception>\n no\n</Exception>", success="false"), ("failed", "no")),
            (case("<FatalErrorCondition>SIG</FatalErrorCondition>", success="false"), ("failed", "SIG")),
            (case(success="false", skips="1"), ("failed", "it failed without a failed assertion")),
            (case(PASSED, success=None), ("error", "it did not come to its end")),
            (case(success="True"), ("error", "success='True' is no known result")),
            (case(success=""), ("error", "success='' is no known result")),
        ],
    )
    def test_end_as_their_result_says(self, one: str, expected: tuple[str, str]) -> None:
        assert outcome(one) == expected

    def test_stand_in_their_file_and_take_their_time(self) -> None:
        timed = report(case(durationInSeconds="2.5e-01"), case(durationInSeconds="1"))
        assert items(READER, timed)[0] == Case("gate.cpp", "opens", Outcome.PASSED, 0.25)
        assert measure(READER, timed).measures["tests.duration"] == 1.25
        assert "tests.duration" not in measure(READER, report(case())).measures

    def test_texts_are_cut(self) -> None:
        failed = report(case(FAILED, success="false"))
        assert items(READER, failed, Limits(max_text=3)) == [Case("gat", "ope", Outcome.FAILED, 0.0, "a =")]

    def test_of_catch2_2_stand_in_a_group_with_totals_of_its_own(self) -> None:
        group = f"<Group>{case()}{totals(9, 9)}</Group>"
        reading = measure(READER, f"<Catch>{group}{totals(1)}</Catch>")
        assert (reading.ran, reading.tool, reading.tool_version) == (True, "catch2", "")
        assert measure(READER, report(case())).tool_version == "3.8.0"


class TestRan:
    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            (report(case(), end=totals(2)), "declares 2 test cases but lists 1"),
            (report(case(), end=totals(0, 0, 1, 1)), "declares 2 test cases but lists 1"),
            (report(case(), end=totals(0, 1)), "declares 1 failed ones but lists 0"),
            (report(case(), end=totals(0, 0, 1)), "declares 1 that failed where they may but lists 0"),
            (report(), "lists no test case"),
            (report(case(FAILED)), "Every one of the 1 test cases was skipped"),
            (report(case(), end=""), "has no totals: the run did not come to its end."),
            (f"<Catch><Group>{case()}{totals(1)}</Group></Catch>", "has no totals"),
        ],
    )
    def test_not_where_results_are_missing_or_nothing_was_tested(self, what: str, reason: str) -> None:
        reading = measure(READER, what)
        assert not reading.ran and reason in (reading.why_not or "")


class TestContent:
    @pytest.mark.parametrize(
        ("what", "known"), [(report(), True), ("<Catch/>", True), ("<TestCase/>", False), ("{}", False)]
    )
    def test_tells_the_format(self, what: str, known: bool) -> None:
        assert recognises(READER, what) is known

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            ("", "The report is empty"),
            (report(case())[:-4], "ends before it is complete"),
            ("<MatchingTests/>", "the root element is <MatchingTests>"),
            (report(case(case())), "a test case inside a test case"),
            (
                report(case('<OverallResult success="false"/>')),
                "a test case with two results",
            ),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, what: str, reason: str) -> None:
        assert reason in refusal(READER, what)
