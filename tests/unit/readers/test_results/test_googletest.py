"""GoogleTest's JSON: every test counts by its status and failures, and what only lists tests is no run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.googletest import READER


def case(name: str = "t", status: str | None = "RUN", result: str | None = "COMPLETED", **more: Any) -> Any:
    return {"name": name, "status": status, "result": result, "classname": "Gate", **more}


def suite(*cases: Any, **more: Any) -> Any:
    return {"name": "Gate", "testsuite": list(cases), **more}


def report(*suites: Any, **more: Any) -> Any:
    return {"tests": 0, "failures": 0, "name": "AllTests", "testsuites": list(suites), **more}


FAILURE: dict[str, Any] = {"failures": [{"failure": "a.cpp:5\n  No\nnot", "type": ""}]}


class TestTests:
    @pytest.mark.parametrize(
        ("status", "result", "outcome"),
        [
            ("RUN", "COMPLETED", "passed"),
            ("RUN", None, "passed"),
            ("RUN", "SKIPPED", "skipped"),
            ("NOTRUN", "SUPPRESSED", "skipped"),
            ("NOTRUN", None, "skipped"),
            ("RUN", "SUPPRESSED", "errors"),
            ("NOTRUN", "COMPLETED", "errors"),
            ("RUN", "Perfect", "errors"),
            ("run", "completed", "errors"),
            (None, None, "errors"),
        ],
    )
    def test_count_by_their_words_and_no_unknown_one_passes(
        self, status: str | None, result: str | None, outcome: str
    ) -> None:
        expected = {"passed": 1, "failed": 0, "errors": 0, "skipped": 0}
        expected[outcome] += 1
        measures = measure(READER, report(suite(case(), case("u", status, result)))).measures
        assert measures == {
            "tests.total": 2,
            "tests.suites": 1,
            **{f"tests.{name}": count for name, count in expected.items()},
        }

    @pytest.mark.parametrize("began", ["1970-01-01T00:00:00Z", "1969-12-31T16:00:00Z"])
    def test_that_never_began_passed_in_no_time_zone(self, began: str) -> None:
        met = items(READER, report(suite(case(timestamp="2026-01-01T00:00:00Z"), case(timestamp=began))))
        assert met[1:] == [
            Case("Gate", "t", Outcome.ERROR, 0.0, "it never began, as after a failed set-up"),
        ]
        skipped = report(suite(case(), case(result="SKIPPED", timestamp=began)))
        assert measure(READER, skipped).measures["tests.skipped"] == 1
        outside = report(suite(case(timestamp=began, **FAILURE)))
        assert measure(READER, outside).measures["tests.failed"] == 1

    @pytest.mark.parametrize("result", ["COMPLETED", "SKIPPED"])
    def test_with_failures_failed(self, result: str) -> None:
        assert measure(READER, report(suite(case(result=result, **FAILURE)))).measures["tests.failed"] == 1

    def test_are_told_with_their_reason(self) -> None:
        met = items(
            READER,
            report(
                suite(
                    case(time="0.5s"),
                    case(**FAILURE),
                    case(failures=[{"failure": "alone"}]),
                    case(result="SKIPPED", skipped=[{"message": "a.cpp:6\nlater"}]),
                    case(result="SKIPPED"),
                    case(status="Odd", result=None, classname=""),
                )
            ),
        )
        assert met == [
            Case("Gate", "t", Outcome.PASSED, 0.5),
            Case("Gate", "t", Outcome.FAILED, 0.0, "No"),
            Case("Gate", "t", Outcome.FAILED, 0.0, "alone"),
            Case("Gate", "t", Outcome.SKIPPED, 0.0, "later"),
            Case("Gate", "t", Outcome.SKIPPED),
            Case("Gate", "t", Outcome.ERROR, 0.0, "its status is 'Odd' and its result None"),
        ]


class TestRan:
    def test_where_all_is_listed(self) -> None:
        whole = suite(case(time="0.5s"), case(**FAILURE), tests=2, failures=1)
        reading = measure(
            READER,
            report(whole, tests=2, failures=1, timestamp="2026-01-01T00:00:00Z", time="60s"),
        )
        assert (reading.ran, reading.tool, str(reading.made_at)) == (
            True,
            "googletest",
            "2026-01-01 00:01:00+00:00",
        )
        assert reading.measures["tests.duration"] == 0.5

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            (report(suite(case()), tests=2), "The report declares 2 tests but lists 1"),
            (report(suite(case(), tests=2)), "The suite 'Gate' declares 2 tests but lists 1"),
            (report(suite(case()), failures=1), "declares 1 failed tests but lists 0"),
            (report(suite(case(), errors=1)), "declares 1 failed tests but lists 0"),
            (report(), "lists no test case"),
            (report(suite(case(result="SKIPPED"))), "Every one of the 1 test cases was skipped"),
            (
                {"tests": 1, "name": "AllTests", "testsuites": [suite({"name": "t"})]},
                "as with `--gtest_list_tests`",
            ),
        ],
    )
    def test_not_where_results_are_missing_or_nothing_was_tested(self, what: Any, reason: str) -> None:
        reading = measure(READER, what)
        assert not reading.ran and reading.why_not is not None and reason in reading.why_not


class TestContent:
    @pytest.mark.parametrize(
        ("what", "known"),
        [
            (report(suite(case())), True),
            (report(disabled=0), True),
            ({"tests": 1, "name": "x", "testsuites": [{"testcase": []}]}, False),
            ({"testsuites": []}, False),
            ([], False),
        ],
    )
    def test_tells_the_format(self, what: Any, known: bool) -> None:
        assert recognises(READER, what) is known

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            ("", "The report is empty"),
            ({"testsuites": 1}, "At `$.testsuites` the report is not what the format asks for"),
            (report({"testsuite": {}}), "At `$.testsuites[0].testsuite`"),
            (report(suite(case(), 1)), "At `$.testsuites[0].testsuite[1]`"),
            (report(suite(case(failures="no"))), "At `$.testsuites[0].testsuite[0].failures`"),
            ('{"testsuites": [', "ends before its JSON does"),
        ],
    )
    def test_that_cannot_be_understood_is_refused(self, what: Any, reason: str) -> None:
        assert reason in refusal(READER, what)

    def test_beyond_the_limits_is_refused(self) -> None:
        message = refusal(READER, report(suite(case(), case())), Limits(max_items=2))
        assert "holds more than" in message
