"""The sample project: one release that must not ship for real reasons, and its repair."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.make_reports import ToolFailed, main, make
from tests.integration.quality.tools import ROOT

HARBOUR = ROOT / "examples" / "harbour"


@pytest.mark.drill
def test_the_broken_release_fails_a_test_a_type_and_a_scan(tmp_path: Path) -> None:
    make(HARBOUR / "broken", tmp_path)
    assert re.search(r'failures="1"', (tmp_path / "junit.xml").read_text())
    assert "Found 1 error" in (tmp_path / "mypy.txt").read_text()
    found = json.loads((tmp_path / "bandit.json").read_text())["results"]
    assert "HIGH" in {one["issue_severity"] for one in found}


def test_the_mended_release_is_clean(tmp_path: Path) -> None:
    names = {path.name for path in make(HARBOUR / "fixed", tmp_path)}
    assert names == {"junit.xml", "coverage.xml", "flake8.txt", "mypy.txt", "bandit.json"}
    assert re.search(r'errors="0" failures="0"', (tmp_path / "junit.xml").read_text())
    assert "Success: no issues found" in (tmp_path / "mypy.txt").read_text()
    assert json.loads((tmp_path / "bandit.json").read_text())["results"] == []
    assert re.search(r'<coverage [^>]*line-rate="(1|0\.9[5-9])', (tmp_path / "coverage.xml").read_text())


@pytest.mark.drill
def test_running_leaves_nothing_in_the_project(tmp_path: Path) -> None:
    before = {path for path in HARBOUR.rglob("*") if path.is_file()}
    make(HARBOUR / "fixed", tmp_path)
    assert {path for path in HARBOUR.rglob("*") if path.is_file()} == before


def test_a_tool_that_cannot_work_leaves_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src").mkdir()
    assert main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "coverage ended with code" in capsys.readouterr().err


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="has no folder src"):
        make(tmp_path, tmp_path / "out")
