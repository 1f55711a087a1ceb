"""--report-timezone: how old a report is whose own time names no zone."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.cli.workspace import Workspace

GATE = """\
name: production
rules:
  - id: covered
    that: coverage.line_rate >= 0.5
    needs: [coverage]
    max_age: 1h
"""
MADE, AT = "2026-11-21T12:00:00.123456", "2026-11-21T12:30:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Workspace:
    """Return a folder with coverage.py's report of half an hour ago, which names no zone, and a new file."""
    workspace = Workspace(tmp_path)
    workspace.write("gate.yml", GATE)
    summary = {
        "covered_lines": 1,
        "num_statements": 1,
        "percent_covered": 100.0,
        "missing_lines": 0,
        "excluded_lines": 0,
    }
    file = {"executed_lines": [1], "missing_lines": [], "excluded_lines": [], "summary": summary}
    meta = {
        "format": 3,
        "version": "7.13.0",
        "timestamp": MADE,
        "branch_coverage": False,
        "show_contexts": False,
    }
    made = workspace.write(
        "coverage.json", json.dumps({"meta": meta, "files": {"a.py": file}, "totals": summary})
    )
    new = datetime(2026, 11, 21, 12, 29, tzinfo=UTC).timestamp()
    os.utime(made, (new, new))
    return workspace


CHECK = ("check", "--gate", "gate.yml", "coverage.json", "--at", AT)


def test_a_time_without_a_zone_is_old_until_the_zone_is_said(folder: Workspace) -> None:
    stale = folder.run(*CHECK)
    assert stale.exit_code == 1
    assert "--report-timezone or REPORT_TIMEZONE" in " ".join(stale.output.split())
    assert folder.run(*CHECK, "--report-timezone", "UTC").exit_code == 0
    assert folder.run(*CHECK, "--report-timezone", "Asia/Tokyo").exit_code == 1


@pytest.mark.parametrize("variable", ["REPORT_TIMEZONE", "TIDEGATE_REPORT_TIMEZONE"])
def test_the_variable_says_it_as_well(
    folder: Workspace, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "UTC")
    assert folder.run(*CHECK).exit_code == 0


@pytest.mark.parametrize("command", [CHECK, ("read", "coverage.json")])
def test_a_zone_that_there_is_not_is_a_usage_error(folder: Workspace, command: tuple[str, ...]) -> None:
    refused = folder.run(*command, "--report-timezone", "Berlin")
    assert refused.exit_code == 2
    assert "'Berlin' is not the name of a time zone" in refused.output
