"""The time that a report gives of itself, as the oldest moment that it can mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from tidegate.domain.evidence import EARLIEST_ZONE
from tidegate.readers.durations import seconds_of

_FIRST_YEAR = 1990  # what is older is no time but a place holder: 0001-01-01, the epoch, a zip file's 1980


_SECONDS = range(9, 12)  # digits of a time in seconds since 1970; in milliseconds there are three more


def epoch_time(text: object) -> datetime | None:
    """Read seconds or milliseconds since 1970, as coverage tools write them; None for anything else."""
    digits = text if isinstance(text, str) and text.isascii() and text.isdigit() else ""
    if len(digits) in _SECONDS:
        return own_time(datetime.fromtimestamp(int(digits), UTC).isoformat())
    if len(digits) - 3 in _SECONDS:
        return epoch_time(digits[:-3])
    return None


def own_time(text: object, *, zone: timezone = EARLIEST_ZONE) -> datetime | None:
    """Read a date with its time; `zone` is meant where the text names none. None for anything else.

    It is the first of all zones, unless the format says which: no report is taken for younger than it is.
    `in_timezone` knows by that zone which times name none.
    A text that is no time is no reason to refuse a report: the time of its file counts then, as for all
    reports that give none.
    """
    if not isinstance(text, str) or not 10 < len(text.strip()) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        told = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if told.year < _FIRST_YEAR:
        return None
    return told if moment.tzinfo or zone is not EARLIEST_ZONE else moment.replace(tzinfo=zone)


def in_timezone(moment: datetime | None, name: str) -> datetime | None:
    """Give a report's own time in UTC; one that names no zone is of the zone of that name, if given."""
    if moment is None:
        return None
    if name and moment.tzinfo is EARLIEST_ZONE:
        from zoneinfo import ZoneInfo  # slow to import, and asked for by few

        moment = moment.replace(tzinfo=ZoneInfo(name))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def first_end(known: datetime | None, start: str | None, seconds: str | None) -> datetime | None:
    """Return when the first of several suites was over, given the one that is known and the next one."""
    moment = own_time(start)
    if moment is None:
        return known
    try:
        moment += timedelta(seconds=seconds_of(seconds or "") or 0)
    except OverflowError:
        return known
    return moment if known is None else min(known, moment)
