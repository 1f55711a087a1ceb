"""`make bench` as it is used: one table, every failure reported, nothing unmeasured counts as met."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import collect, main
from benchmarks.table import Row

MET = Row("quick thing", 12.0, "ms", "slow thing", 24.0, 2.0, ">= 2x", True)
MISSED = Row("slow thing", 24.0, "ms", "quick thing", 12.0, 0.5, ">= 2x", False)


def quick() -> Row:
    return MET


def several() -> list[Row]:
    return [MET, MISSED]


def broken() -> Row:
    raise RuntimeError("there is no database")


class TestMain:
    def test_is_content_where_every_target_is_met(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([], [("some", quick)]) == 0
        output = capsys.readouterr().out
        assert "quick thing" in output
        assert "1 of 1 targets are met" in output
        assert "cores" in output

    def test_fails_where_one_of_several_rows_misses(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([], [("some", several)]) == 1
        assert "1 of 2 targets are met" in capsys.readouterr().out

    def test_a_row_that_breaks_is_not_run_and_hides_no_other(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([], [("some", broken), ("some", quick)]) == 1
        output = capsys.readouterr().out
        assert "NOT RUN" in output
        assert "there is no database" in output
        assert "quick thing" in output
        assert "1 of 2 targets are met" in output

    def test_measures_only_what_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--only", "quick"], [("some", broken), ("some", quick)]) == 0
        assert main(["--only", "other.quick"], [("some", quick)]) == 2
        assert "no measurement" in capsys.readouterr().err

    def test_writes_results_as_json(self, tmp_path: Path) -> None:
        output = tmp_path / "results.json"
        main(["--output", str(output)], [("some", quick), ("some", broken)])
        written = json.loads(output.read_text("utf-8"))
        assert written["results"][0]["row"]["ratio"] == 2.0
        assert written["results"][1]["not_run"] == "RuntimeError: there is no database"
        assert written["results"][1]["met"] is False
        assert written["machine"]["cores"] >= 1


class TestCollect:
    def test_finds_the_rows_of_every_module(self) -> None:
        modules = {module for module, _ in collect()}
        assert {"cli", "readers_json", "readers_xml", "server", "verdicts"} <= modules
