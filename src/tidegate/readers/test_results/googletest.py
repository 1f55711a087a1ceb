"""GoogleTest's JSON, as `--gtest_output=json:FILE` writes it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import MAX_COUNT, Limits, Reader, Reading, Source, Stream
from tidegate.readers.durations import seconds_of
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode_each, load
from tidegate.readers.own_times import first_end
from tidegate.readers.test_results.junit_words import UNIX_ZERO
from tidegate.readers.test_results.tally import Tally, first_line

_REMAKE = "`--gtest_output=json:report.json`"
_AGAIN = f"Run the tests again with {_REMAKE} and send the whole report."
# By `status` and `result`; GoogleTest 1.8 had no `result` yet.
_OUTCOMES = {
    ("RUN", "COMPLETED"): Outcome.PASSED,
    ("RUN", None): Outcome.PASSED,
    ("RUN", "SKIPPED"): Outcome.SKIPPED,
    ("NOTRUN", "SUPPRESSED"): Outcome.SKIPPED,
    ("NOTRUN", None): Outcome.SKIPPED,
}

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class _Failure(msgspec.Struct, gc=False):
    failure: str = ""


class _Skipped(msgspec.Struct, gc=False):
    message: str = ""


class _GoogleTestTest(msgspec.Struct, gc=False):
    name: str = ""
    classname: str = ""
    status: str | None = None
    result: str | None = None
    timestamp: object = None
    time: str = ""
    failures: list[_Failure] = []
    skipped: list[_Skipped] = []


class _GoogleTestTotals(msgspec.Struct, kw_only=True, gc=False):
    name: str = ""
    tests: _Count = 0
    failures: _Count | None = None
    errors: _Count = 0


class _GoogleTestSuite(_GoogleTestTotals, kw_only=True, gc=False):
    testsuite: list[msgspec.Raw] = []


class _GoogleTestReport(_GoogleTestTotals, kw_only=True):
    testsuites: list[msgspec.Raw]
    timestamp: object = None
    time: object = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    shows = seen.has("testsuites", "tests", "name")
    return shows and ("disabled" in seen.keys or "testsuite" in seen.inner)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _GoogleTestReport, remake=_REMAKE)
    run = Tally()
    suites = 0
    shortfall: str | None = None
    for suite in decode_each(report.testsuites, _GoogleTestSuite, remake=_REMAKE, at="$.testsuites"):
        suites += 1
        cases, bad = run.total, run.bad
        at = f"$.testsuites[{suites - 1}].testsuite"
        for test in decode_each(suite.testsuite, _GoogleTestTest, remake=_REMAKE, at=at):
            outcome = _outcome(test)
            seconds = seconds_of(test.time.removesuffix("s")) if test.time else None
            run.add(outcome, seconds)
            if items:
                yield _case(test, suite, outcome, seconds or 0.0, limits)
        shortfall = shortfall or _lacks(suite, run.total - cases, run.bad - bad)
    why_not = _not_run(report) or shortfall or _lacks(report, run.total, run.bad) or run.why_nothing()
    started = report.timestamp if isinstance(report.timestamp, str) else None
    took = report.time.removesuffix("s") if isinstance(report.time, str) else None
    return Reading(
        "googletest",
        Kind.TESTS,
        "googletest",
        run.measures(suites),
        ran=why_not is None,
        why_not=why_not,
        made_at=first_end(None, started, took),
    )


def _outcome(test: _GoogleTestTest) -> Outcome:
    outcome = _OUTCOMES.get((test.status or "", test.result), Outcome.ERROR)
    if test.failures and outcome is not Outcome.ERROR:
        return Outcome.FAILED
    return Outcome.ERROR if outcome is Outcome.PASSED and _never_began(test) else outcome


def _never_began(test: _GoogleTestTest) -> bool:
    """Tell whether a test has no time at which it began: only those that ran get one."""
    return str(test.timestamp).startswith(UNIX_ZERO)


def _case(
    test: _GoogleTestTest, suite: _GoogleTestSuite, outcome: Outcome, seconds: float, limits: Limits
) -> Case:
    detail = ""
    if test.failures:
        # The first line is the place in the source.
        place, _, message = test.failures[0].failure.partition("\n")
        detail = first_line(message or place, limits.max_text)
    elif outcome is Outcome.ERROR:
        said = f"its status is {test.status!r} and its result {test.result!r}"
        detail = cut("it never began, as after a failed set-up" if _never_began(test) else said, limits)
    elif outcome is Outcome.SKIPPED and test.skipped:
        detail = first_line(test.skipped[0].message.partition("\n")[2], limits.max_text)
    name = cut(test.name, limits)
    return Case(cut(test.classname or suite.name, limits), name, outcome, seconds, detail)


def _not_run(report: _GoogleTestReport) -> str | None:
    if report.failures is None:
        return (
            "The report lists tests and tells of none how it ended, as with `--gtest_list_tests`: nothing was"
            f" tested. {_AGAIN}"
        )
    return None


def _lacks(part: _GoogleTestTotals, cases: int, bad: int) -> str | None:
    """Hold what a suite or the whole report declares against what it lists."""
    name = (
        f"The suite {cut(part.name, Limits(max_text=60))!r}"
        if isinstance(part, _GoogleTestSuite)
        else "The report"
    )
    failures = (part.failures or 0) + part.errors
    for declared, count, what in ((part.tests, cases, "tests"), (failures, bad, "failed tests")):
        if declared > count:
            return f"{name} declares {declared} {what} but lists {count}: results are missing. {_AGAIN}"
    return None


READER = Reader(
    format="googletest",
    title="GoogleTest JSON",
    kind=Kind.TESTS,
    source="https://google.github.io/googletest/advanced.html#generating-a-json-report",
    follows={
        "tool.ran": "False where results are missing, nothing was tested, or tests were only listed",
        "tests.total": "tests of all suites, disabled ones included",
        "tests.passed": "tests with `status` RUN, `result` COMPLETED (or none) and no `failures`",
        "tests.failed": "tests with `failures`",
        "tests.errors": (
            "tests with an unknown `status` or `result`, or none, and tests without `failures` that never"
            " began (`timestamp` 1970)"
        ),
        "tests.skipped": "tests with `result` SKIPPED, or `status` NOTRUN",
        "tests.suites": "`testsuites`",
        "tests.duration": "the sum of the tests' `time`; not measured where no test has one",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A failure in `SetUpTestSuite` is not in the report: GoogleTest lists its tests as skipped"
            " and declares no failure; only its exit code is 1. Ask that no test is skipped."
        ),
        (
            "Up to GoogleTest 1.11, the tests stand as COMPLETED after an `Environment` failed or skipped in"
            " its `SetUp`, though none began: they are errors. Later versions list them as skipped."
        ),
        (
            "GoogleTest writes its report at the end: after a crash there is none, or that of an earlier run."
            " Remove it before."
        ),
        "A suite or report that declares more tests or failures than it lists has lost results.",
    ),
)
