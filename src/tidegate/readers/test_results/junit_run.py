"""The counts of one test run, kept while its JUnit XML streams by."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from tidegate.domain.findings import Case
from tidegate.domain.measures import Value
from tidegate.readers.base import Item, Limits
from tidegate.readers.durations import DurationSum
from tidegate.readers.own_times import first_end
from tidegate.readers.test_results.junit_cases import NO_TROUBLE, Trouble, judge, kept
from tidegate.readers.test_results.junit_checkers import RUNNERS, Checker, checker_of_case, checker_of_suite
from tidegate.readers.test_results.junit_findings import CheckerRun
from tidegate.readers.test_results.junit_suites import (
    PYTEST_ROOT,
    Account,
    CaseCounts,
    Suite,
    account,
    has_coarse_clock,
)
from tidegate.readers.test_results.junit_turns import Turns
from tidegate.readers.test_results.junit_words import (
    ERROR,
    FAILED,
    HARMLESS,
    OUTCOMES,
    SKIPPED,
    TELLING,
    broke_off,
    outcome_of_element,
    spoils_suite,
    tells_outcome,
)
from tidegate.readers.test_results.node_files import is_file_without_tests
from tidegate.readers.xml import Attributes, OnEnd, OnOther, OnStart, XmlDocument, printable

_SUBTESTS = "unittest.case._SubTest"  # the suite of all skipped subtests, as unittest-xml-reporting calls it
_ONE_FILE = (
    "These are subtests, which unittest-xml-reporting puts into a file of their own. Let it write one file"
    " with `python -m xmlrunner --output-file junit.xml`."
)


class JUnitRun(XmlDocument):
    """The counts of one test run."""

    roots = frozenset({"testsuites", "testsuite"})
    harmless = HARMLESS

    def __init__(self, limits: Limits, keep: bool, head: bytes = b"") -> None:
        super().__init__()
        self.head = head  # of the report
        self.max_text = limits.max_text
        self.keep = self.keeps_text = keep
        self.items: list[Item] = []
        self.total = self.suites = self.flaky = self.broken = 0
        self.counts = [0, 0, 0, 0]  # by outcome; the first is not counted but computed
        self.listed = self.bad_elements = self.skipped_elements = 0
        self.durations = DurationSum()
        self.shortfall: str | None = None
        self.last_missing: str | None = None
        self.tool = ""
        self.root_name: str | None = None
        self.root_is_a_group = False  # and no suite itself
        self.open_suites: list[Suite] = []
        self.suite_depth = 0
        self.cases: list[Attributes] = []  # since the last time that they were settled
        self.troubles: dict[int, Trouble] = {}  # by place in `cases`
        self.text: list[str] = []
        self.made_at: datetime | None = None
        self.tested = False  # a case that no checker makes up was met
        self.checks = CheckerRun()
        self._starts: dict[str, OnStart] = {
            "testsuites": self.group_starts,
            "testsuite": self.suite_starts,
            "testcase": self.cases.append,
            "failure": lambda attributes: self.goes_wrong(attributes, FAILED),
            "error": lambda attributes: self.goes_wrong(attributes, ERROR),
            "skipped": self.is_skipped,
            "flakyFailure": self.was_flaky,
            "flakyError": self.was_flaky,
            "rerunFailure": lambda _: self.fails_again(FAILED),
            "rerunError": lambda _: self.fails_again(ERROR),
        }
        self.turns = Turns(self._starts, self.cases)

    def starts(self) -> dict[str, OnStart]:
        return self._starts

    def ends(self) -> dict[str, OnEnd]:
        return {
            "testsuites": self.suite_ends,
            "testsuite": self.suite_ends,
            "failure": self.keep_reason,
            "error": self.keep_reason,
        }

    def others(self) -> OnOther:
        return self.other_element

    def group_starts(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        if self.root_name is None:
            self.root_name = name
            self.root_is_a_group = not self.suites
        self.tool = self.tool or RUNNERS.get(name, "") or ("pytest" if name == "pytest" else "")
        self._close_cases(complete=True)
        self.suite_depth = self.depth()
        self.durations.note(attributes.get("time"))
        self.made_at = first_end(self.made_at, attributes.get("timestamp"), attributes.get("time"))
        self.turns.suite_starts(attributes)
        checker = None
        if self.root_name not in RUNNERS:
            outer = self.open_suites[-1].checker if self.open_suites else None
            checker = outer or checker_of_suite(attributes)
        if checker is not None:
            self.checks.meet(checker)
        self.keeps_text = self.keep or (checker is not None and checker.counts)
        pytest = self.root_name == PYTEST_ROOT
        self.open_suites.append(
            Suite.open(attributes, self.suite_depth, self._listed(), pytest=pytest, checker=checker)
        )

    def suite_starts(self, attributes: Attributes) -> None:
        self.suites += 1
        self.group_starts(attributes)

    def suite_ends(self) -> None:
        self._close_cases(complete=True)
        suite = self.open_suites.pop()
        if self._is_unended(suite):
            suite.check_end(self._listed())
        parent = self.open_suites[-1] if self.open_suites else None
        self.suite_depth = parent.depth if parent else 0
        checker = parent.checker if parent else None
        self.keeps_text = self.keep or (checker is not None and checker.counts)
        if suite.broken:
            self._add_broken(suite)
        if suite.declares_more_than(self.listed):
            self._add(account(suite, self._listed().since(suite.before)), suite, parent)

    def _add_broken(self, suite: Suite) -> None:
        self.total += 1
        self.listed += 1
        self.broken += 1
        self.counts[ERROR] += 1
        if self.keep:
            name = suite.name[: self.max_text]
            self.items.append(Case(name, name, OUTCOMES[ERROR], detail=suite.detail))

    def _add(self, what: Account, suite: Suite, parent: Suite | None) -> None:
        """Add what a suite declares to what it lists, and leave to its parent what it cannot explain."""
        if suite.checker is None:
            self.total += what.unlisted
            self.counts[SKIPPED] += what.unlisted + what.unmarked
        self.listed += what.unlisted
        self.skipped_elements += what.unlisted + what.unmarked
        self.last_missing = what.lost or self.last_missing
        if what.missing and parent is not None and suite.not_run is None:
            parent.missing += what.missing
        elif what.missing or what.lost:
            self.shortfall = self.shortfall or self.last_missing

    def _listed(self) -> CaseCounts:
        passed = self.total - sum(self.counts)
        return CaseCounts(self.listed, self.bad_elements, self.skipped_elements, passed)

    def settle(self) -> None:
        self._close_cases(complete=False)

    def _close_cases(self, complete: bool) -> None:
        """Count the cases that came since the last time: in batches, which halves the work on each.

        Unless `complete`, the last one waits where it may still be open.
        """
        if not self.cases:
            return
        cases, troubles = self.cases, self.troubles
        waiting = cases.pop() if not complete and self.depth() > self.suite_depth else None
        self.listed += len(cases)
        self.durations.add([case.get("time") for case in cases])
        for place, case in enumerate(cases):
            if broke_off(case) or (not TELLING.isdisjoint(case) and tells_outcome(case)):
                troubles.setdefault(place, Trouble())
        if self.root_is_a_group and len(self.open_suites) == 1:
            for place, case in enumerate(cases):
                if is_file_without_tests(case):
                    trouble = troubles.setdefault(place, Trouble())
                    trouble.worst = max(trouble.worst, SKIPPED)
        left = troubles.pop(len(cases), None)
        if self._is_unended(self.open_suites[-1]):
            self.open_suites[-1].mark_killed(cases, troubles)
        for place, trouble in troubles.items():
            bad, skipped = judge(trouble, cases[place])
            self.bad_elements += bad
            self.skipped_elements += skipped
        if (checker := self._checker_of(cases)) is None:
            self._count(cases, troubles)
        else:
            self._check(cases, troubles, checker)
        cases.clear()
        troubles.clear()
        if waiting is not None:
            cases.append(waiting)
        if left is not None:
            troubles[0] = left

    def _is_unended(self, suite: Suite) -> bool:
        """Tell whether a file did not come to its end, and not merely to an end within a millisecond."""
        return suite.unended and not self._is_coarse

    @cached_property
    def _is_coarse(self) -> bool:
        return has_coarse_clock(self.head)

    def _checker_of(self, cases: list[Attributes]) -> Checker | None:
        """Tell whose a suite's cases are; nobody's from the first case on that may be a test."""
        suite = self.open_suites[-1]
        if suite.checker is not None or self.tested or suite.tested or not cases:
            return suite.checker
        found: Checker | None = None
        if self.root_name not in RUNNERS or self.root_name == PYTEST_ROOT:
            for case in cases:
                one = checker_of_case(case)
                if one is None:
                    found = None
                    break
                self.checks.meet(one)
                found = found or one
        suite.tested = found is None
        return found

    def _count(self, cases: list[Attributes], troubles: dict[int, Trouble]) -> None:
        self.tested = self.tested or bool(cases)
        self.total += len(cases)
        for trouble in troubles.values():
            self.counts[trouble.worst] += 1
            self.flaky += trouble.passed_late
        if self.keep:
            self._keep(cases, troubles)

    def _check(self, cases: list[Attributes], troubles: dict[int, Trouble], checker: Checker) -> None:
        """Take a checker's cases: those that passed are no tests, the others count wherever they stand."""
        self.checks.meet(checker)
        self.checks.count(len(cases))
        failing = {place: trouble for place, trouble in troubles.items() if trouble.worst}
        self.total += len(failing)
        for place, trouble in failing.items():
            self.counts[trouble.worst] += 1
            if not self.tested:
                reason = trouble.detail[: self.max_text]
                suite = self.open_suites[-1].name[: self.max_text]
                self.items += self.checks.take(checker, cases[place], trouble.worst, suite, reason)
            elif self.keep:
                self._keep([cases[place]], {0: trouble})

    def _keep(self, cases: list[Attributes], troubles: dict[int, Trouble]) -> None:
        suite = self.open_suites[-1].name
        self.items += [
            kept(case, troubles.get(place, NO_TROUBLE), suite, self.durations, self.max_text)
            for place, case in enumerate(cases)
        ]

    def _trouble(self) -> Trouble | None:
        """Find what is known of the open case; None outside any, where a suite itself speaks."""
        if not self.cases or self.depth() < self.suite_depth + 2:
            return None
        return self.troubles.setdefault(len(self.cases) - 1, Trouble())

    def goes_wrong(self, attributes: Attributes, outcome: int) -> None:
        self.bad_elements += 1
        trouble = self._trouble()
        if trouble is None:
            self.open_suites[-1].broken = True
        elif outcome > trouble.worst:
            trouble.worst, trouble.detail = outcome, ""
        if self.keeps_text:
            self.text = [attributes.get("message", "")]
            if not self.text[0].strip():
                self.listen(self._hear)

    def _hear(self, text: str) -> None:
        if sum(map(len, self.text)) < self.max_text:
            self.text.append(text)

    def keep_reason(self) -> None:
        if not self.keeps_text:
            return
        self.listen(None)
        detail = next(iter("".join(self.text).strip().splitlines()), "")[: self.max_text]
        # The element has ended: its parent is the innermost that is open.
        inside = self.troubles.get(len(self.cases) - 1) if self.depth() > self.suite_depth else None
        speaker = inside or self.open_suites[-1]
        speaker.detail = speaker.detail or detail

    def is_skipped(self, attributes: Attributes) -> None:
        trouble = self._trouble()
        if trouble is not None:
            self.skipped_elements += 1
            self.turns.skipped()
            trouble.todo = trouble.todo or attributes.get("type") == "todo"
            trouble.worst = max(trouble.worst, SKIPPED)

    def other_element(self, name: str, attributes: Attributes) -> None:
        """Take an element that no writer is known for: what is not harmless did not pass."""
        below = self.depth() - self.suite_depth
        if below == 1:
            self._close_cases(complete=True)  # what stands beside the cases is in none of them
            if spoils_suite(name):
                self.bad_elements += 1
                self.open_suites[-1].broken = True
                self._explain(self.open_suites[-1], name, attributes)
        elif below == 2 and self.cases and (outcome := outcome_of_element(name)):
            if outcome == SKIPPED:
                self.is_skipped(attributes)
                return
            self.bad_elements += 1
            trouble = self.troubles.setdefault(len(self.cases) - 1, Trouble())
            trouble.worst = ERROR
            self._explain(trouble, name, attributes)

    def _explain(self, speaker: Trouble | Suite, name: str, attributes: Attributes) -> None:
        reason = attributes.get("message") or f"<{printable(name)}> is no known result of a test"
        speaker.detail = speaker.detail or reason[: self.max_text]

    def was_flaky(self, _: Attributes) -> None:
        trouble = self._another_try()
        if trouble is not None:
            trouble.passed_late = True

    def fails_again(self, outcome: int) -> None:
        trouble = self._another_try()
        if trouble is not None:
            trouble.failed_again = max(trouble.failed_again, outcome)

    def _another_try(self) -> Trouble | None:
        # Surefire counts every try in the suite's declared totals and lists all but the last inside the case.
        self.listed += 1
        self.bad_elements += 1
        return self._trouble()

    @property
    def checked_only(self) -> bool:
        """Tell whether the report is a checker's, without a single test."""
        return self.checks.met and not self.tested

    def why_not(self) -> str | None:
        """Tell why this run is none; None where it did its work."""
        if self.total == self.broken:
            return self.shortfall or (
                "The report lists no test case: nothing was tested. Check that the tests are found, and run"
                " them."
            )
        if self.shortfall is None and self.counts[SKIPPED] == self.total:
            advice = _ONE_FILE if (self.root_name or "").startswith(_SUBTESTS) else "Run at least one."
            return f"Every one of the {self.total} test cases was skipped: nothing was tested. {advice}"
        bad = self.counts[FAILED] + self.counts[ERROR]  # a failed test keeps those after it from running
        return self.shortfall or (None if bad else self.turns.why_not())

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
        if (duration := self.durations.total) is not None:
            values["tests.duration"] = duration
        return values
