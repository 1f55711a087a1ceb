"""The small scripts behind targets: coverage gate, lock, workflows, schemathesis."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest

from scripts import check_coverage, check_lock, check_workflows, run_schemathesis

GATE = "[tool.coverage.report]\nfail_under = 95\n"


class TestCoverageGate:
    def judge(self, tmp_path: Path, **totals: int) -> int:
        """Judge a report with these totals."""
        report = tmp_path / "coverage.json"
        report.write_text(json.dumps({"totals": totals}))
        (tmp_path / "gate.toml").write_text(GATE)
        return check_coverage.main([str(report), str(tmp_path / "gate.toml")])

    @pytest.mark.parametrize(
        ("lines", "branches", "code"), [(95, 95, 0), (94, 100, 1), (100, 94, 1), (100, 100, 0)]
    )
    def test_asks_it_of_lines_and_of_branches(
        self, tmp_path: Path, lines: int, branches: int, code: int
    ) -> None:
        totals = {"covered_lines": lines, "num_statements": 100}
        totals |= {"covered_branches": branches, "num_branches": 100}
        assert self.judge(tmp_path, **totals) == code

    def test_takes_no_measurement_for_no_pass(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.judge(tmp_path, covered_lines=10, num_statements=10) == 1
        assert "branches: nothing was measured" in capsys.readouterr().err


class TestLock:
    def check(self, tmp_path: Path, says: str, code: int) -> int:
        """Check with a uv that says this."""
        uv = tmp_path / "uv"
        uv.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
        uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
        return check_lock.main(["--uv", str(uv), "--project", str(tmp_path)])

    def test_passes_when_uv_is_content(self, tmp_path: Path) -> None:
        assert self.check(tmp_path, "Resolved 3 packages", 0) == 0

    @pytest.mark.requirement("S4-5")
    def test_fails_when_the_lock_is_out_of_date(self, tmp_path: Path) -> None:
        assert self.check(tmp_path, "The lockfile needs to be updated", 1) == 1

    @pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
    def test_did_not_run_without_an_index(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        required: str,
        code: int,
    ) -> None:
        monkeypatch.setenv("REQUIRE_LOCK", required)
        assert self.check(tmp_path, "error: Failed to fetch: dns error", 2) == code
        assert "NOT RUN: lock: the package index cannot be reached" in capsys.readouterr().out


class TestWorkflowFiles:
    def test_a_repository_without_workflows_is_not_clean(self, tmp_path: Path) -> None:
        assert check_workflows.main([str(tmp_path)]) == 1

    def test_shell_scripts_are_found_by_name_and_by_first_line(self, tmp_path: Path) -> None:
        (tmp_path / ".ci").mkdir()
        (tmp_path / ".ci/run").write_text("#!/usr/bin/env bash\n")
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts/a.sh").write_text("\n")
        (tmp_path / "scripts/b.py").write_text("#!/usr/bin/env python3\n")
        assert [path.name for path in check_workflows.shell_files(tmp_path)] == ["run", "a.sh"]


class TestSchemathesis:
    def test_knows_the_names_of_what_was_made(self, tmp_path: Path) -> None:
        template = tmp_path / "template.toml"
        template.write_text("seed = 1\n")
        names = {"component": "harbour", "any": '"*"'}
        written = run_schemathesis.write_config(template, names, tmp_path / "config.toml")
        assert tomllib.loads(written.read_text()) == {
            "seed": 1,
            "dictionaries": {"component": {"values": ["harbour"]}, "any": {"values": ['"*"']}},
        }
