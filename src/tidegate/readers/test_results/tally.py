"""Counts test cases by how they ended, for the formats that list them one by one."""

from __future__ import annotations

import re

from tidegate.domain.findings import Outcome
from tidegate.domain.measures import Value

_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_LONGEST = 1e12  # seconds; what is longer or below zero is no duration
_MEASURES = {
    Outcome.PASSED: "tests.passed",
    Outcome.FAILED: "tests.failed",
    Outcome.ERROR: "tests.errors",
    Outcome.SKIPPED: "tests.skipped",
}


class Tally:
    """How many cases ended how, and how long they took."""

    __slots__ = ("_counts", "_seconds", "_timed", "flaky")

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_MEASURES, 0)
        self._seconds = 0.0
        self._timed = False
        self.flaky = 0

    def add(self, outcome: Outcome, seconds: float | None = None, *, flaky: bool = False) -> None:
        """Count one case; `seconds` is None where the report does not say how long it took."""
        self._counts[outcome] += 1
        self.flaky += flaky
        if seconds is not None:
            self._timed = True
            self._seconds += sound_seconds(seconds)

    def add_passed(self, count: int) -> None:
        """Count so many cases that passed, of which the report does not say how long they took."""
        self._counts[Outcome.PASSED] += count

    def count(self, outcome: Outcome) -> int:
        """Return how many cases ended so."""
        return self._counts[outcome]

    @property
    def total(self) -> int:
        """Return how many cases there are."""
        return sum(self._counts.values())

    @property
    def bad(self) -> int:
        """Return how many cases failed or broke."""
        return self._counts[Outcome.FAILED] + self._counts[Outcome.ERROR]

    def measures(self, suites: int | None = None, *, tells_flaky: bool = False) -> dict[str, Value]:
        """Give the measures; what the format cannot tell is left out."""
        values: dict[str, Value] = {"tests.total": self.total}
        values.update({measure: self._counts[outcome] for outcome, measure in _MEASURES.items()})
        if tells_flaky:
            values["tests.flaky"] = self.flaky
        if suites is not None:
            values["tests.suites"] = suites
        if self._timed and self._seconds < _LONGEST:
            values["tests.duration"] = round(self._seconds, 6)
        return values

    def why_nothing(self, what: str = "test case") -> str | None:
        """Say why the cases show that nothing was tested; None where one ran."""
        if not self.total:
            return (
                f"The report lists no {what}: nothing was tested. Check that the tests are found, and run"
                " them."
            )
        if self._counts[Outcome.SKIPPED] == self.total:
            return f"Every one of the {self.total} {what}s was skipped: nothing was tested. Run at least one."
        return None


def sound_seconds(seconds: float) -> float:
    """Return a duration, or 0 for one that cannot be."""
    return seconds if 0.0 <= seconds < _LONGEST else 0.0


def first_line(text: str, most: int) -> str:
    """Return a message's first line that says something, without colours and cut after `most` characters."""
    plain = _COLOUR.sub("", text) if "\x1b" in text else text
    return next((line.strip() for line in plain.splitlines() if line.strip()), "")[:most]
