"""Small parts on which verdicts stand: states, times, clean texts, and narrowed combining."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.domain.samples import NOON, suite
from tidegate.domain.canonical import clean
from tidegate.domain.effective_reports import effective_reports
from tidegate.domain.measures import Kind, combine, with_parts
from tidegate.domain.states import State, worst, worst_first
from tidegate.domain.times import read_time, write_time


class TestStates:
    def test_are_ordered_worst_first(self) -> None:
        order = ("unreadable", "error", "missing", "stale", "fail", "pass")
        assert worst_first(reversed(State)) == order
        assert worst_first([State.FAIL, State.FAIL]) == (State.FAIL,)

    def test_the_worst_wins(self) -> None:
        assert worst([State.PASS, State.STALE, State.FAIL]) is State.STALE
        assert worst([]) is State.PASS


class TestTimes:
    @pytest.mark.requirement("S1-21")
    def test_are_written_in_utc_with_milliseconds(self) -> None:
        moment = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        assert write_time(moment) == "2026-01-01T00:00:00.000Z"

    def test_keep_microseconds_where_there_are_some(self) -> None:
        moment = datetime(2026, 1, 1, microsecond=1001, tzinfo=UTC)
        assert write_time(moment) == "2026-01-01T00:00:00.001001Z"
        assert read_time(write_time(moment)) == moment

    def test_without_a_zone_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no time zone"):
            write_time(datetime(2026, 1, 1))
        with pytest.raises(ValueError, match="no time zone"):
            read_time("2026-01-01T00:00:00")


class TestStanding:
    def test_the_same_evidence_named_twice_counts_once(self) -> None:
        assert len(effective_reports([suite(), suite()], NOON)) == 1

    def test_the_same_bytes_in_two_slots_stand_in_each(self) -> None:
        one = suite(slot="unit")
        other = dataclasses.replace(one, slot="integration")
        slots = [report.evidence.slot for report in effective_reports([one, other, one], NOON)]
        assert slots == ["integration", "unit"]


def test_clean_texts_stay_and_others_lose_half_characters() -> None:
    assert (clean("a"), clean("ä😀"), clean("a\ud800b")) == ("a", "ä😀", "a?b")


def test_combining_can_be_narrowed() -> None:
    values = {"coverage.lines_total": 4, "coverage.lines_covered": 3, "coverage.files": 1}
    wanted = with_parts(["coverage.line_rate"])
    assert combine([(Kind.COVERAGE, values)], wanted) == {
        "coverage.lines_total": 4,
        "coverage.lines_covered": 3,
        "coverage.line_rate": 0.75,
    }


def test_the_domain_loads_no_framework() -> None:
    script = (
        "import sys; from tidegate.domain import inheritance, lint, replays, releases, audit, gate_schema; "
        "heavy = {'flask', 'sqlalchemy', 'marshmallow', 'pandas', 'yaml', 'msgspec'}; "
        "print(*sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == ""
