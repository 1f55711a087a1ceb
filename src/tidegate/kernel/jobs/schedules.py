"""When something is due again and again: occurrences on a grid of time, all of it in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self

# A Monday, so that weeks are counted from one.
_START = datetime(1970, 1, 5, tzinfo=UTC)
_DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Occurrences that are `period` apart, the first of them `offset` after the start of a week.

    An occurrence is a moment on that grid and depends on nothing else: not on when a process started, nor on
    how many there are. Whoever looks at the same time names the same occurrence.
    """

    period: timedelta
    offset: timedelta = timedelta()

    def __post_init__(self) -> None:
        """Refuse a grid without width."""
        if self.period < timedelta(seconds=1):
            raise ValueError(f"a schedule's period is at least one second, not {self.period}")

    @classmethod
    def every(cls, *, minutes: int) -> Self:
        """Occur every so many minutes, counted from midnight where they divide a day."""
        return cls(timedelta(minutes=minutes))

    @classmethod
    def daily(cls, at: str) -> Self:
        """Occur every day `at` a time in UTC, written `02:30`."""
        return cls(_DAY, _since_midnight(at))

    @classmethod
    def weekly(cls, day: str, at: str) -> Self:
        """Occur once a week on a `day` such as `sunday`, `at` a time in UTC, written `02:30`."""
        if day.lower() not in WEEKDAYS:
            raise ValueError(f"{day!r} is no day of the week: write one of {', '.join(WEEKDAYS)}")
        return cls(7 * _DAY, WEEKDAYS.index(day.lower()) * _DAY + _since_midnight(at))

    def latest(self, now: datetime) -> datetime:
        """Return the newest occurrence that is not after `now`."""
        first = _START + self.offset
        return first + (now - first) // self.period * self.period

    def following(self, moment: datetime) -> datetime:
        """Return the first occurrence after `moment`."""
        return self.latest(moment) + self.period


def _since_midnight(text: str) -> timedelta:
    try:
        at = time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day: write hours and minutes, such as 02:30") from None
    if at.tzinfo is not None:
        raise ValueError(f"{text!r} names a time zone: schedules are in UTC, write 02:30")
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
