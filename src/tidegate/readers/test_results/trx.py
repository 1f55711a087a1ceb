"""TRX: what `dotnet test`, `vstest.console`, Microsoft.Testing.Platform and MSTest write of a test run."""

from __future__ import annotations

import re

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.own_times import own_time
from tidegate.readers.test_results.junit_words import ERROR, FAILED, SKIPPED
from tidegate.readers.test_results.suite_trees import FOLLOWS, PASSED, DeclaredTotals, SuiteTree
from tidegate.readers.xml import (
    Attributes,
    OnEnd,
    OnOther,
    OnStart,
    XmlDocument,
    XmlFault,
    declared,
    feed,
    printable,
)
from tidegate.readers.xml_root import root_of

# https://github.com/microsoft/vstest, TestOutcome.cs; whatever is not listed here is an error.
_OUTCOMES = {
    "Passed": PASSED,
    "NotExecuted": SKIPPED,
    "Inconclusive": SKIPPED,
    "Failed": FAILED,
    "Error": ERROR,
    "Timeout": ERROR,
    "Aborted": ERROR,
    "NotRunnable": ERROR,
    "Disconnected": ERROR,
}
# Of a run or a message of it: `Warning` is documented as no failure.
_DID_WORK = frozenset({"Completed", "Passed", "Warning"})
_RESULTS = (
    *("UnitTestResult", "GenericTestResult", "ManualTestResult", "WebTestResult", "LoadTestResult"),
    *("TestResult", "TestResultAggregation"),
)
_HARMLESS = frozenset(
    "Deployment Results Output StdOut StdErr DebugTrace ErrorInfo StackTrace InnerResults"
    " TextMessages ResultFiles ResultFile CollectorDataEntries TestDefinitions UnitTest Execution TestMethod"
    " TestEntries TestEntry TestLists TestList RunInfos Text Properties Property Key Value".split()
)
_BAD_TOTALS = (
    "failed",
    "error",
    "timeout",
    "aborted",
    "notRunnable",
    "disconnected",
    "inProgress",
    "pending",
)
# Errors of the run that failed cases explain: xUnit.net's adapter reports each of them once more, and
# Microsoft.Testing.Platform its exit code, which is 2 where tests failed (and in the machine's language).
_OF_CASES = re.compile(
    r"\[FAIL\]|Exit code indicates failure: '2'|(?<!\d)2(?!\d)\D*aka\.ms/testingplatform/exitcodes"
)
_DURATION = re.compile(r"(?:(\d{1,7})\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)")
_MAX_CLASSES = 100_000  # tests whose classes are kept
_AGAIN = "See what the test run printed, and run the tests again."


def seconds_of(duration: str) -> float | None:
    """Read `[days.]hours:minutes:seconds`; None where it is none."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class TestClasses(XmlDocument):
    """The class of each test, by the test's id; the definitions stand behind the results that need them."""

    roots = frozenset({"TestRun"})

    def __init__(self) -> None:
        super().__init__()
        self.by_test: dict[str, str] = {}
        self._names: dict[str, str] = {}  # so that each name is held once
        self._test = ""

    def starts(self) -> dict[str, OnStart]:
        return {"UnitTest": self._test_starts, "TestMethod": self._method}

    def ends(self) -> dict[str, OnEnd]:
        return {}

    def _test_starts(self, attributes: Attributes) -> None:
        self._test = attributes.get("id", "")[:64]

    def _method(self, attributes: Attributes) -> None:
        name = attributes.get("className", "").partition(",")[0][:1000]
        if self._test and name and len(self.by_test) < _MAX_CLASSES:
            self.by_test[self._test] = self._names.setdefault(name, name)


class TrxRun(SuiteTree):
    """The counts of one TRX report."""

    roots = frozenset({"TestRun"})
    harmless = _HARMLESS

    def __init__(self, limits: Limits, keep: bool, classes: dict[str, str]) -> None:
        super().__init__(limits, keep)
        self.classes = classes
        self.tool = "dotnet-test"
        self.outcome: str | None = None  # of the run; None where it has no summary
        self.error: str | None = None  # what the run says went wrong outside of the cases
        self.in_error = False  # inside a message of the run that tells of an error
        self.cases_reported = 0

    def starts(self) -> dict[str, OnStart]:
        return dict.fromkeys(_RESULTS, self.result_starts) | {
            "TestRun": lambda _: self.open_suite("", DeclaredTotals(), counts=False),
            "TestSettings": self.knows_writer,
            "Times": self.knows_time,
            "ResultSummary": self.summary_starts,
            "Counters": self.counters,
            "RunInfo": self.run_info_starts,
            "Message": self.text_starts,
        }

    def ends(self) -> dict[str, OnEnd]:
        return dict.fromkeys(_RESULTS, self.close_case) | {
            "TestRun": self.close_suite,
            "RunInfo": self.run_info_ends,
            "Message": self.text_ends,
        }

    def others(self) -> OnOther:
        return self.other_element

    def other_element(self, name: str, attributes: Attributes) -> None:
        """Miss no result of a kind that is not known here."""
        if name.endswith("Result"):
            raise XmlFault(f"<{printable(name)}> is no known kind of result", "Send the report of unit tests")

    def result_starts(self, attributes: Attributes) -> None:
        word = attributes.get("outcome", "Error")  # the default of the schema, which is left out
        outcome = _OUTCOMES.get(word)
        unknown = f"outcome={printable(word)!r} is no known way to pass" if outcome is None else ""
        time = attributes.get("duration", "")
        if time and (seconds := seconds_of(time)) is not None:
            time = repr(seconds)
        suite = self.classes.get(attributes.get("testId", ""), "") if self.keep else ""
        self.open_case(
            suite, attributes.get("testName", ""), ERROR if outcome is None else outcome, time, unknown
        )

    def knows_writer(self, attributes: Attributes) -> None:
        if attributes.get("name") == "Jest test run":
            self.tool = "jest"

    def knows_time(self, attributes: Attributes) -> None:
        self.made_at = own_time(attributes.get("finish")) or self.made_at

    def summary_starts(self, attributes: Attributes) -> None:
        if self.outcome is not None:
            raise XmlFault(
                "a second <ResultSummary>: two runs were put together", "Send the report of each run alone"
            )
        self.outcome = attributes.get("outcome", "Error")

    def counters(self, attributes: Attributes) -> None:
        bad = sum(declared(attributes, name) or 0 for name in _BAD_TOTALS)
        total, skipped = (declared(attributes, name) or 0 for name in ("total", "notExecuted"))
        self.open_suites[-1].totals = DeclaredTotals(total, bad, skipped=skipped)

    def run_info_starts(self, attributes: Attributes) -> None:
        if attributes.get("outcome", "Error") not in _DID_WORK:
            self.in_error = True
            self.hear_text()

    def run_info_ends(self) -> None:
        if not self.in_error:
            return
        self.in_error = False
        text = " ".join(self.heard().split())
        if _OF_CASES.search(text):
            self.cases_reported += 1
        else:
            self.error = self.error or text or "an error without a text"

    def why_not(self) -> str | None:
        """Tell why this run is none: what it says of itself comes before what it lists."""
        _, skipped, failed, errors = self.counts
        if self.outcome is None:
            return f"The report has no `ResultSummary`: the run did not come to its end. {_AGAIN}"
        if self.error is not None:
            return f"The run reports an error outside of its tests: {_cut(self.error)}. {_AGAIN}"
        explained = {"Failed": failed + errors, "Timeout": errors, "Inconclusive": skipped}
        if self.outcome not in _DID_WORK and not explained.get(self.outcome):
            said = printable(self.outcome)
            return f"The run ended as {said!r}, and no test case explains that. {_AGAIN}"
        if self.cases_reported and not failed + errors:
            return f"The run reports failed tests, and none is listed. {_AGAIN}"
        return super().why_not()

    def measures(self) -> dict[str, Value]:
        """Give the values; the format has no suites."""
        return {name: value for name, value in super().measures().items() if name != "tests.suites"}


def _cut(text: str) -> str:
    return text.rstrip(".") if len(text) <= 200 else text[:199] + "…"


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name in TrxRun.roots


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    classes = TestClasses()
    if items:
        for _ in feed(source, limits, classes):
            pass
    run = TrxRun(limits, items, classes.by_test)
    for _ in feed(source, limits, run):
        if run.items:
            yield from run.items
            run.items.clear()
    why_not = run.why_not()
    return Reading(
        "trx",
        Kind.TESTS,
        run.tool,
        run.measures(),
        "",
        why_not is None,
        why_not,
        run.made_at,
    )


READER = Reader(
    format="trx",
    title="TRX (dotnet test)",
    kind=Kind.TESTS,
    source=("https://github.com/microsoft/vstest/tree/main/src/Microsoft.TestPlatform.Extensions.TrxLogger"),
    follows={
        "tool.ran": (
            "False where results are missing, nothing was tested, the run has no summary, or it failed or"
            " reports an error that no test case explains"
        ),
        "tests.total": "results at any depth: each row of a data-driven test, and the test itself",
        "tests.failed": "results with `outcome` Failed",
        "tests.errors": "results with any other `outcome` (Error, Timeout, Aborted, NotRunnable …) or none",
        "tests.skipped": "results with `outcome` NotExecuted or Inconclusive, and"
        " those that are declared as skipped and not listed",
        **FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Each result counts, that of a data-driven test and those of its rows, as in the totals that"
            " `dotnet test` declares; the duration is that of the outer ones."
        ),
        (
            "A run that ended as `Failed` while all of its tests passed did not do its work: the test host"
            " crashed, a collector failed, or a fixture broke. So did one with an error among its `RunInfos`"
            " that failed tests do not explain (`[FAIL]` of xUnit.net's adapter, exit code 2)."
        ),
        (
            "A result without an `outcome` is an error: that is its default, which writers leave out."
            " Peers skip a result that was aborted or could not be run; here it is an error."
        ),
        (
            "Counters that declare more tests, or more failed, broken, aborted and unfinished ones, than are"
            " listed, tell of lost results. Cases that are missing and declared `notExecuted` were skipped."
        ),
        (
            "A case's suite is its class, from the definitions behind the results; suites themselves are not"
            f" counted. Of reports with more than {_MAX_CLASSES:,} tests, the others have no suite."
        ),
    ),
)
