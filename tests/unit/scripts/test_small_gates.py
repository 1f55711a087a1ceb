"""The small scripts behind targets: coverage gate, lock, what may be missing, workflows, schemathesis."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from scripts import check_coverage, check_lock, check_workflows, run_schemathesis, when_present
from tests.support import postgres

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


class TestWhenPresent:
    def test_does_not_pass_what_is_absent(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert when_present.main(["scripts/no_such_script.py"]) == 1
        assert capsys.readouterr().out == "NOT RUN: scripts/no_such_script.py is not there yet\n"

    def test_runs_a_script_as_a_module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts/three.py").write_text("import sys\nsys.exit(int(sys.argv[1]))\n")
        monkeypatch.chdir(tmp_path)
        assert when_present.main(["scripts/three.py", "3"]) == 3

    def test_runs_a_folder_with_pytest(self, tmp_path: Path) -> None:
        assert when_present.main([str(tmp_path), "-q", "-c", "/dev/null"]) == 5  # no test was collected


class TestWorkflowFiles:
    def test_a_repository_without_workflows_is_not_clean(self, tmp_path: Path) -> None:
        assert check_workflows.main([str(tmp_path)]) == 1

    def test_an_absent_actionlint_did_not_run(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check_workflows.actionlint(tmp_path, None) == 0
        assert capsys.readouterr().out.startswith("NOT RUN: actionlint")

    @pytest.mark.parametrize(("tool", "code"), [("true", 0), ("false", 1)])
    def test_a_present_actionlint_decides(self, tmp_path: Path, tool: str, code: int) -> None:
        assert check_workflows.actionlint(tmp_path, tool) == code

    def test_shell_scripts_are_found_by_name_and_by_first_line(self, tmp_path: Path) -> None:
        (tmp_path / ".ci").mkdir()
        (tmp_path / ".ci/run").write_text("#!/usr/bin/env bash\n")
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts/a.sh").write_text("\n")
        (tmp_path / "scripts/b.py").write_text("#!/usr/bin/env python3\n")
        assert [path.name for path in check_workflows.shell_files(tmp_path)] == ["run", "a.sh"]


class TestSchemathesis:
    served: list[Mapping[str, str]]

    @contextmanager
    def serve(self, settings: Mapping[str, str]) -> Iterator[str]:
        """A server that is nowhere, and notes its settings."""
        self.served.append(settings)
        yield f"http://server-{len(self.served)}"

    @contextmanager
    def no_postgres(self) -> Iterator[postgres.Server]:
        """A machine without PostgreSQL."""
        if self.served:
            raise postgres.NoPostgres("nothing answers")
        yield _Databases(URL.create("postgresql"), "nowhere")

    @contextmanager
    def some_postgres(self) -> Iterator[postgres.Server]:
        """A machine with a PostgreSQL that makes databases at once."""
        yield _Databases(URL.create("postgresql"), "here")

    def ask(self, answers: Mapping[str, int], *, with_postgres: bool = True) -> int:
        """Run with a schemathesis that answers so by server."""
        self.served = []
        find = self.some_postgres if with_postgres else self.no_postgres
        return run_schemathesis.main((), self.serve, find, lambda url: answers.get(url, 0))

    def test_asks_both_databases(self) -> None:
        assert self.ask({}) == 0
        assert [settings.get("DATABASE_URL") for settings in self.served] == [None, "postgresql:///a"]

    @pytest.mark.parametrize("red", ["http://server-1", "http://server-2"])
    def test_is_red_when_either_is(self, red: str) -> None:
        assert self.ask({red: 1}) == 1

    def test_is_red_and_not_run_without_postgresql(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.ask({}, with_postgres=False) == 1
        assert "NOT RUN: schemathesis on PostgreSQL: nothing answers" in capsys.readouterr().out

    def test_says_red_and_not_not_run_when_sqlite_is_red(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.ask({"http://server-1": 1}, with_postgres=False) == 1
        assert "NOT RUN" not in capsys.readouterr().out


class _Databases(postgres.Server):
    """A PostgreSQL whose databases are names alone."""

    @contextmanager
    def new_database(self, *, template: str = "template1") -> Iterator[URL]:
        """Give a name."""
        yield URL.create("postgresql", database="a")
