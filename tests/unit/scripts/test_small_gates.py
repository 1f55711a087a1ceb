"""The small scripts behind targets: coverage gate, schemathesis."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from scripts import check_coverage, run_schemathesis

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
