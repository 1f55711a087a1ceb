"""Mocha's JSON: three lists held against the list of all tests, hooks that broke, runs that ran nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.test_results.mocha import READER


def test_of(name: str = "a fits", duration: float | None = 250, **more: Any) -> dict[str, Any]:
    timed = {} if duration is None else {"duration": duration}
    return {"title": "fits", "fullTitle": name, "file": "a.js", "currentRetry": 0, "err": {}, **timed, **more}


test_of.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test
HOOK = test_of('b "before all" hook', err={"message": "\n\x1b[31mno db\x1b[39m\nmore"})


def report(
    passes: Any = (), pending: Any = (), failures: Any = (), hooks: Any = (), **changed: Any
) -> dict[str, Any]:
    tests = [*passes, *pending, *failures]
    stats = {
        "suites": 2,
        "tests": len(tests),
        "passes": len(passes),
        "pending": len(pending),
        "failures": len(failures) + len(hooks),
        "end": "2026-01-01T00:00:00.000Z",
    }
    lists = {"passes": [*passes], "pending": [*pending], "failures": [*failures, *hooks]}
    return {"stats": stats | changed.pop("stats", {}), "tests": tests, **lists, **changed}


GOOD = report([test_of()])


class TestTests:
    def test_end_as_the_list_that_they_stand_in_says(self) -> None:
        whole = report([test_of()], [test_of("a waits", None)], [test_of("a sinks", err={"message": "wet"})])
        reading = measure(READER, whole)
        assert (reading.ran, reading.tool, reading.made_at) == (
            True,
            "mocha",
            datetime(2026, 1, 1, tzinfo=UTC),
        )
        assert reading.measures == {
            "tests.total": 3,
            "tests.passed": 1,
            "tests.failed": 1,
            "tests.errors": 0,
            "tests.skipped": 1,
            "tests.flaky": 0,
            "tests.suites": 2,
            "tests.duration": 0.5,
        }
        assert items(READER, whole) == [
            Case("a.js", "a fits", Outcome.PASSED, 0.25),
            Case("a.js", "a waits", Outcome.SKIPPED),
            Case("a.js", "a sinks", Outcome.FAILED, 0.25, "wet"),
        ]

    def test_that_passed_late_are_flaky(self) -> None:
        whole = report([test_of(currentRetry=1)])
        assert measure(READER, whole).measures["tests.flaky"] == 1
        assert items(READER, whole) == [Case("a.js", "a fits", Outcome.PASSED, 0.25, "", True)]

    @pytest.mark.parametrize("err", [None, "odd", {}, {"message": 1}, {"message": " \n"}])
    def test_that_failed_without_a_message_say_so(self, err: Any) -> None:
        whole = report([test_of("b")], failures=[test_of(err=err)])
        assert items(READER, whole)[1] == Case(
            "a.js", "a fits", Outcome.FAILED, 0.25, "it failed without a message"
        )

    def test_of_one_name_are_told_apart_by_their_number(self) -> None:
        measures = measure(READER, report([test_of()], failures=[test_of()])).measures
        assert (measures["tests.passed"], measures["tests.failed"], measures["tests.errors"]) == (1, 1, 0)

    def test_that_fail_after_they_passed_and_hooks_are_errors(self) -> None:
        whole = report([test_of()], hooks=[HOOK, test_of(err={"message": "done() twice"})])
        assert measure(READER, whole).ran
        assert [each.detail for each in items(READER, whole)[1:] if isinstance(each, Case)] == [
            "no db",
            "done() twice",
        ]
        assert measure(READER, whole).measures["tests.errors"] == 2

    def test_texts_are_cut(self) -> None:
        whole = report(failures=[test_of(err={"message": "b" * 9})])
        assert items(READER, whole, Limits(max_text=3)) == [Case("a.j", "a f", Outcome.FAILED, 0.25, "bbb")]


class TestRan:
    @pytest.mark.parametrize(
        ("whole", "reason"),
        [
            (report([test_of()], stats={"tests": 2}), "counts 2 tests and lists 1"),
            (report([test_of()], stats={"passes": 0}), "counts 0 passes and lists 1"),
            (report([test_of()], stats={"pending": 1}), "counts 1 pending tests and lists 0"),
            (report([test_of()], stats={"failures": 1}), "counts 1 failures and lists 0"),
            (report([test_of()], tests=[test_of("b")]), "2 test(s) stand among all tests and not with"),
            (
                report([test_of()], tests=[test_of(), test_of("b")], stats={"tests": 2}),
                "1 test(s) stand among all tests",
            ),
            (
                report([test_of(), test_of("b", None)]),
                "1 test(s) passed without a duration, as with `--dry-run`",
            ),
            (report(hooks=[HOOK]), "No test ran: 1 hook(s) broke"),
            (report(), "lists no test case"),
            (report(pending=[test_of()]), "Every one of the 1 test cases was skipped"),
        ],
    )
    def test_not_where_something_is_lost_or_nothing_was_tested(self, whole: Any, reason: str) -> None:
        reading = measure(READER, whole)
        assert not reading.ran and reason in (reading.why_not or "")

    def test_what_a_dry_run_lists_did_not_pass(self) -> None:
        whole = report([test_of(duration=None)])
        assert measure(READER, whole).measures["tests.passed"] == 0
        assert items(READER, whole) == [
            Case("a.js", "a fits", Outcome.ERROR, 0.0, "it never ran, as with `--dry-run`")
        ]


@pytest.mark.parametrize(
    "changed",
    [
        [],
        {"stats": {}, "tests": []},
        GOOD | {"passes": None},
        GOOD | {"stats": GOOD["stats"] | {"failures": -1}},
        GOOD | {"stats": GOOD["stats"] | {"failures": 0.5}},
        report([{"title": "without a name"}]),
    ],
)
def test_a_report_of_another_shape_is_refused(changed: Any) -> None:
    assert "not what the format asks for" in refusal(READER, changed)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (GOOD, True),
        (GOOD | {"stats": {"suites": 1}}, False),
        ({"stats": GOOD["stats"], "results": [], "meta": {}}, False),  # Mochawesome
        ([GOOD], False),
    ],
)
def test_is_recognised_by_its_keys(document: Any, expected: bool) -> None:
    assert recognises(READER, document) is expected
