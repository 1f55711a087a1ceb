"""What coverage.py itself writes: shards join to what it combines, and what it loses is reported."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidegate.domain.coverage_joins import join_reports
from tidegate.domain.coverage_union import JoinedCoverage
from tidegate.domain.effective_reports import effective_reports
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import ParsedReport, read_evidence

NOW = datetime.now(UTC)
SOURCE = '''"""A module."""


def grade(points):
    """Tell how good it is."""
    if points > 90:
        return "good"
    if points > 50:
        return "fair"
    return "bad"


def never():
    return 1
'''


def coverage(folder: Path, *arguments: str) -> None:
    """Run coverage.py in a folder, apart from the one that measures this test."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    command = [sys.executable, "-m", "coverage", *arguments]
    done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def read(path: Path) -> ParsedReport:
    return read_evidence(Source.of_path(path), slot=path.name, taken_at=NOW, limits=Limits())


def joined(*reports: ParsedReport) -> JoinedCoverage:
    lines = {report.evidence.digest: report.lines for report in reports}
    effective = effective_reports([report.evidence for report in reports], NOW)
    return join_reports(effective, lambda one: lines[one.digest].get())


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of two shards in three formats, and of both combined."""
    folder = tmp_path_factory.mktemp("shards")
    (folder / "src").mkdir()
    (folder / "src" / "grades.py").write_text(SOURCE)
    for shard, points in (("one", 99), ("two", 60)):
        code = f"import sys; sys.path.insert(0, 'src')\nimport grades\ngrades.grade({points})\n"
        (folder / f"{shard}.py").write_text(code)
        data = f"--data-file=.coverage.{shard}"
        coverage(folder, "run", "--branch", "--source=src", data, f"{shard}.py")
        for format, suffix in (("json", "json"), ("lcov", "info"), ("xml", "xml")):
            coverage(folder, format, data, "-q", "-o", f"{shard}.{suffix}")
    coverage(folder, "combine", "--keep", "--data-file=.both", ".coverage.one", ".coverage.two")
    coverage(folder, "json", "--data-file=.both", "-q", "-o", "both.json")
    return folder


class TestShards:
    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("one.json", "two.json"),
            ("one.info", "two.info"),
            ("one.json", "two.info"),
            ("one.xml", "two.json"),
            ("one.xml", "two.xml"),
        ],
    )
    def test_join_to_the_lines_that_coverage_combines(self, shards: Path, one: str, two: str) -> None:
        values = joined(read(shards / one), read(shards / two)).values
        both = read(shards / "both.json").evidence.measures
        for name in ("coverage.lines_total", "coverage.lines_covered", "coverage.files"):
            assert values[name] == both[name]

    @pytest.mark.parametrize("suffix", ["json", "info"])
    def test_join_to_the_branches_that_coverage_combines(self, shards: Path, suffix: str) -> None:
        together = joined(read(shards / f"one.{suffix}"), read(shards / f"two.{suffix}"))
        both = read(shards / "both.json").evidence.measures
        assert together.values["coverage.branches_covered"] == both["coverage.branches_covered"] == 3
        assert together.notes == {}

    def test_join_to_fewer_branches_with_a_warning_where_only_their_number_is_given(
        self, shards: Path
    ) -> None:
        together = joined(read(shards / "one.xml"), read(shards / "two.xml"))
        assert together.values["coverage.branches_covered"] == 2
        assert "reports count the branches taken and do not name them" in together.notes["branches"][0]


class TestNamesThatOverwriteEachOther:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder where two source folders hold a file of the same relative name."""
        for name, text in (("one", "def f():\n    return 1\n\nf()\n"), ("two", "def g():\n    return 1\n")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "core.py").write_text(text)
        (tmp_path / "run.py").write_text(
            "import runpy\nfor name in ('one', 'two'):\n    runpy.run_path(f'{name}/core.py')\n"
        )
        (tmp_path / "rc").write_text("[run]\nsource =\n    one\n    two\n")
        coverage(tmp_path, "run", "--rcfile=rc", "run.py")
        return tmp_path

    def test_are_reported_with_cause_and_remedy(self, folder: Path) -> None:
        coverage(folder, "xml", "--rcfile=rc", "-q", "-o", "coverage.xml")
        evidence = read(folder / "coverage.xml").evidence
        assert not evidence.ran
        assert "declares 5 lines but lists 2" in (evidence.why_not or "")
        assert "same name in two source folders" in (evidence.why_not or "")

    def test_are_kept_apart_by_the_remedy(self, folder: Path) -> None:
        coverage(folder, "json", "--rcfile=rc", "-q", "-o", "coverage.json")
        evidence = read(folder / "coverage.json").evidence
        assert evidence.ran and evidence.measures["coverage.lines_total"] == 5
