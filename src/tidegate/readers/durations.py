"""Durations as test tools write them: seconds, at times in a language's own notation, at times nonsense."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 1e12  # seconds; what is longer, not finite or not a number is no duration
_GROUPED = re.compile(r"-?\d{1,3}(?:([., '\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")


class Clock:
    """Adds durations up, in seconds, and remembers whether there were any and whether all could be read."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._any = False
        self._all_readable = True

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
        total = sum(seconds)
        if min(seconds) >= 0.0 and total < _LONGEST:  # false as well where one is not a number
            self._sum += total
        else:
            self._add_one_by_one(given)

    def _add_one_by_one(self, given: list[str]) -> None:
        for text in given:
            seconds = seconds_of(text)
            self._all_readable = self._all_readable and seconds is not None
            self._sum += seconds or 0.0

    @property
    def total(self) -> float | None:
        """Give the sum to the microsecond; None where nothing was given or something could not be read."""
        return round(self._sum, 6) if self._any and self._all_readable else None


def seconds_of(text: str) -> float | None:
    """Read a duration, with separators of thousands or a decimal comma if need be; None where it is none.

    `1,234` can be either: the larger value is taken, so that a bound on the duration cannot pass by it.
    A negative or endless duration is 0.
    """
    try:
        seconds = float(text)
    except ValueError:
        text = text.strip()
        match = _GROUPED.fullmatch(text)
        if match and not text.lstrip("-").startswith("0"):
            text = text.replace(match[1], "")
        try:
            seconds = float(text.replace(",", "."))
        except ValueError:
            return None
    return seconds if 0.0 <= seconds < _LONGEST else 0.0
