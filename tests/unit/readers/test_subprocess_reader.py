"""A large report is read in a process of its own, and comes out as if it had been read here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidegate.domain.errors import Unavailable
from tidegate.readers import subprocess_reader
from tidegate.readers.base import Limits, Source
from tidegate.readers.detect import UnknownFormat
from tidegate.readers.subprocess_reader import LARGE, ReadReport, read_report

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def sarif(folder: Path, *, size: int, more: str = "") -> Source:
    results = [{"ruleId": f"R{n}", "level": "error", "message": {"text": f"problem {n}"}} for n in range(3)]
    run = {"tool": {"driver": {"name": "Scanner", "version": "1.5"}}, "results": results}
    path = folder / "report.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": [run]}) + more + " " * size, "utf-8")
    return Source.of_path(path)


def take(source: Source, format: str | None = None) -> ReadReport:
    return read_report(source, slot="a.sarif", taken_at=AT, limits=Limits(), format=format)


class TestTakeIn:
    def test_a_large_report_says_what_it_says_when_read_here(self, tmp_path: Path) -> None:
        source = sarif(tmp_path, size=LARGE)
        here = take(Source(source.name, source.head, source.size, source.opener))
        there = take(source)
        assert there.evidence == here.evidence
        assert there.tool_version == here.tool_version == "1.5"
        assert there.counts() == here.counts()
        assert there.evidence.measures["findings.high"] == 3

    def test_a_large_report_that_tools_share_comes_out_with_its_parts(self, tmp_path: Path) -> None:
        runs = [
            {
                "tool": {"driver": {"name": name}},
                "results": [],
                "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-01-30T12:00:00.5Z"}],
                "versionControlProvenance": [{"revisionId": "f" * 40}],
            }
            for name in ("CodeQL", "Trivy")
        ]
        path = tmp_path / "report.sarif"
        path.write_text(json.dumps({"version": "2.1.0", "runs": runs}) + " " * LARGE, "utf-8")
        source = Source.of_path(path)
        there = take(source)
        assert there.evidence == take(Source(source.name, source.head, source.size, source.opener)).evidence
        assert [(run.tool, run.commits) for run in there.evidence.runs] == [
            ("CodeQL", ("f" * 40,)),
            ("Trivy", ("f" * 40,)),
        ]
        assert there.evidence.made_at == datetime(2026, 1, 30, 12, 0, 0, 500_000, UTC)

    def test_a_large_report_that_cannot_be_read_is_unreadable_evidence(self, tmp_path: Path) -> None:
        taken = take(sarif(tmp_path, size=LARGE, more="}"), format="sarif")
        assert taken.evidence.unreadable is not None
        assert taken.evidence.measures == {}

    def test_does_other_work_meanwhile(self, tmp_path: Path) -> None:
        for size in (0, LARGE):
            done: list[str] = []
            read_report(
                sarif(tmp_path, size=size),
                slot="a",
                taken_at=AT,
                limits=Limits(),
                meanwhile=lambda: done.append("kept"),
            )
            assert done == ["kept"]

    def test_an_unknown_format_is_refused_before_anything_is_started(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownFormat):
            take(sarif(tmp_path, size=LARGE), format="sarff")

    def test_a_process_that_fails_is_reported_as_such(self, tmp_path: Path) -> None:
        source = sarif(tmp_path, size=LARGE)
        assert source.path is not None
        source.path.unlink()
        with pytest.raises(Unavailable, match="exit status 1"):
            take(source)

    def test_what_goes_wrong_meanwhile_ends_the_process(self, tmp_path: Path) -> None:
        def fail() -> None:
            raise Unavailable("The store is full.")

        with pytest.raises(Unavailable, match="full"):
            read_report(sarif(tmp_path, size=LARGE), slot="a", taken_at=AT, limits=Limits(), meanwhile=fail)

    def test_answers_what_it_is_asked(self, tmp_path: Path) -> None:
        source = sarif(tmp_path, size=1)
        ask: dict[str, object] = {
            "path": str(source.path),
            "name": "a.sarif",
            "slot": "a",
            "taken_at": AT.isoformat(),
            "limits": {},
            "format": None,
        }
        reply = json.loads(subprocess_reader.answer(json.dumps(ask).encode()))
        assert reply["facts"]["kind"] == "analysis"
        assert sum(reply["counts"]["scanner"]["high"].values()) == 3
