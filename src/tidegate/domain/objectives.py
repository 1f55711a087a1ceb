"""Objectives: the share of probes that is to be good over a window, and what is left of the error budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from tidegate.domain.errors import Invalid
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import DAY, HOUR, DayOfProbes, HourOfProbes, Sample, day_of, hour_of

MOST_DAYS = 90
MOST_LATENCY_MS = 60_000
PARTS = 100_000
"""Shares are kept in these parts, so that 99.999 % is a whole number."""
FAST_BURN = Fraction(144, 10)
"""What would use up 2 % of a budget of 30 days within an hour."""
_FAST = (timedelta(hours=1), timedelta(minutes=5))
_UP = (HealthState.PASS, HealthState.WARN)
_LEAST_PROBES = 3
_LEAST = timedelta(microseconds=1)


class ObjectiveKind(StrEnum):
    """What makes a probe a good one: that it found the target up, or that it was quick enough."""

    AVAILABILITY = "availability"
    LATENCY = "latency"


class ObjectiveState(StrEnum):
    """How an objective is; `unmeasured` is neither met nor missed."""

    MET = "met"
    BURNING = "burning"
    EXHAUSTED = "exhausted"
    UNMEASURED = "unmeasured"


class Resolution(StrEnum):
    """What the figures are exact to, where a window begins within it."""

    PROBE = "probe"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at: `target` is the share of good probes in `PARTS`, over the last `days`.

    `latency_ms` is what a good probe does not exceed, None for availability.
    """

    kind: ObjectiveKind
    target: int
    days: int
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """An aim of a target; `version` counts its edits from 1."""

    component: str
    environment: str
    name: str
    aim: Aim
    version: int
    created_at: datetime
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class ObjectiveFigures:
    """How an objective is at a moment.

    `share` is the share of good probes, `budget_left` the share of the error budget that is left (below 0
    where it is overdrawn), `burn_rate` how many times faster than allowed it was used within the last hour,
    or by the last three probes where it holds fewer. They are None where there was no probe. `measured` is
    the share of the window since the first probe in it.
    """

    start: datetime
    end: datetime
    probes: int
    bad: int
    share: float | None
    budget_left: float | None
    burn_rate: float | None
    measured: float
    resolution: Resolution
    state: ObjectiveState


def checked_aim(aim: Aim) -> Aim:
    """Return an aim that can be measured; raises `Invalid` naming every fault."""
    faults: list[tuple[str, str]] = []
    if not PARTS // 2 <= aim.target < PARTS:
        faults.append(("target", "write a percentage from 50 and below 100, such as 99.9"))
    if not 1 <= aim.days <= MOST_DAYS:
        faults.append(("days", f"write 1 to {MOST_DAYS} days"))
    if aim.kind is ObjectiveKind.LATENCY:
        if aim.latency_ms is None or not 1 <= aim.latency_ms <= MOST_LATENCY_MS:
            faults.append(("latency_ms", f"write 1 to {MOST_LATENCY_MS:,} milliseconds"))
    elif aim.latency_ms is not None:
        faults.append(("latency_ms", "availability has no latency: leave it out, or write the kind latency"))
    if faults:
        told = "; ".join(f"{where}: {what}" for where, what in faults)
        raise Invalid(f"This objective cannot be kept. {told}.", tuple(faults))
    return aim


def window_of(aim: Aim, now: datetime) -> datetime:
    """Return where the window of an objective begins."""
    return now - aim.days * DAY


def measure(
    aim: Aim, days: Sequence[DayOfProbes], samples: Sequence[Sample], now: datetime
) -> ObjectiveFigures:
    """Count what probes found within the window: in whole hours, or days of latencies, where no more is kept.

    The budget is that of the whole window at the rate of the probes since the first one: the first failure
    of a target that is new does not use it up.
    """
    start = window_of(aim, now)
    kept = [one for one in samples if start <= one.at <= now]
    bad = sum(not _is_good(aim, one) for one in kept)
    probes, first, resolution = len(kept), min((one.at for one in kept), default=None), Resolution.PROBE
    for day in days:
        counted, bad_then, began = _in_day(aim, day, start)
        if not counted:
            continue
        probes, bad = probes + counted, bad + bad_then
        first = began if first is None else min(first, began)
        resolution = Resolution.HOUR if aim.kind is ObjectiveKind.AVAILABILITY else Resolution.DAY
    if first is None:
        none = None
        return ObjectiveFigures(
            start, now, 0, 0, none, none, none, 0.0, resolution, ObjectiveState.UNMEASURED
        )
    window = now - start
    span = min(max(now - first, HOUR), window)
    whole = Fraction(window // _LEAST, span // _LEAST)
    allowed = Fraction(PARTS - aim.target, PARTS) * probes * whole
    left = 1 - bad / allowed
    burns = [_burn(aim, kept, now - back) for back in _FAST]
    return ObjectiveFigures(
        start,
        now,
        probes,
        bad,
        float(Fraction(probes - bad, probes)),
        float(left),
        None if burns[0] is None else float(burns[0]),
        span / window,
        resolution,
        _state(left, burns),
    )


def _state(left: Fraction, burns: Sequence[Fraction | None]) -> ObjectiveState:
    if left <= 0:
        return ObjectiveState.EXHAUSTED
    if all(burn is not None and burn >= FAST_BURN for burn in burns):
        return ObjectiveState.BURNING
    return ObjectiveState.MET


def _burn(aim: Aim, samples: Sequence[Sample], since: datetime) -> Fraction | None:
    """Return how many times faster than allowed the budget was used since then; None of too few probes.

    Where fewer were made since then, the last ones count: a target that is down is asked less often, and one
    that nobody asks any more is as it was.
    """
    recent = [one for one in samples if one.at >= since]
    if len(recent) < _LEAST_PROBES:
        recent = sorted(samples, key=lambda one: one.at)[-_LEAST_PROBES:]
    if len(recent) < _LEAST_PROBES:
        return None
    bad = sum(not _is_good(aim, one) for one in recent)
    return Fraction(bad, len(recent)) / Fraction(PARTS - aim.target, PARTS)


def _is_good(aim: Aim, sample: Sample) -> bool:
    """Tell whether a probe found the target up, and quickly enough: a refusal is quick as well."""
    return sample.state in _UP and (aim.latency_ms is None or sample.latency_ms <= aim.latency_ms)


def _in_day(aim: Aim, day: DayOfProbes, start: datetime) -> tuple[int, int, datetime]:
    """Return how many probes of a day that was summed up count, how many are bad, and when they began.

    Of latencies the sums do not tell which of the slow ones failed as well: those count twice.
    """
    if aim.latency_ms is not None:
        began = min((hour.start for hour in day.hours), default=start)
        if not day.hours or day_of(began) < day_of(start):
            return 0, 0, began
        probes = sum(day.latencies.values())
        slow = sum(count for bound, count in day.latencies.items() if bound > aim.latency_ms)
        return probes, min(probes, slow + _down(day.hours)), max(day_of(began), start)
    hours = [hour for hour in day.hours if hour.start >= hour_of(start)]
    return (
        sum(hour.probes for hour in hours),
        _down(hours),
        max(min((hour.start for hour in hours), default=start), start),
    )


def _down(hours: Sequence[HourOfProbes]) -> int:
    return sum(hour.probes - sum(hour.counts[state] for state in _UP) for hour in hours)
