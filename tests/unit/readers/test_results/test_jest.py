"""Jest's and Vitest's JSON: tests of files, files that broke, tries, counts held against the list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.jest import READER


def test_of(status: str = "passed", **more: Any) -> dict[str, Any]:
    return {"status": status, "title": "fits", "ancestorTitles": ["a", "b"], "duration": 250, **more}


test_of.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def file(*tests: Any, status: Any = "passed", **more: Any) -> dict[str, Any]:
    return {"name": "a.test.js", "status": status, "assertionResults": list(tests), **more}


def report(*files: dict[str, Any], **more: Any) -> dict[str, Any]:
    statuses = [test.get("status") for each in files for test in each["assertionResults"]]
    return {
        "numTotalTests": len(statuses),
        "numPassedTests": statuses.count("passed"),
        "numFailedTests": statuses.count("failed"),
        "success": True,
        "startTime": 1767225600000,
        "openHandles": [],
        "testResults": list(files),
        **more,
    }


class TestTests:
    @pytest.mark.parametrize(
        ("test", "expected"),
        [
            (test_of(), "passed"),
            (test_of("failed"), "failed"),
            (test_of("pending"), "skipped"),
            (test_of("skipped"), "skipped"),
            (test_of("todo"), "skipped"),
            (test_of("disabled"), "skipped"),
            (test_of("focused"), "errors"),
            (test_of("Passed"), "errors"),
            (test_of(failing=True), "skipped"),
            (test_of(duration=None), "passed"),
        ],
    )
    def test_end_as_their_status_says(self, test: dict[str, Any], expected: str) -> None:
        reading = measure(READER, report(file(test_of(), test)))
        assert reading.ran
        assert reading.measures[f"tests.{expected}"] == 1 + (expected == "passed")
        assert reading.measures["tests.total"] == 2

    def test_are_handed_on_with_file_suite_and_message(self) -> None:
        whole = report(
            file(
                test_of("failed", failureMessages=["\n\x1b[31mno berth\x1b[39m\n at"]),
                test_of("odd", ancestorTitles=[]),
                test_of(retryReasons=["no"]),
                status="failed",
            )
        )
        assert items(READER, whole) == [
            Case("a.test.js", "a > b > fits", Outcome.FAILED, 0.25, "no berth"),
            Case("a.test.js", "fits", Outcome.ERROR, 0.25, "its status is 'odd'"),
            Case("a.test.js", "a > b > fits", Outcome.PASSED, 0.25, "", True),
        ]
        reading = measure(READER, whole)
        assert (reading.measures["tests.flaky"], reading.measures["tests.suites"]) == (1, 1)
        assert reading.measures["tests.duration"] == 0.75
        assert reading.made_at == datetime(2026, 1, 1, tzinfo=UTC)

    def test_of_a_file_that_broke_are_one_error(self) -> None:
        broken = file(status="failed", message="\n  it cannot be loaded\n")
        whole = report(file(test_of()), broken, file(status="failed"), success=False)
        assert items(READER, whole)[1:] == [
            Case("a.test.js", "a.test.js", Outcome.ERROR, 0.0, "it cannot be loaded"),
            Case("a.test.js", "a.test.js", Outcome.ERROR, 0.0, "The file failed outside its tests."),
        ]
        assert measure(READER, whole).ran
        late = report(file(test_of(), status="failed"), success=False)
        assert measure(READER, late).measures["tests.errors"] == 1
        skipped = report(file(test_of()), file(test_of("pending"), status="pending"))
        assert measure(READER, skipped).measures["tests.errors"] == 0

    def test_that_vitest_never_ran_are_errors(self) -> None:
        killed = report(file(test_of()), file(test_of("pending"), test_of("skipped")))
        del killed["openHandles"]
        measures = measure(READER, killed).measures
        assert (measures["tests.errors"], measures["tests.skipped"], measures["tests.passed"]) == (1, 1, 1)

    def test_of_a_file_that_was_never_read_are_one_error(self) -> None:
        whole = report(file(test_of()), file())
        assert items(READER, whole)[1:] == [
            Case(
                "a.test.js",
                "a.test.js",
                Outcome.ERROR,
                0.0,
                "The file lists no test: its worker may have been killed.",
            )
        ]
        reading = measure(READER, whole)
        assert (reading.ran, reading.measures["tests.errors"]) == (True, 1)
        assert "No test ran" in (measure(READER, report(file())).why_not or "")

    def test_texts_are_cut(self) -> None:
        whole = report(file(test_of("failed", failureMessages=["b" * 9]), status="failed"))
        assert items(READER, whole, Limits(max_text=3)) == [Case("a.t", "a >", Outcome.FAILED, 0.25, "bbb")]


def test_tells_jest_and_vitest_apart() -> None:
    whole = report(file(test_of()), startTime=None)
    assert (measure(READER, whole).tool, measure(READER, whole).made_at) == ("jest", None)
    del whole["openHandles"]
    assert measure(READER, whole).tool == "vitest"


class TestRan:
    @pytest.mark.parametrize(
        ("whole", "reason"),
        [
            (report(file(test_of()), numTotalTests=2), "counts 2 tests and lists 1"),
            (report(file(test_of()), numTotalTests=0), "counts 0 tests and lists 1"),
            (report(file(test_of()), numFailedTests=1), "counts 1 failed tests and lists 0"),
            (report(file(test_of()), numPassedTests=3), "counts 3 passed tests and lists 1"),
            (report(file(test_of(), test_of("todo")), numPassedTests=0), "counts 0 passed tests and lists 1"),
            (report(file(test_of()), wasInterrupted=True), "was interrupted"),
            (report(file(test_of()), success=False), "says that the run failed"),
            (report(file(status="failed"), success=False), "No test ran: 1 test file(s) broke"),
            (report(), "lists no test case"),
            (report(file(test_of("pending"), status="pending")), "was skipped"),
        ],
    )
    def test_not_where_something_is_lost(self, whole: Any, reason: str) -> None:
        assert reason in (measure(READER, whole).why_not or "")

    def test_where_older_vitest_counts_skipped_tests_as_passed(self) -> None:
        reading = measure(READER, report(file(test_of(), test_of("skipped")), numPassedTests=2))
        assert (reading.ran, reading.measures["tests.passed"]) == (True, 1)

    @pytest.mark.parametrize(
        "changed",
        [
            [],
            {"numTotalTests": 1},
            report(file(test_of())) | {"success": "true"},
            report(file(test_of())) | {"numFailedTests": "0"},
            report(file(test_of(status=1))),  # type: ignore[arg-type]
            report(file(test_of(), status=None)),
        ],
    )
    def test_a_report_of_another_shape_is_refused(self, changed: Any) -> None:
        assert "not what the format asks for" in refusal(READER, changed)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (report(), True),
        ({"numTotalTests": 1, "testResults": []}, True),
        ({"numTotalTests": 1, "numPassedTests": 1}, True),
        ({"testResults": []}, False),
        ([report()], False),
    ],
)
def test_is_recognised_by_its_keys(document: Any, expected: bool) -> None:
    assert recognises(READER, document) is expected
