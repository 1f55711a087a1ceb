"""The time that a report gives of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.reading import read_whole
from tidegate.readers.base import Limits, Source
from tidegate.readers.own_times import epoch_time, first_end, in_timezone, own_time

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class TestOwnTime:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.000Z",
            "2026-01-31T14:00:00+02:00",
            " 2026-01-31 12:00:00+00:00 ",
        ],
    )
    def test_is_read_with_its_zone(self, text: str) -> None:
        assert own_time(text) == NOON

    def test_without_a_zone_is_the_oldest_that_it_can_be(self) -> None:
        assert own_time("2026-01-31 12:00:00") == NOON - timedelta(hours=14)
        assert own_time("2026-01-31T12:00:00", zone=UTC) == NOON

    @pytest.mark.parametrize(
        "text",
        [
            None,
            3,
            "",
            "2026-01-31",
            "Sat Jan 31 12:00:00",
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "2026-01-31T12:00:00Z" + " " * 5 + "x" * 40,
        ],
    )
    def test_is_none_where_the_text_gives_none(self, text: object) -> None:
        assert own_time(text) is None


class TestEpochTime:
    def test_is_read_in_seconds_and_milliseconds(self) -> None:
        seconds = str(int(NOON.timestamp()))
        assert epoch_time(seconds) == epoch_time(seconds + "000") == NOON

    @pytest.mark.parametrize("text", [None, "", "0", "12.5", "-1675424586", "9" * 30, "100000000"])
    def test_is_none_where_the_text_gives_none(self, text: object) -> None:
        assert epoch_time(text) is None


class TestFirstEnd:
    def test_is_the_earliest_of_the_suites(self) -> None:
        known = first_end(None, "2026-01-31T12:00:00Z", "60.5")
        assert known == NOON + timedelta(seconds=60.5)
        assert first_end(known, "2026-01-31T11:00:00Z", None) == NOON - timedelta(hours=1)
        assert first_end(known, "2026-01-31T13:00:00Z", "nonsense") == known
        assert first_end(known, None, "3") == known
        assert first_end(known, "2026-01-31T13:00:00Z", "9e11") == known


class TestReaders:
    """Each reader whose format has a time gives it."""

    @pytest.mark.parametrize(
        ("format", "report", "made"),
        [
            (
                "junit",
                '<testsuites><testsuite timestamp="2026-01-31T12:00:00Z" time="3600"><testcase/></testsuite>'
                '<testsuite timestamp="2026-01-31T12:30:00Z"><testcase/></testsuite></testsuites>',
                12.5,
            ),
            ("junit", "<testsuite><testcase/></testsuite>", None),
            ("cobertura", '<coverage timestamp="1769860800000"><sources/><packages/></coverage>', 12),
            (
                "coveragepy",
                '{"meta": {"version": "7", "timestamp": "2026-02-01T02:00:00"}, "files": {}, "totals": '
                '{"covered_lines": 0, "num_statements": 0, "missing_lines": 0}}',
                12,
            ),
            (
                "bandit",
                '{"errors": [], "results": [], "metrics": {}, "generated_at": "2026-01-31T12:00:00Z"}',
                12,
            ),
            (
                "cyclonedx",
                '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [],'
                ' "metadata": {"timestamp": "2026-01-31T13:00:00+01:00"}}',
                12,
            ),
            ("cyclonedx", '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}', None),
            (
                "safety",
                '{"report_meta": {"timestamp": "2026-02-01 02:00:00", "packages_found": 0},'
                ' "scanned_packages": {}, "vulnerabilities": [], "ignored_vulnerabilities": []}',
                12,
            ),
        ],
    )
    def test_give_the_time_of_their_report(self, format: str, report: str, made: float | None) -> None:
        reading = read_whole(Source.of_bytes(report.encode()), Limits(), format)
        expected = None if made is None else NOON + timedelta(hours=made - 12)
        assert reading.made_at == expected


class TestTimezone:
    def test_of_a_time_that_names_none_is_the_one_that_was_told(self) -> None:
        assert in_timezone(own_time("2026-01-31T12:00:00"), "UTC") == NOON
        assert in_timezone(own_time("2026-07-31T12:00:00"), "Europe/Berlin") == datetime(
            2026, 7, 31, 10, tzinfo=UTC
        )

    def test_of_a_time_that_names_one_stays(self) -> None:
        assert in_timezone(own_time("2026-01-31T12:00:00Z"), "Europe/Berlin") == NOON
        assert in_timezone(own_time("2026-01-31T12:00:00", zone=UTC), "Europe/Berlin") == NOON

    def test_is_the_first_of_all_where_none_was_told(self) -> None:
        assert in_timezone(own_time("2026-01-31T12:00:00"), "") == NOON - timedelta(hours=14)
        assert in_timezone(None, "UTC") is None

    def test_makes_no_time_that_cannot_be(self) -> None:
        assert in_timezone(own_time("9999-12-31T23:00:00"), "America/Los_Angeles") is None
