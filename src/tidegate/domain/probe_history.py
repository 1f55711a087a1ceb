"""The history of probes: each probe for some days, each hour beyond, packed so that a year stays small."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tidegate.domain.health_words import HealthState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATENCY_STEP = 1.1
"""Beyond the days of which every probe is kept, latencies are told up to the next of these steps."""
MOST_LATENCY = 65_535
"""Milliseconds; no probe may take longer."""
_STATES = tuple(HealthState)
_SAMPLE = struct.Struct("<HBHH")
_STATE_AT = struct.calcsize("<H")
_HOUR = struct.Struct("<BHHHHIH")
_COUNT = struct.Struct("<BH")
_TENTH = timedelta(milliseconds=100)


def _bounds() -> tuple[int, ...]:
    bounds, bound = [0, 1], 1.0
    while bounds[-1] < MOST_LATENCY:
        bound *= LATENCY_STEP
        if int(bound) > bounds[-1]:
            bounds.append(min(int(bound), MOST_LATENCY))
    return tuple(bounds)


_BOUNDS = _bounds()


@dataclass(frozen=True, slots=True)
class Sample:
    """One probe: when (to a tenth of a second), how it was, in how many milliseconds, by which status.

    `status` is None where nothing answered.
    """

    at: datetime
    state: HealthState
    latency_ms: int
    status: int | None


@dataclass(slots=True)
class HourOfProbes:
    """The probes of one hour: how many found which state, and their latencies in milliseconds."""

    start: datetime
    counts: Counter[HealthState] = field(default_factory=Counter)
    latency_sum: int = 0
    latency_max: int = 0

    @property
    def probes(self) -> int:
        """How many probes there were."""
        return sum(self.counts.values())

    @property
    def uptime(self) -> float | None:
        """The share of probes that found it up (`pass` or `warn`); None without a probe."""
        return share_up(self.counts)

    @property
    def latency_mean(self) -> int | None:
        """The mean latency, None without a probe."""
        probes = self.probes
        return round(self.latency_sum / probes) if probes else None

    def add(self, sample: Sample) -> None:
        """Count one probe."""
        self.counts[sample.state] += 1
        self.latency_sum += sample.latency_ms
        self.latency_max = max(self.latency_max, sample.latency_ms)


@dataclass(frozen=True, slots=True)
class DayOfProbes:
    """The probes of one day in UTC: its hours, and how many latencies lie below each step."""

    hours: tuple[HourOfProbes, ...]
    latencies: Counter[int]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds that 50, 95 and 99 of 100 probes did not exceed."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True, slots=True)
class ProbeHistory:
    """What probes found between two moments: the hours, oldest first, and figures over all of it.

    `exact` is False where latencies are told in steps of `LATENCY_STEP`. `uptime` and `latency_ms` are None
    without a probe: what was not measured was not up.
    """

    hours: tuple[HourOfProbes, ...]
    uptime: float | None
    probes: int
    latency_ms: Latencies | None
    exact: bool


def share_up(counts: Mapping[HealthState, int]) -> float | None:
    """Return the share of `pass` and `warn`; `unknown` does not count as up. None without any."""
    probes = sum(counts.values())
    up = counts.get(HealthState.PASS, 0) + counts.get(HealthState.WARN, 0)
    return up / probes if probes else None


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of a moment began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def day_of(moment: datetime) -> datetime:
    """Return when the day of a moment began, in its time zone."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def pack_sample(sample: Sample) -> bytes:
    """Write one probe in seven bytes; its hour is known from where it is kept."""
    return _SAMPLE.pack(
        (sample.at - hour_of(sample.at)) // _TENTH,
        _STATES.index(sample.state),
        sample.status or 0,
        min(max(sample.latency_ms, 0), MOST_LATENCY),
    )


def unpack_samples(hour: datetime, packed: bytes) -> tuple[Sample, ...]:
    """Read the probes of an hour, in the order in which they were made."""
    return tuple(
        Sample(hour + tenths * _TENTH, _STATES[state], latency, status or None)
        for tenths, state, status, latency in _SAMPLE.iter_unpack(packed)
    )


def states_of_samples(packed: bytes) -> Counter[HealthState]:
    """Count the states of an hour's probes, and read nothing else of them."""
    states = packed[_STATE_AT :: _SAMPLE.size]
    return _counted(states.count(number) for number in range(len(_STATES)))


def newest_samples(hour: datetime, packed: bytes, most: int) -> tuple[Sample, ...]:
    """Read the newest probes of an hour alone, newest first."""
    return tuple(reversed(unpack_samples(hour, packed[-most * _SAMPLE.size :])))


def day_of_samples(samples: Iterable[Sample]) -> DayOfProbes:
    """Sum up the probes of one day."""
    hours: dict[datetime, HourOfProbes] = {}
    latencies: Counter[int] = Counter()
    for sample in samples:
        start = hour_of(sample.at)
        hours.setdefault(start, HourOfProbes(start)).add(sample)
        latencies[step_of(sample.latency_ms)] += 1
    return DayOfProbes(tuple(hours[start] for start in sorted(hours)), latencies)


def pack_day(day: DayOfProbes) -> bytes:
    """Write a day in some 15 bytes for each of its hours."""
    parts = [bytes([len(day.hours)])]
    for hour in day.hours:
        counts = [min(hour.counts[state], 0xFFFF) for state in _STATES]
        parts.append(
            _HOUR.pack(hour.start.hour, *counts, hour.latency_sum, min(hour.latency_max, MOST_LATENCY))
        )
    parts += [
        _COUNT.pack(_BOUNDS.index(step), min(count, 0xFFFF)) for step, count in sorted(day.latencies.items())
    ]
    return b"".join(parts)


def unpack_day(day: datetime, packed: bytes) -> DayOfProbes:
    """Read a day; `day` is when it began."""
    end = 1 + packed[0] * _HOUR.size
    hours = tuple(
        HourOfProbes(
            day + number * HOUR,
            _counted(counts),
            total,
            largest,
        )
        for number, *counts, total, largest in _HOUR.iter_unpack(packed[1:end])
    )
    latencies = Counter({_BOUNDS[index]: count for index, count in _COUNT.iter_unpack(packed[end:])})
    return DayOfProbes(hours, latencies)


def states_of_day(packed: bytes) -> Counter[HealthState]:
    """Count the states of a day's probes, and read nothing else of them."""
    columns = tuple(zip(*_HOUR.iter_unpack(packed[1 : 1 + packed[0] * _HOUR.size]), strict=True))
    return _counted(map(sum, columns[1 : 1 + len(_STATES)])) if columns else Counter()


def _counted(counts: Iterable[int]) -> Counter[HealthState]:
    found: Counter[HealthState] = Counter()
    for state, count in zip(_STATES, counts, strict=True):
        if count:
            found[state] = count  # one by one: a Counter of a mapping takes four times as long
    return found


def step_of(latency_ms: int) -> int:
    """Return the step that a latency is told by: the least that is not below it."""
    return _BOUNDS[bisect_left(_BOUNDS, min(max(latency_ms, 0), MOST_LATENCY))]


def history_of(days: Sequence[DayOfProbes], samples: Sequence[Sample]) -> ProbeHistory:
    """Join packed days and the single probes after them."""
    recent = day_of_samples(samples)
    hours = {hour.start: hour for day in (*days, recent) for hour in day.hours}
    counts: Counter[HealthState] = Counter()
    for hour in hours.values():
        for state, count in hour.counts.items():
            counts[state] += count
    exact = not days
    latencies: Counter[int] = Counter()
    if exact:
        latencies.update(sample.latency_ms for sample in samples)
    else:
        for day in (*days, recent):
            latencies.update(day.latencies)
    return ProbeHistory(
        tuple(hours[start] for start in sorted(hours)),
        share_up(counts),
        sum(counts.values()),
        Latencies(*(percentile(latencies, share) for share in (50, 95, 99))) if latencies else None,
        exact,
    )


def percentile(latencies: Mapping[int, int], percent: int) -> int:
    """Return the least latency that so many per cent of all do not exceed (nearest rank)."""
    wanted = -(-sum(latencies.values()) * percent // 100)
    seen = 0
    for latency in sorted(latencies):
        seen += latencies[latency]
        if seen >= wanted:
            return latency
    raise ValueError("there is no latency")
