"""What suites declare of their cases, held against what they list, while JUnit XML streams by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.readers.base import MAX_COUNT
from tidegate.readers.test_results.junit_cases import Trouble
from tidegate.readers.test_results.junit_checkers import Checker
from tidegate.readers.test_results.junit_words import ERROR, declared_outcomes
from tidegate.readers.xml import Attributes, declared, printable

PYTEST_ROOT = "pytest tests"
_PYTEST_SUITE = ("name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname")
_VITEST_SUITE = ("name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time")
_FRACTION = re.compile(rb'<test(?:suite|case)\s[^>]*?\stime="\d+\.(\d+)"')
_TYPE_TESTS = re.compile(r"-d\.[cm]?[jt]sx?$")  # Vitest only checks their types, which takes no time
_AGAIN = "Run the tests again and send the whole report."


def has_coarse_clock(head: bytes) -> bool:
    """Tell whether a report counts whole milliseconds, as Vitest before 2 does: a quick file takes none."""
    digits = [len(found) for found in _FRACTION.findall(head)]
    return bool(digits) and max(digits) <= 3


class CaseCounts(NamedTuple):
    """How many cases, bad results, skipped results and passed cases were listed."""

    cases: int
    bad: int
    skipped: int
    passed: int

    def since(self, before: CaseCounts) -> CaseCounts:
        """Give what was listed since then."""
        return CaseCounts(
            self.cases - before.cases,
            self.bad - before.bad,
            self.skipped - before.skipped,
            self.passed - before.passed,
        )


@dataclass(slots=True)
class Suite:
    """An open suite or group: what it declares, and what was listed when it opened.

    `missing` counts cases that suites inside it declare and do not list, with nothing there to explain them.
    `unended` is a file whose worker Vitest lost: it has no duration, and its `killed` cases stand there as if
    they had passed.
    """

    name: str
    tests: int | None
    bad: int | None
    not_run: int | None
    depth: int
    before: CaseCounts
    pytest: bool
    checker: Checker | None
    tested: bool = False  # a case that no checker makes up was met in it
    missing: int = 0
    unended: bool = False
    killed: int = 0
    broken: bool = False
    detail: str = ""

    @classmethod
    def open(
        cls, attributes: Attributes, depth: int, before: CaseCounts, *, pytest: bool, checker: Checker | None
    ) -> Suite:
        """Take what a suite declares as it starts."""
        name = attributes.get("name", "")
        bad, not_run = declared_outcomes(attributes)
        return cls(
            name,
            declared(attributes, "tests"),
            bad,
            not_run,
            depth,
            before,
            pytest or name == "pytest" or tuple(attributes) == _PYTEST_SUITE,
            checker,
            unended=(
                attributes.get("time") == "0"
                and tuple(attributes) == _VITEST_SUITE
                and _TYPE_TESTS.search(name) is None
            ),
        )

    def mark_killed(self, cases: list[Attributes], troubles: dict[int, Trouble]) -> None:
        """Mark the cases that an unended file lists without a result and without a duration."""
        for place, case in enumerate(cases):
            if case.get("time") == "0" and place not in troubles:
                troubles[place] = Trouble(ERROR, detail="it never ended: its worker may have been killed")
                self.killed += 1

    def check_end(self, listed: CaseCounts) -> None:
        """Let an unended file count as broken where none of its cases tells that."""
        inside = listed.since(self.before)
        if not inside.cases or (inside.passed and not self.killed):
            self.broken = True
            self.detail = self.detail or "The file never came to its end: its worker may have been killed."

    def declares_more_than(self, listed: int) -> bool:
        """Tell whether the suite declares more than that all of so many listed cases passed; quick to ask."""
        listed -= self.before.cases
        return bool(self.missing or self.bad or self.not_run or (self.tests or 0) > listed)

    def says(self, what: str) -> str:
        """Name the suite in a message that something is missing."""
        where = f"The suite {printable(self.name)!r}" if self.name else "A suite"
        return f"{where} declares {what}: results are missing. {_AGAIN}"


@dataclass(frozen=True, slots=True)
class Account:
    """What a suite's declared totals add to what it lists.

    `unlisted` cases were skipped and left out of the list; `unmarked` ones are listed like passed cases, but
    the suite declares that so many more were skipped. `missing` cases are explained by nothing here; `lost`
    says what of the suite's own is missing.
    """

    unlisted: int = 0
    unmarked: int = 0
    missing: int = 0
    lost: str | None = None


def account(suite: Suite, listed: CaseCounts) -> Account:
    """Hold what a suite declares against what it lists, as it ends."""
    if suite.bad is not None and suite.bad > listed.bad:
        return Account(lost=suite.says(f"{suite.bad} failures and errors but lists {listed.bad}"))
    missing = max(0 if suite.tests is None else suite.tests - listed.cases, suite.missing)
    # What is listed as bad beyond what is declared as bad may be what the suite calls not run.
    skipped = listed.skipped + listed.bad - (suite.bad or 0)
    more = min(max(0, (suite.not_run or 0) - skipped), MAX_COUNT // 2)
    if missing > more and _counts_subtests(suite, listed):
        return Account()
    unlisted = min(more, missing)
    unmarked = min(more - unlisted, listed.passed)
    unlisted = more - unmarked
    missing = max(0, missing - unlisted)
    if not missing:
        return Account(unlisted, unmarked)
    own = suite.tests is not None and suite.tests - listed.cases > suite.missing
    lost = suite.says(f"{suite.tests} tests but lists {listed.cases}") if own else None
    return Account(unlisted, unmarked, missing, lost)


def _counts_subtests(suite: Suite, listed: CaseCounts) -> bool:
    """Tell whether pytest counted passed subtests, which it does not list, and all else is there."""
    return suite.pytest and listed.cases > 0 and suite.bad == listed.bad and suite.not_run == listed.skipped
