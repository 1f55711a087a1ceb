"""The JSON report of Mocha: all tests, and again those that passed, failed or are pending."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, TypeAlias

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Kind
from tidegate.readers.base import MAX_COUNT, Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import own_time
from tidegate.readers.test_results.tally import Tally, first_line, sound_seconds

FORMAT = "mocha"
_REMAKE = "`npx mocha --reporter json --reporter-option output=mocha.json`"
_COUNTS = frozenset({"suites", "passes", "pending", "failures"})

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Key: TypeAlias = "tuple[str, str | None]"


class _MochaTest(msgspec.Struct, gc=False):
    """A test, or a hook that failed."""

    name: str = msgspec.field(name="fullTitle")
    file: str | None = None
    duration: float | None = None
    retry: int = msgspec.field(name="currentRetry", default=0)
    err: object = None

    @property
    def key(self) -> _Key:
        """Name the test, as well as the report does."""
        return self.name, self.file

    def said(self, most: int) -> str:
        """Return the first line of what it threw."""
        message = self.err.get("message") if isinstance(self.err, dict) else None
        return first_line(message, most) if isinstance(message, str) else ""


class _MochaStats(msgspec.Struct, gc=False):
    suites: _Count
    tests: _Count
    passes: _Count
    pending: _Count
    failures: _Count
    end: str | None = None


class _MochaReport(msgspec.Struct):
    stats: _MochaStats
    tests: list[_MochaTest]
    pending: list[_MochaTest]
    failures: list[_MochaTest]
    passes: list[_MochaTest]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("stats", "tests") and seen.inner >= _COUNTS


class _MochaRun:
    """What the three lists come to, held against the list of all tests."""

    def __init__(self, report: _MochaReport, limits: Limits) -> None:
        self.tally = Tally()
        self.never_ran = self.outside = 0
        self._report = report
        self._limits = limits
        self._open: Counter[_Key] = Counter(test.key for test in report.tests)

    def passed(self, test: _MochaTest) -> Case:
        """Take a test that passed; one without a duration did not run at all."""
        self._open[test.key] -= 1
        self.never_ran += test.duration is None
        outcome = Outcome.ERROR if test.duration is None else Outcome.PASSED
        said = "it never ran, as with `--dry-run`" if test.duration is None else ""
        return self._add(test, outcome, said, flaky=outcome is Outcome.PASSED and test.retry > 0)

    def pending(self, test: _MochaTest) -> Case:
        """Take a test that was skipped."""
        self._open[test.key] -= 1
        return self._add(test, Outcome.SKIPPED)

    def failed(self, test: _MochaTest) -> Case:
        """Take a test that failed; what is no test, or has passed already, broke outside of any."""
        is_test = self._open[test.key] > 0
        self._open[test.key] -= is_test
        self.outside += not is_test
        said = test.said(self._limits.max_text) or "it failed without a message"
        return self._add(test, Outcome.FAILED if is_test else Outcome.ERROR, said)

    def _add(self, test: _MochaTest, outcome: Outcome, said: str = "", *, flaky: bool = False) -> Case:
        seconds = None if test.duration is None else test.duration / 1000
        self.tally.add(outcome, seconds, flaky=flaky)
        file, name = cut(test.file or "", self._limits), cut(test.name, self._limits)
        return Case(file, name, outcome, sound_seconds(seconds or 0.0), said, flaky)

    def why_not(self) -> str | None:
        """Tell why the run did not do its work; None where it did."""
        report, stats = self._report, self._report.stats
        for what, said, listed in (
            ("tests", stats.tests, len(report.tests)),
            ("passes", stats.passes, len(report.passes)),
            ("pending tests", stats.pending, len(report.pending)),
            ("failures", stats.failures, len(report.failures)),
        ):
            if said != listed:
                return (
                    f"The report counts {said} {what} and lists {listed}: results are missing or were"
                    f" changed. Write it again with {_REMAKE}."
                )
        if torn := sum(map(abs, self._open.values())):
            return (
                f"{torn} test(s) stand among all tests and not with those that passed, failed or are pending,"
                f" or the other way round: the report was changed. Write it again with {_REMAKE}."
            )
        if self.never_ran:
            return (
                f"{self.never_ran} test(s) passed without a duration, as with `--dry-run`: they never ran."
                " Run them without it."
            )
        if self.tally.total == self.outside and self.outside:
            return f"No test ran: {self.outside} hook(s) broke. Repair what they say and run the tests again."
        return self.tally.why_nothing()


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _MochaReport, remake=_REMAKE)
    run = _MochaRun(report, limits)
    for tests, take in (
        (report.passes, run.passed),
        (report.pending, run.pending),
        (report.failures, run.failed),
    ):
        for test in tests:
            case = take(test)
            if items:
                yield case
    why_not = run.why_not()
    return Reading(
        FORMAT,
        Kind.TESTS,
        FORMAT,
        run.tally.measures(report.stats.suites, tells_flaky=True),
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(report.stats.end),
    )


READER = Reader(
    format=FORMAT,
    title="Mocha JSON",
    kind=Kind.TESTS,
    source="https://mochajs.org/reporters/json/",
    follows={
        "tool.ran": (
            "False where a count of `stats` is not what is listed, tests passed without a duration (a dry"
            " run), no test ran, or nothing was tested."
        ),
        "tests.total": "Entries of `passes`, `pending` and `failures`.",
        "tests.passed": "Entries of `passes` that have a duration.",
        "tests.failed": "Entries of `failures` that stand among `tests`.",
        "tests.errors": (
            "Entries of `failures` that do not: hooks, and tests that passed before; and `passes` without a"
            " duration."
        ),
        "tests.skipped": "Entries of `pending`.",
        "tests.flaky": "Passed ones with a `currentRetry` above 0.",
        "tests.suites": "`suites` of `stats`.",
        "tests.duration": "The sum of the entries' `duration`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A hook that failed is one case and one error; the tests that it kept from running are not listed.",
        "A test that fails after it passed (`done()` called twice) is in both lists, and counts twice.",
        "A dry run says of all tests that they passed: it is told by their missing durations.",
        "Nothing tells a run that was stopped by a signal, or by `.only`, from a whole one: look at the exit"
        " code, and use `--forbid-only`.",
    ),
)
