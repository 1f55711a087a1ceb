"""A run of tests as a tree of suites, counted while its XML streams by: what TRX, NUnit, xUnit.net share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.findings import Case
from tidegate.domain.measures import Value
from tidegate.readers.base import Item, Limits
from tidegate.readers.durations import DurationSum, seconds_of
from tidegate.readers.test_results.junit_words import ERROR, FAILED, OUTCOMES, SKIPPED
from tidegate.readers.xml import Attributes, XmlDocument, printable

PASSED = 0
_AGAIN = "Run the tests again and send the whole report."


@dataclass(frozen=True, slots=True)
class DeclaredTotals:
    """What a suite or run declares: its cases, the bad and skipped ones, and what broke outside of any."""

    tests: int = 0
    bad: int = 0
    broken: int = 0
    skipped: int = 0


@dataclass(slots=True)
class OpenSuite:
    """A suite that has not ended: its totals, and what was counted before it.

    `failed` is what it says of itself. A bad case inside explains that; where there is none, or `apart` tells
    that it is no case's fault, the suite counts as one more case that broke; not where it is `excused`,
    because a suite around it failed.
    """

    name: str
    totals: DeclaredTotals
    counts: tuple[int, ...]
    broken: int
    failed: bool = False
    apart: bool = False
    excused: bool = False
    detail: str = ""


@dataclass(slots=True)
class OpenCase:
    """A case that has not ended; one that is `broken` is no test, but something that broke outside of any."""

    suite: str
    name: str
    outcome: int
    time: str
    detail: str = ""
    broken: bool = False


class SuiteTree(XmlDocument):
    """The counts of one run; formats subclass it and call it as their elements start and end.

    Formats open a suite for their root, so that one is always open.
    """

    def __init__(self, limits: Limits, keep: bool) -> None:
        super().__init__()
        self.max_text = limits.max_text
        self.keep = keep
        self.items: list[Item] = []
        self.counts = [0, 0, 0, 0]  # of cases, by outcome
        self.suites = self.broken = self.unlisted = 0
        self.most_unlisted = limits.max_items
        self.durations = DurationSum()
        self.times: list[str] = []  # since the last chunk: added up together, which is quicker
        self.shortfall: str | None = None
        self.made_at: datetime | None = None
        self.tool_version = ""
        self.open_suites: list[OpenSuite] = []
        self.open_cases: list[OpenCase] = []
        self.text: list[str] = []
        self.text_length = 0

    def open_suite(
        self,
        name: str,
        totals: DeclaredTotals,
        *,
        failed: bool = False,
        apart: bool = False,
        excused: bool = False,
        counts: bool = True,
    ) -> None:
        """Start a suite; a root that is none itself does not count as one."""
        self.suites += counts
        before = tuple(self.counts), self.broken
        self.open_suites.append(OpenSuite(name[: self.max_text], totals, *before, failed, apart, excused))

    def close_suite(self) -> None:
        """End a suite: hold what it declares and says of itself against what it lists."""
        suite = self.open_suites.pop()
        totals, broken = suite.totals, self.broken - suite.broken
        passed, skipped, failed, errors = (
            now - before for now, before in zip(self.counts, suite.counts, strict=True)
        )
        listed, bad = passed + skipped + failed + errors, failed + errors
        if totals.tests > listed:
            self._add_unlisted(totals.tests - listed, totals.skipped - skipped, suite, listed)
        if totals.bad > bad:
            self._lacks(suite, f"{totals.bad} failed tests but lists {bad}")
        if totals.broken > broken:
            self._lacks(suite, f"{totals.broken} errors but lists {broken}")
        if suite.apart or (suite.failed and not suite.excused and not bad and not broken):
            self.broken += 1
            if self.keep:
                self.items.append(Case(suite.name, suite.name, OUTCOMES[ERROR], 0.0, suite.detail))

    def _add_unlisted(self, missing: int, skipped: int, suite: OpenSuite, listed: int) -> None:
        """Count cases that a suite declares as skipped and does not list, as some writers do."""
        if missing > skipped or self.unlisted + missing > self.most_unlisted:
            self._lacks(suite, f"{suite.totals.tests} tests but lists {listed}")
            return
        self.unlisted += missing
        self.counts[SKIPPED] += missing

    def open_case(
        self, suite: str, name: str, outcome: int, time: str, detail: str = "", *, broken: bool = False
    ) -> None:
        """Start a case with what its attributes say; the time of one inside another is part of that."""
        if time and not self.open_cases:
            self.times.append(time)
        self.open_cases.append(OpenCase(suite, name, outcome, time, detail, broken))

    def close_case(self) -> None:
        """End a case and count it."""
        case = self.open_cases.pop()
        if case.broken:
            self.broken += 1
        else:
            self.counts[case.outcome] += 1
        if self.keep:
            most, outcome = self.max_text, case.outcome
            self.items.append(
                Case(
                    case.suite[:most],
                    case.name[:most],
                    OUTCOMES[outcome],
                    self.seconds(case.time),
                    case.detail if outcome else "",
                )
            )

    def fails(self, _: Attributes) -> None:
        """Take a `<failure>`: of the open case, which then did not pass, or of the suite itself."""
        if self.open_cases:
            case = self.open_cases[-1]
            case.outcome = max(case.outcome, FAILED)
        else:
            self.open_suites[-1].failed = True

    def text_starts(self, _: Attributes) -> None:
        """Keep the text of an element that explains an outcome, where somebody asks for cases."""
        if self.keep:
            self.hear_text()

    def text_ends(self) -> None:
        """Give the first line of that text to the open case, else to the open suite."""
        speaker = self.open_cases[-1] if self.open_cases else self.open_suites[-1]
        lines = self.heard().strip().splitlines()
        speaker.detail = speaker.detail or next(iter(lines), "")[: self.max_text]

    def hear_text(self) -> None:
        """Listen to text from here on."""
        self.text, self.text_length = [], 0
        self.listen(self._hear)

    def _hear(self, text: str) -> None:
        if self.text_length < self.max_text:
            self.text.append(text)
            self.text_length += len(text)

    def heard(self) -> str:
        """Stop to listen, and give what was heard."""
        self.listen(None)
        text, self.text = "".join(self.text), []
        return text

    def seconds(self, time: str) -> float:
        """Read the duration of one case, for who asks for cases."""
        return self.durations.seconds_of(time) if "," in time else seconds_of(time) or 0.0

    def settle(self) -> None:
        self.durations.add(self.times)
        self.times.clear()

    def _lacks(self, suite: OpenSuite, what: str) -> None:
        where = f"The suite {printable(suite.name)!r}" if suite.name else "The report"
        self.shortfall = self.shortfall or f"{where} declares {what}: results are missing. {_AGAIN}"

    def why_not(self) -> str | None:
        """Tell why this run is none; None where it did its work."""
        listed = sum(self.counts)
        if self.shortfall is None and not listed:
            return (
                "The report lists no test case: nothing was tested. Check that the tests are found, and run"
                " them."
            )
        if self.shortfall is None and self.counts[SKIPPED] == listed:
            return f"Not one of the {listed} test cases ran: nothing was tested. Run at least one."
        return self.shortfall

    def duration(self) -> float | None:
        """Add up the cases' durations; None where none is given or one cannot be read."""
        return self.durations.total

    def measures(self) -> dict[str, Value]:
        """Give the values; the duration is left out where it is not known."""
        passed, skipped, failed, errors = self.counts
        values: dict[str, Value] = {
            "tests.total": sum(self.counts) + self.broken,
            "tests.passed": passed,
            "tests.failed": failed,
            "tests.errors": errors + self.broken,
            "tests.skipped": skipped,
            "tests.suites": self.suites,
        }
        if (duration := self.duration()) is not None:
            values["tests.duration"] = duration
        return values


FOLLOWS = {
    "tests.passed": "cases whose result is a known word for passed and that nothing in them contradicts",
    "tests.duration": "the sum of the cases' durations; not measured where no case has one",
}
"""What `Reader.follows` says alike of these formats."""
