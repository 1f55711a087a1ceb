"""The history of probes: packed and read again, and the figures over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import (
    DAY,
    LATENCY_STEP,
    MOST_LATENCY,
    HourOfProbes,
    Sample,
    day_of_samples,
    history_of,
    newest_samples,
    pack_day,
    pack_sample,
    percentile,
    share_up,
    states_of_day,
    states_of_samples,
    step_of,
    unpack_day,
    unpack_samples,
)

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def day(seed: int = 1) -> list[Sample]:
    random = Random(seed)  # nosec B311  # of a test
    return [
        Sample(
            MIDNIGHT + timedelta(minutes=minute),
            random.choice(list(HealthState)),
            random.randrange(1, 3000),
            random.choice([200, 503, None]),
        )
        for minute in range(24 * 60)
    ]


class TestSamples:
    def test_are_read_as_they_were_written(self) -> None:
        hour = [one for one in day() if one.at.hour == 9]
        packed = b"".join(map(pack_sample, hour))
        start = MIDNIGHT + timedelta(hours=9)
        assert unpack_samples(start, packed) == tuple(hour)
        assert newest_samples(start, packed, 3) == tuple(reversed(hour[-3:]))
        assert len(packed) == 60 * 7

    def test_hold_the_ends_of_an_hour_and_of_latencies(self) -> None:
        last = MIDNIGHT + timedelta(minutes=59, seconds=59, milliseconds=999)
        (found,) = unpack_samples(MIDNIGHT, pack_sample(Sample(last, HealthState.FAIL, 10**9, None)))
        assert (found.at, found.latency_ms) == (last - timedelta(milliseconds=99), MOST_LATENCY)


class TestDays:
    def test_are_read_as_they_were_written_and_stay_small(self) -> None:
        summed = day_of_samples(day())
        packed = pack_day(summed)
        assert unpack_day(MIDNIGHT, packed) == summed
        assert len(packed) < 650

    def test_keep_what_hours_said(self) -> None:
        samples = day()
        single = history_of((), samples)
        packed = history_of((unpack_day(MIDNIGHT, pack_day(day_of_samples(samples))),), ())
        assert (packed.hours, packed.uptime, packed.probes) == (single.hours, single.uptime, single.probes)
        assert (single.exact, packed.exact) == (True, False)
        assert single.latency_ms is not None and packed.latency_ms is not None
        for exact, told in zip(astuple(single.latency_ms), astuple(packed.latency_ms), strict=True):
            assert exact <= told <= exact * LATENCY_STEP + 1

    def test_join_with_single_probes_after_them(self) -> None:
        later = [Sample(one.at + DAY, one.state, one.latency_ms, one.status) for one in day(2)]
        both = history_of((day_of_samples(day()),), later)
        assert (len(both.hours), both.probes) == (48, 2 * 24 * 60)


class TestStates:
    def test_are_counted_as_those_of_the_probes_that_are_read(self) -> None:
        samples = day()
        counts = Counter(one.state for one in samples)
        assert states_of_day(pack_day(day_of_samples(samples))) == counts
        assert states_of_samples(b"".join(map(pack_sample, samples))) == counts

    def test_are_none_where_there_was_no_probe(self) -> None:
        assert states_of_day(pack_day(day_of_samples([]))) == Counter()
        assert states_of_samples(b"") == Counter()


class TestFigures:
    def test_do_not_count_what_is_unknown_as_up(self) -> None:
        counts = Counter({HealthState.PASS: 2, HealthState.WARN: 1, HealthState.UNKNOWN: 1})
        assert share_up(counts) == 0.75
        assert share_up({}) is None

    def test_without_a_probe_say_nothing(self) -> None:
        nothing = history_of((), ())
        assert (nothing.uptime, nothing.probes, nothing.latency_ms) == (None, 0, None)
        assert HourOfProbes(MIDNIGHT).latency_mean is None
        with pytest.raises(ValueError, match="no latency"):
            percentile({}, 50)

    def test_are_by_the_nearest_rank(self) -> None:
        latencies = Counter(range(1, 101))
        assert [percentile(latencies, share) for share in (50, 95, 99)] == [50, 95, 99]
        assert percentile({7: 1}, 50) == 7

    @pytest.mark.parametrize("latency", [0, 1, 2, 11, 12, 99, 1234, 65_535, 10**6])
    def test_tell_a_latency_by_the_next_step(self, latency: int) -> None:
        step = step_of(latency)
        assert min(latency, MOST_LATENCY) <= step <= latency * LATENCY_STEP + 1
