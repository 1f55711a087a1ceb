"""Moments as documents hold them: RFC 3339 in UTC, one spelling each."""

from __future__ import annotations

from datetime import UTC, datetime


def write_time(moment: datetime) -> str:
    """Write a moment as `2026-01-31T12:00:00.000Z`; microseconds only where there are some.

    Raises `ValueError` for a moment without a time zone: it would mean something else on every machine.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; Tidegate's moments are timezone-aware")
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def read_time(text: str) -> datetime:
    """Read an RFC 3339 moment with its offset; raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; end it with Z or an offset")
    return moment.astimezone(UTC)


def is_timezone(name: str) -> bool:
    """Tell whether there is a time zone of that IANA name."""
    from zoneinfo import ZoneInfo  # slow to import, and asked for by few

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # none of that name is a KeyError, a folder an OSError
        return False
    return True
