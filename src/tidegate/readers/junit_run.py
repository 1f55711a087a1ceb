"""The counts of one test run, kept while its JUnit XML streams by."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.findings import Case, Outcome
from tidegate.domain.measures import Value
from tidegate.readers.base import Limits
from tidegate.readers.durations import Clock, seconds_of
from tidegate.readers.xml import Attributes, Document, OnEnd, OnStart, declared, shown

_SKIPPED, _FAILED, _ERROR = 1, 2, 3  # worst last
_OUTCOMES = (Outcome.PASSED, Outcome.SKIPPED, Outcome.FAILED, Outcome.ERROR)

# A case may tell its outcome in an attribute instead of an element (Google Test and its kin).
_STATUS = dict.fromkeys(
    ("skipped", "disabled", "ignored", "notrun", "not run", "not_run", "suppressed", "pending"), _SKIPPED
)
_STATUS |= dict.fromkeys(("failed", "fail", "failure"), _FAILED)
_STATUS |= dict.fromkeys(("error", "errored", "broken"), _ERROR)

_TOOLS = {
    "pytest": "pytest",
    "pytest tests": "pytest",
    "jest tests": "jest",
    "Mocha Tests": "mocha",
    "nose2-junit": "nose2",
    "ruff": "ruff",
}
_PYTEST_ROOT = "pytest tests"


@dataclass(slots=True)
class _Suite:
    """An open suite: what it declares, and the counts as they were when it opened."""

    name: str
    tests: int | None
    bad: int | None
    skipped: int | None
    depth: int
    listed_before: int
    bad_before: int
    skipped_before: int
    broken: bool = False
    detail: str = ""


@dataclass(slots=True)
class _Trouble:
    """What one case says of itself beyond that it is there."""

    worst: int = 0
    failed_again: int = 0
    passed_late: bool = False
    detail: str = ""


_NONE = _Trouble()


class Run(Document):
    """The counts of one test run."""

    roots = frozenset({"testsuites", "testsuite"})

    def __init__(self, limits: Limits, keep: bool) -> None:
        super().__init__()
        self.max_text = limits.max_text
        self.keep = keep
        self.items: list[Case] = []
        self.total = self.suites = self.flaky = self.broken = 0
        self.counts = [0, 0, 0, 0]  # by outcome; the first is not counted but computed
        self.listed = self.bad_elements = self.skipped_elements = 0
        self.clock = Clock()
        self.shortfall: str | None = None
        self.tool = ""
        self.root_name: str | None = None
        self.open_suites: list[_Suite] = []
        self.suite_depth = 0
        self.cases: list[Attributes] = []  # since the last time that they were settled
        self.troubles: dict[int, _Trouble] = {}  # by place in `cases`
        self.text: list[str] = []

    def starts(self) -> dict[str, OnStart]:
        return {
            "testsuites": self.group_starts,
            "testsuite": self.suite_starts,
            "testcase": self.cases.append,
            "failure": lambda attributes: self.goes_wrong(attributes, _FAILED),
            "error": lambda attributes: self.goes_wrong(attributes, _ERROR),
            "skipped": self.is_skipped,
            "flakyFailure": self.was_flaky,
            "flakyError": self.was_flaky,
            "rerunFailure": lambda _: self.fails_again(_FAILED),
            "rerunError": lambda _: self.fails_again(_ERROR),
        }

    def ends(self) -> dict[str, OnEnd]:
        return {
            "testsuites": self.suite_ends,
            "testsuite": self.suite_ends,
            "failure": self.told_why,
            "error": self.told_why,
        }

    def group_starts(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        if self.root_name is None:
            self.root_name = name
        self.tool = self.tool or _TOOLS.get(name, "")
        self._settle(whole=True)
        self.suite_depth = self.depth()
        failures, errors = declared(attributes, "failures"), declared(attributes, "errors")
        self.open_suites.append(
            _Suite(
                name,
                declared(attributes, "tests"),
                None if failures is None and errors is None else (failures or 0) + (errors or 0),
                declared(attributes, "skipped"),
                self.suite_depth,
                self.listed,
                self.bad_elements,
                self.skipped_elements,
            )
        )

    def suite_starts(self, attributes: Attributes) -> None:
        self.suites += 1
        self.group_starts(attributes)

    def suite_ends(self) -> None:
        self._settle(whole=True)
        suite = self.open_suites.pop()
        self.suite_depth = self.open_suites[-1].depth if self.open_suites else 0
        if suite.broken:
            self.total += 1
            self.listed += 1
            self.broken += 1
            self.counts[_ERROR] += 1
            if self.keep:
                name = suite.name[: self.max_text]
                self.items.append(Case(name, name, Outcome.ERROR, detail=suite.detail))
        if self.shortfall is None:
            self.shortfall = self._shortfall(suite)

    def _shortfall(self, suite: _Suite) -> str | None:
        """Tell what a suite declares beyond what it lists; None where nothing is missing."""
        listed = self.listed - suite.listed_before
        bad = self.bad_elements - suite.bad_before
        where = f"The suite {shown(suite.name)!r}" if suite.name else "A suite"
        if suite.bad is not None and suite.bad > bad:
            return f"{where} declares {suite.bad} failures and errors but lists {bad}: results are missing."
        if suite.tests is None or suite.tests <= listed or self._counts_subtests(suite):
            return None
        return f"{where} declares {suite.tests} tests but lists {listed}: results are missing."

    def _counts_subtests(self, suite: _Suite) -> bool:
        """Tell whether pytest counted passed subtests, which it does not list, and all else is there."""
        return (
            suite.name == "pytest"
            and self.root_name == _PYTEST_ROOT
            and self.listed > suite.listed_before
            and suite.bad == self.bad_elements - suite.bad_before
            and suite.skipped == self.skipped_elements - suite.skipped_before
        )

    def settle(self) -> None:
        self._settle(whole=False)

    def _settle(self, whole: bool) -> None:
        """Count the cases that came since the last time: in batches, which halves the work on each.

        Unless `whole`, the last one waits where it may still be open.
        """
        cases, troubles = self.cases, self.troubles
        waiting = cases.pop() if cases and not whole and self.depth() > self.suite_depth else None
        self.total += len(cases)
        self.listed += len(cases)
        self.clock.add([case.get("time") for case in cases])
        for place, case in enumerate(cases):
            if "status" in case or "result" in case:
                troubles.setdefault(place, _Trouble())
        left = troubles.pop(len(cases), None)
        for place, trouble in troubles.items():
            self._judge(trouble, cases[place])
        if self.keep:
            self.items += [self._kept(case, troubles.get(place, _NONE)) for place, case in enumerate(cases)]
        cases.clear()
        troubles.clear()
        if waiting is not None:
            cases.append(waiting)
        if left is not None:
            troubles[0] = left

    def _judge(self, trouble: _Trouble, case: Attributes) -> None:
        """Settle how a case that did not simply pass ended."""
        if not trouble.passed_late:
            trouble.worst = max(trouble.worst, trouble.failed_again)
        if not trouble.worst:
            told = (case.get(name, "").lower() for name in ("status", "result"))
            trouble.worst = max(_STATUS.get(word, 0) for word in told)
        self.counts[trouble.worst] += 1
        trouble.passed_late = trouble.passed_late and not trouble.worst
        self.flaky += trouble.passed_late

    def _kept(self, case: Attributes, trouble: _Trouble) -> Case:
        suite = case.get("classname") or (self.open_suites[-1].name if self.open_suites else "")
        return Case(
            suite[: self.max_text],
            case.get("name", "")[: self.max_text],
            _OUTCOMES[trouble.worst],
            seconds_of(case.get("time") or "") or 0.0,
            trouble.detail,
            trouble.passed_late,
        )

    def _trouble(self) -> _Trouble | None:
        """Find what is known of the open case; None outside any, where a suite itself speaks."""
        if not self.cases or self.depth() < self.suite_depth + 2:
            return None
        return self.troubles.setdefault(len(self.cases) - 1, _Trouble())

    def goes_wrong(self, attributes: Attributes, outcome: int) -> None:
        self.bad_elements += 1
        trouble = self._trouble()
        if trouble is None:
            self.open_suites[-1].broken = True
        elif outcome > trouble.worst:
            trouble.worst, trouble.detail = outcome, ""
        if self.keep:
            self.text = [attributes.get("message", "")]
            if not self.text[0].strip():
                self.listen(self._hear)

    def _hear(self, text: str) -> None:
        if sum(map(len, self.text)) < self.max_text:
            self.text.append(text)

    def told_why(self) -> None:
        if not self.keep:
            return
        self.listen(None)
        detail = next(iter("".join(self.text).strip().splitlines()), "")[: self.max_text]
        # The element has ended: its parent is the innermost that is open.
        inside = self.troubles.get(len(self.cases) - 1) if self.depth() > self.suite_depth else None
        told = inside or self.open_suites[-1]
        told.detail = told.detail or detail

    def is_skipped(self, _: Attributes) -> None:
        trouble = self._trouble()
        if trouble is not None:
            self.skipped_elements += 1
            trouble.worst = max(trouble.worst, _SKIPPED)

    def was_flaky(self, _: Attributes) -> None:
        trouble = self._another_try()
        if trouble is not None:
            trouble.passed_late = True

    def fails_again(self, outcome: int) -> None:
        trouble = self._another_try()
        if trouble is not None:
            trouble.failed_again = max(trouble.failed_again, outcome)

    def _another_try(self) -> _Trouble | None:
        # Surefire counts every try in the suite's declared totals and lists all but the last inside the case.
        self.listed += 1
        self.bad_elements += 1
        return self._trouble()

    def why_not(self) -> str | None:
        """Tell why this run is none; None where it did its work."""
        if self.total == self.broken:
            return self.shortfall or "The report lists no test case: nothing was tested."
        if self.shortfall is None and self.counts[_SKIPPED] == self.total:
            return f"Every one of the {self.total} test cases was skipped: nothing was tested."
        return self.shortfall

    def measures(self) -> dict[str, Value]:
        """Give the values; the duration is left out where no case or an unreadable one gives a time."""
        _, skipped, failed, errors = self.counts
        values: dict[str, Value] = {
            "tests.total": self.total,
            "tests.passed": self.total - skipped - failed - errors,
            "tests.failed": failed,
            "tests.errors": errors,
            "tests.skipped": skipped,
            "tests.flaky": self.flaky,
            "tests.suites": self.suites,
        }
        if (duration := self.clock.total) is not None:
            values["tests.duration"] = duration
        return values
