"""Tests of Playwright that did not get their turn: its JUnit lists them as skipped, and says no more."""

from __future__ import annotations

from tidegate.readers.xml import Attributes, OnStart

_PLAYWRIGHT_SUITE = ("name", "timestamp", "hostname", "tests", "failures", "skipped", "time", "errors")
_ASKED = frozenset({"skip", "fixme"})  # annotations, which Playwright writes as properties of a case


class Turns:
    """Counts skipped cases that no annotation asked to skip, as after `--global-timeout` or an interrupt.

    `starts` is what the parser calls, so that properties are heard in Playwright's suites alone; `cases` are
    those that came last.
    """

    def __init__(self, starts: dict[str, OnStart], cases: list[Attributes]) -> None:
        self.missed = 0
        self._starts = starts
        self._cases = cases
        self._file: str | None = None
        self._asked: Attributes | None = None  # the last case with such an annotation

    def suite_starts(self, attributes: Attributes) -> None:
        """Note whether Playwright writes the suite that starts, and of which file."""
        self._file = attributes.get("name") if tuple(attributes) == _PLAYWRIGHT_SUITE else None
        if self._file is None:
            self._starts.pop("property", None)
        else:
            self._starts["property"] = self._property

    def _property(self, attributes: Attributes) -> None:
        if self._cases and attributes.get("name") in _ASKED:
            self._asked = self._cases[-1]

    def skipped(self) -> None:
        """Take the open case, which was skipped; before 1.34 each is of another class, and tells less."""
        case = self._cases[-1]
        if self._file is not None and case.get("classname") == self._file and case is not self._asked:
            self.missed += 1

    def why_not(self) -> str | None:
        """Tell that the run was stopped, for a report in which no test failed."""
        if not self.missed:
            return None
        return (
            f"{self.missed} test(s) did not get their turn, and nothing asked to skip them: the run was"
            " interrupted, or stopped by `--global-timeout`. Let it run to its end."
        )
