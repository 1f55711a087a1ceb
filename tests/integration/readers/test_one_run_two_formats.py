"""One run of ruff or Bandit says the same in JSON and in SARIF, with the real tools on small sources."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tidegate.domain.findings import Finding
from tidegate.readers.base import Item, Limits, Reading, Source
from tidegate.readers.detect import drain, find_reader, start

SOUND = "import os\n\n\ndef ask(name):\n    assert name\n    return eval(name)\n"
BROKEN = "def ask(:\n"


def run(folder: Path, *command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, check=False)


def read(path: Path, format: str) -> tuple[Reading, Counter[str]]:
    found: Counter[str] = Counter()

    def meet(item: Item) -> None:
        assert isinstance(item, Finding)
        found[f"{item.key} {item.severity}"] += 1

    source = Source.of_path(path)
    return drain(start(find_reader(source, format), source, Limits(), items=True), meet), found


def both(folder: Path, tool: str, *arguments: str) -> tuple[Reading, Reading]:
    """Run a tool in each of the formats; what it found must be the same in both."""
    if tool == "ruff":
        runs = {
            name: ["ruff", "check", "--output-format", name, "--output-file"] for name in ("json", "sarif")
        }
    else:
        runs = {name: ["bandit", "-q", "-f", name, "-o"] for name in ("json", "sarif")}
    for name, command in runs.items():
        run(folder, *command, f"out.{name}", *arguments)
    listed, in_json = read(folder / "out.json", "ruff-json" if tool == "ruff" else tool)
    logged, in_sarif = read(folder / "out.sarif", "sarif")
    assert in_json == in_sarif
    assert (listed.kind, listed.tool.casefold()) == (logged.kind, logged.tool.casefold())
    for name in listed.measures:
        assert listed.measures[name] == logged.measures[name], name
    return listed, logged


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "sound.py").write_text(SOUND, "utf-8")
    return tmp_path


class TestRuff:
    def test_finds_the_same(self, sources: Path) -> None:
        listed, logged = both(sources, "ruff", "src")
        assert listed.ran and logged.ran
        assert listed.measures["findings.total"] == 1

    def test_says_in_both_that_a_file_was_not_parsed(self, sources: Path) -> None:
        (sources / "src" / "broken.py").write_text(BROKEN, "utf-8")
        listed, logged = both(sources, "ruff", "src")
        assert not listed.ran and not logged.ran
        assert (listed.why_not or "").startswith("ruff could not read or parse 1 file(s)")
        assert listed.why_not == logged.why_not

    def test_says_in_both_that_a_path_is_missing(self, sources: Path) -> None:
        listed, logged = both(sources, "ruff", "src", "gone.py")
        assert not listed.ran and not logged.ran


class TestBandit:
    def test_finds_the_same(self, sources: Path) -> None:
        listed, logged = both(sources, "bandit", "-r", "src")
        assert listed.ran and logged.ran
        assert listed.measures["findings.total"] == 2
        assert listed.made_at is not None and logged.made_at is not None

    def test_says_in_both_that_a_file_was_not_parsed(self, sources: Path) -> None:
        (sources / "src" / "broken.py").write_text(BROKEN, "utf-8")
        listed, logged = both(sources, "bandit", "-r", "src")
        assert not listed.ran and not logged.ran

    def test_says_in_both_that_it_scanned_nothing(self, sources: Path) -> None:
        (sources / "empty").mkdir()
        listed, logged = both(sources, "bandit", "-r", "empty")
        assert not listed.ran and listed.why_not == logged.why_not

    def test_says_in_both_that_findings_were_left_out(self, sources: Path) -> None:
        listed, logged = both(sources, "bandit", "-ll", "-r", "src")
        assert not listed.ran and listed.why_not == logged.why_not
