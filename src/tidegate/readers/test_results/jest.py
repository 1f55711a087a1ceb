"""The JSON report of Jest, which Vitest writes too: test files with their tests, and counts of all."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import epoch_time
from tidegate.readers.test_results.tally import Tally, first_line, sound_seconds

FORMAT = "jest"
_REMAKE = (
    "`npx jest --json --outputFile=jest.json` or `npx vitest run --reporter=json --outputFile=vitest.json`"
)
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "pending": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "todo": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
}


class _JestTest(msgspec.Struct):
    status: str
    title: str
    failing: bool = False  # `test.failing`: it passes where it fails
    ancestors: list[str] = msgspec.field(name="ancestorTitles", default=[])
    duration: float | None = None
    messages: list[str] | None = msgspec.field(name="failureMessages", default=None)
    retried: list[str] | None = msgspec.field(name="retryReasons", default=None)


class _JestFile(msgspec.Struct):
    name: str
    status: str
    tests: list[_JestTest] = msgspec.field(name="assertionResults")
    message: str | None = None


class _JestReport(msgspec.Struct, kw_only=True, rename="camel"):
    num_total_tests: int
    num_passed_tests: int
    num_failed_tests: int
    test_results: list[_JestFile]
    success: bool
    was_interrupted: bool = False
    start_time: float | None = None
    open_handles: list[object] | None = None  # Vitest does not write it


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("numTotalTests", "testResults") or seen.has("numTotalTests", "numPassedTests")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _JestReport, remake=_REMAKE)
    tally = Tally()
    broken = passed = 0
    is_jest = report.open_handles is not None
    for file in report.test_results:
        before, name = tally.bad, cut(file.name, limits)
        for test in file.tests:
            outcome = _OUTCOMES.get(test.status, Outcome.ERROR)
            if test.status == "pending" and not is_jest:
                outcome = Outcome.ERROR  # Vitest calls a skipped test `skipped`: this one waits for ever
            if outcome is Outcome.PASSED:
                passed += 1
                outcome = Outcome.SKIPPED if test.failing else outcome
            flaky = outcome is Outcome.PASSED and bool(test.retried)
            seconds = None if test.duration is None else test.duration / 1000
            tally.add(outcome, seconds, flaky=flaky)
            if items:
                yield _case(test, name, outcome, flaky, limits)
        if tally.bad == before and _broke(file):
            broken += 1
            tally.add(Outcome.ERROR)
            if items:
                said = first_line(file.message or "", limits.max_text) or _how_it_broke(file)
                yield Case(name, name, Outcome.ERROR, detail=said)
    why_not = _why_not(report, tally, broken, passed)
    started = report.start_time
    return Reading(
        FORMAT,
        Kind.TESTS,
        "jest" if is_jest else "vitest",
        tally.measures(len(report.test_results), tells_flaky=True),
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(f"{started:.0f}") if started else None,
    )


def _broke(file: _JestFile) -> bool:
    """Tell whether a file without a failed test neither passed nor merely skipped its tests.

    Both tools fail a file that holds no test. Where Vitest lists one as passed, its worker was killed before
    it had read the file.
    """
    return not file.tests or file.status not in ("passed", "pending", "skipped", "focused")


def _how_it_broke(file: _JestFile) -> str:
    if file.status == "passed":
        return "The file lists no test: its worker may have been killed."
    return "The file failed outside its tests."


def _case(test: _JestTest, file: str, outcome: Outcome, flaky: bool, limits: Limits) -> Case:
    name = " > ".join((*test.ancestors, test.title))
    detail = ""
    if outcome in (Outcome.FAILED, Outcome.ERROR):
        detail = first_line("\n".join(test.messages or ()), limits.max_text)
        detail = detail or cut(f"its status is {test.status!r}", limits)
    seconds = sound_seconds((test.duration or 0.0) / 1000)
    return Case(file, cut(name, limits), outcome, seconds, detail, flaky)


def _why_not(report: _JestReport, tally: Tally, broken: int, passed: int) -> str | None:
    if report.was_interrupted:
        return "The run was interrupted before its end. Let it run to its end."
    total, failed = tally.total - broken, tally.count(Outcome.FAILED)
    if report.num_passed_tests == total - failed:
        passed = total - failed  # older Vitest counts skipped tests as passed ones
    for what, said, listed in (
        ("tests", report.num_total_tests, total),
        ("failed tests", report.num_failed_tests, failed),
        ("passed tests", report.num_passed_tests, passed),
    ):
        if said != listed:
            return (
                f"The report counts {said} {what} and lists {listed}: results are missing or were changed."
                f" Write it again with {_REMAKE}."
            )
    if tally.total == broken and broken:
        return (
            f"No test ran: {broken} test file(s) broke outside their tests. Repair what they say and run them"
            " again."
        )
    if not report.success and not tally.bad:
        return (
            "The report says that the run failed, and lists nothing that did: an error outside the tests, or"
            " a snapshot that nothing wrote. See what the runner says."
        )
    return tally.why_nothing()


READER = Reader(
    format=FORMAT,
    title="Jest JSON",
    kind=Kind.TESTS,
    source="https://jestjs.io/docs/cli#--json",
    follows={
        "tool.ran": (
            "False where a count is not what is listed, the run was interrupted, it failed without a failed"
            " test or file, or nothing was tested."
        ),
        "tests.total": "Entries of `assertionResults`, and one for each file that failed outside its tests.",
        "tests.passed": "Those with the status `passed` and without `failing`.",
        "tests.failed": "Those with the status `failed`.",
        "tests.errors": (
            "Files that failed without a failed test or list no test, tests with any other status, and of"
            " Vitest those that are `pending`."
        ),
        "tests.skipped": (
            "Those with the status `skipped`, `todo` or `disabled`, of Jest also `pending`, and passed ones"
            " with `failing`."
        ),
        "tests.flaky": "Passed ones with `retryReasons`.",
        "tests.suites": "Test files.",
        "tests.duration": "The sum of the tests' `duration`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A file that failed without a failed test, as one that cannot be loaded, is one case and one error.",
        "`test.failing` passes where the test fails: as an expected failure elsewhere, it counts as skipped."
        " Jest tells of it since version 30; before, such a test looks like any that passed.",
        "Vitest writes the same format without `openHandles`, by which the two are told apart.",
        "Where a worker of Vitest is killed, its tests stay `pending` and a file that it had not read yet has"
        " none, while `success` is true: both are errors. Jest's `pending` tests were skipped on purpose.",
        "An error that nobody caught, outside of any test, makes Vitest's exit code 1 and is not in its"
        " report: look at the exit code too.",
        "`success` is believed where it is false: a run may fail by an error outside the tests.",
    ),
)
