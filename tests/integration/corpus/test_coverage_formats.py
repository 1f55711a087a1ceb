"""Every real Go cover profile gives the expected measures, and what is joined of it gives the same again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.corpus import gocover
from tests.integration.corpus.conftest import own_reports
from tests.integration.corpus.decisions import outcome_of, rows_or_own, rows_or_skip, source_of
from tests.integration.corpus.manifest import Row
from tests.support.reading import READERS, read_whole
from tidegate.domain.coverage_union import CoverageReport, join_coverage
from tidegate.readers.base import Limits, Source
from tidegate.readers.coverage.gocover import READER

FORMATS = ("gocover", "clover", "opencover", "istanbul", "simplecov", "gcovr")
OWN = [path for format in FORMATS for path in own_reports(format)]


@pytest.mark.parametrize("row", rows_or_skip("gocover"))
def test_gives_what_the_manifest_expects_or_what_was_decided(row: Row) -> None:
    outcome = outcome_of(READER, row)
    assert gocover.agreement(row, outcome), f"{outcome!r}\n{row['expected']}\n{row['recount']}"


@pytest.mark.parametrize("row", rows_or_own("gocover"))
def test_is_claimed_by_its_own_reader_alone(row: Row) -> None:
    assert [reader.format for reader in READERS if reader.sniff(source_of(row))] == ["gocover"]


@pytest.mark.parametrize(
    "path",
    [path for path in OWN if "broken" not in path.name and "not-run" not in path.name],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_lines_to_join_count_as_the_report_does(path: Path) -> None:
    reading = read_whole(Source.of_bytes(path.read_bytes()), Limits())
    joined = join_coverage([CoverageReport("", reading.measures, reading.lines.get())])
    assert reading.lines.get() is not None and joined.values == reading.measures


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("istanbul/nyc-clean.json", "lcov/nyc-clean.info"),
        ("istanbul/nyc-clean.json", "clover/nyc-clean.xml"),
        ("gcovr/clean.json", "clover/gcovr-clean.xml"),
    ],
)
def test_one_run_in_two_formats_is_joined_to_the_same_lines(one: str, other: str) -> None:
    folder = OWN[0].parents[1]
    readings = [read_whole(Source.of_bytes((folder / path).read_bytes()), Limits()) for path in (one, other)]
    values = join_coverage([CoverageReport("", each.measures, each.lines.get()) for each in readings]).values
    for name in ("coverage.lines_total", "coverage.lines_covered"):
        assert {each.measures[name] for each in readings} == {values[name]}


def test_a_summary_beside_its_report_never_makes_the_rate_better() -> None:
    for one, other in (
        ("istanbul/nyc-failing.json", "istanbul/nyc-summary-failing.json"),
        ("gcovr/failing.json", "gcovr/summary-failing.json"),
    ):
        folder = OWN[0].parents[1]
        readings = [
            read_whole(Source.of_bytes((folder / path).read_bytes()), Limits()) for path in (one, other)
        ]
        alone = readings[0].measures
        joined = join_coverage(
            [CoverageReport("", each.measures, each.lines.get()) for each in readings]
        ).values
        assert (
            joined["coverage.lines_covered"] * alone["coverage.lines_total"]
            <= alone["coverage.lines_covered"] * joined["coverage.lines_total"]
        )
