"""When a target is asked next: once an interval, less often where nothing answers or it asks for patience."""

from __future__ import annotations

from datetime import datetime, timedelta

from tidegate.domain.probing import ProbeReading

LEASE = timedelta(seconds=3)
"""For so long a target that was taken is left to who took it; who asks for longer takes it again in time."""
_PATIENT = 5  # probes without an answer, after which a target is asked less often
_LEAST_OFTEN = timedelta(minutes=5)
_SPREAD = 0.1  # of an interval, by which probes begin earlier: what came at once is not asked at once forever


def next_probe_at(reading: ProbeReading, every: timedelta, *, unanswered: int, share: float) -> datetime:
    """Return when a target is asked next.

    `unanswered` counts the probes in a row that nothing answered; `share`, from 0 to 1, is how much of the
    spread comes off the interval.
    """
    wait = timedelta(seconds=reading.retry_after or 0)
    if unanswered > _PATIENT:
        wait = max(wait, min(every * 2 ** min(unanswered - _PATIENT, 8), max(_LEAST_OFTEN, every)))
    begun = reading.at - timedelta(milliseconds=reading.latency_ms)
    return max(begun + every * (1 - _SPREAD * share), reading.at + wait)
