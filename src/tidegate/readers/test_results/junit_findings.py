"""What a linter, type checker or scanner says in JUnit XML: its findings where each case is one."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.domain.findings import Finding, Severity
from tidegate.readers.base import Reading
from tidegate.readers.findings.ruff import NOT_CHECKED
from tidegate.readers.findings.secret_words import secret_message, without_secret
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.test_results.junit_checkers import Checker, why_no_tests
from tidegate.readers.test_results.junit_words import ERROR, SKIPPED
from tidegate.readers.xml import Attributes, declared

_NOT_CHECKED = NOT_CHECKED | {""}


class CheckerRun:
    """The checkers that one report is of, and what those whose cases are findings found."""

    def __init__(self) -> None:
        self._checkers: dict[str, Checker] = {}
        self._counts = SeverityCounts()
        self._not_checked = self._cases = 0

    @property
    def met(self) -> bool:
        """Tell whether the report names any checker."""
        return bool(self._checkers)

    def meet(self, checker: Checker) -> None:
        """Remember that the report names a checker."""
        self._checkers.setdefault(checker.tool, checker)

    def count(self, cases: int) -> None:
        """Count the cases that the checkers made up, passed ones included."""
        self._cases += cases

    def take(
        self, checker: Checker, case: Attributes, outcome: int, suite: str, reason: str
    ) -> Iterator[Finding]:
        """Take a case that did not pass; gives the finding that it is."""
        if not checker.counts or outcome == SKIPPED:
            return
        rule = case.get("name", "").removeprefix("org.").removeprefix(checker.tool).removeprefix(".")
        if outcome == ERROR or (checker.tool == "ruff" and rule in _NOT_CHECKED):
            self._not_checked += 1
        self._counts.add(Severity.UNRATED)
        line = declared(case, "line") or None
        # secretlint borrows ESLint's form, and its messages may hold what it found.
        text = secret_message(rule) if rule.startswith("@secretlint/") else without_secret(reason)
        yield Finding(checker.tool, rule, text, Severity.UNRATED, suite, line)

    def reading(self, shortfall: str | None) -> Reading:
        """Give what the report says as the checker's."""
        checkers = list(self._checkers.values())
        first = checkers[0]
        if len(checkers) > 1 or not first.counts:
            return Reading("junit", first.kind, first.tool, {}, ran=False, why_not=why_no_tests(checkers))
        why_not = shortfall
        if not self._cases:
            why_not = (
                f"{first.tool} lists no file that it checked. Run {first.remake}, and send what it writes."
            )
        elif self._not_checked:
            why_not = (
                f"{first.tool} could not read or parse {self._not_checked} files. Repair them, and run"
                f" {first.remake}."
            )
        measures = self._counts.measures(rates=False, tells_suppressed=False)
        return Reading("junit", first.kind, first.tool, measures, ran=why_not is None, why_not=why_not)
