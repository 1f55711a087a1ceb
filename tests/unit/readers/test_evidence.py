"""From bytes to evidence: read or unreadable, with its digest and its problems counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.readers import FAKE_READER
from tidegate.domain.canonical import digest_of
from tidegate.domain.measures import Kind
from tidegate.readers.base import Item, Limits, Source
from tidegate.readers.detect import UnknownFormat
from tidegate.readers.evidence import ParsedReport, compare_with_baseline, digest_of_source, read_evidence

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def take(data: bytes, format: str | None = None, slot: str = "s") -> ParsedReport:
    source = Source.of_bytes(data, "r.txt")
    return read_evidence(
        source, slot=slot, taken_at=NOW, limits=Limits(), format=format, readers=[FAKE_READER]
    )


class TestReadEvidence:
    def test_keeps_what_a_verdict_needs(self) -> None:
        evidence = take(b"fake a b").evidence
        assert (evidence.digest, evidence.slot, evidence.taken_at) == (digest_of(b"fake a b"), "s", NOW)
        assert (evidence.kind, evidence.format, evidence.tool) == (Kind.SAST, "fake", "faker")
        assert (dict(evidence.measures), evidence.ran, evidence.unreadable) == (
            {"findings.total": 2},
            True,
            None,
        )

    def test_counts_problems_and_shows_items_on_the_way(self) -> None:
        met: list[Item] = []
        report = read_evidence(
            Source.of_bytes(b"fake a a"),
            slot="s",
            taken_at=NOW,
            limits=Limits(),
            on_item=met.append,
            readers=[FAKE_READER],
        )
        assert [list(each.values()) for each in report.counts.of().values()] == [[2]]
        assert len(met) == 3

    def test_keeps_that_the_tool_did_not_do_its_work(self) -> None:
        evidence = take(b"fake stopped").evidence
        assert (evidence.ran, evidence.why_not) == (False, "The fake tool was stopped.")

    def test_of_unknown_content_is_unreadable_and_of_no_kind(self) -> None:
        report = take(b"?")
        assert (report.evidence.kind, report.evidence.format, report.reading) == (None, "unknown", None)
        assert "plain text" in (report.evidence.unreadable or "")

    def test_of_a_broken_report_is_unreadable_and_counts_nothing(self) -> None:
        report = take(b"fake a broken")
        assert (report.evidence.kind, report.evidence.format) == (Kind.SAST, "fake")
        assert report.evidence.tool == ""
        assert (report.evidence.unreadable, dict(report.evidence.measures)) == (
            "r.txt: broken in the middle.",
            {},
        )
        assert report.counts.by_tool == {}

    def test_refuses_a_format_that_nobody_reads(self) -> None:
        with pytest.raises(UnknownFormat):
            take(b"fake", "nope")


class TestDigestOfSource:
    def test_is_that_of_the_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "r"
        path.write_bytes(b"x" * 3_000_000)
        assert digest_of_source(Source.of_path(path)) == digest_of(b"x" * 3_000_000)


class TestCompareWithBaseline:
    def test_adds_what_is_new_to_reports_of_findings_alone(self) -> None:
        reports = [take(b"fake a"), take(b"?", slot="t"), take(b"fake a b", slot="u")]
        evidence = compare_with_baseline(reports, take(b"fake a").counts.of(), NOW)
        assert [one.measures.get("findings.new.high") for one in evidence] == [0, None, 2]
        assert [one.digest for one in evidence] == [report.evidence.digest for report in reports]
