"""Durations as test tools write them: seconds, at times in a language's own notation, at times nonsense."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 1e12  # seconds; what is longer, not finite or not a number is no duration
_GROUPED = re.compile(r"-?\d{1,3}(?:([., '\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_NUMBER = re.compile(r"-?[\d., '\u00a0\u202f]+")
_EITHER = re.compile(r"-?[1-9]\d{0,2},\d{3}")  # 1,234 is 1.234 in one language and 1234 in another


class DurationSum:
    """Adds durations up, in seconds, and remembers whether there were any and whether all could be read.

    `1,234` alone can be either of two durations. The report's other durations tell which: `0,160` that its
    comma is a decimal one, `1,234.5` or `0.5` that it groups. Where nothing or both is said, nothing is
    measured.
    """

    def __init__(self) -> None:
        self._sum = 0.0
        self._either = 0.0  # the sum of those that can be either, read with a decimal comma
        self._any = False
        self._all_readable = True
        self._decimal_comma = self._decimal_point = False

    def add(self, texts: Iterable[str | None]) -> None:
        """Add the durations that are given; a negative or endless one counts as 0."""
        given = list(filter(None, texts))
        if not given:
            return
        self._any = True
        try:
            seconds = list(map(float, given))
        except ValueError:
            self._add_one_by_one(given)
            return
        self._decimal_point = self._decimal_point or "." in "".join(given)
        total = sum(seconds)
        if min(seconds) >= 0.0 and total < _LONGEST:  # false as well where one is not a number
            self._sum += total
        else:
            self._add_one_by_one(given)

    def note(self, text: str | None) -> None:
        """Learn the notation from a duration that does not count, as a suite's own."""
        if not text or (self._decimal_point and "," not in text):
            return
        text = text.strip()
        if _EITHER.fullmatch(text):
            return
        marks = [mark for mark in text if mark in ",."]
        if not marks or not _NUMBER.fullmatch(text):
            return
        # The last mark is the decimal one, unless it stands there twice, which only separators of groups do.
        comma = (marks[-1] == ",") is (marks.count(marks[-1]) == 1)
        self._decimal_comma, self._decimal_point = (
            self._decimal_comma or comma,
            self._decimal_point or not comma,
        )

    def seconds_of(self, text: str) -> float:
        """Read a duration in the notation that is known so far; 0 where it is none or can be either."""
        if _EITHER.fullmatch(text.strip()):
            return max(0.0, self._read_either(float(text.replace(",", "."))) or 0.0)
        return seconds_of(text) or 0.0

    def _add_one_by_one(self, given: list[str]) -> None:
        for text in given:
            self.note(text)
            if _EITHER.fullmatch(text.strip()):
                self._either += max(0.0, float(text.replace(",", ".")))
                continue
            seconds = seconds_of(text)
            self._all_readable = self._all_readable and seconds is not None
            self._sum += seconds or 0.0

    def _read_either(self, decimal: float) -> float | None:
        if self._decimal_comma == self._decimal_point:
            return None
        return decimal if self._decimal_comma else decimal * 1000

    @property
    def total(self) -> float | None:
        """Give the sum to the microsecond; None where nothing was given or something could not be read."""
        either = self._read_either(self._either) if self._either else 0.0
        mixed = self._decimal_comma and self._decimal_point
        if not self._any or not self._all_readable or mixed or either is None:
            return None
        return round(self._sum + either, 6)


def seconds_of(text: str) -> float | None:
    """Read a duration, with separators of thousands or a decimal comma if need be; None where it is none.

    A negative or endless duration is 0. What can be either of two durations (`1,234`) is None.
    """
    try:
        seconds = float(text)
    except ValueError:
        text = text.strip()
        if _EITHER.fullmatch(text):
            return None
        match = _GROUPED.fullmatch(text)
        if match and not text.lstrip("-").startswith("0"):
            text = text.replace(match[1], "")
        try:
            seconds = float(text.replace(",", "."))
        except ValueError:
            return None
    return seconds if 0.0 <= seconds < _LONGEST else 0.0
