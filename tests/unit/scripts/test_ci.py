"""The runner of all checks: what counts as passed, what the table says, what the exit code is."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from scripts.ci import Check, CheckState, Ran, closing_line, judge, main, run

GREEN = "============ 12 passed, 1 skipped in 3.21s ============"
LAYOUT = Check("layout")
TESTS = Check("coverage", proves_tests=True)
AUDIT = Check("audit", optional=True)


def answers(given: dict[str, Ran], asked: list[str] | None = None) -> object:
    """Make a runner that answers by target."""

    def runner(command: Sequence[str], limit: int) -> Ran:
        if asked is not None:
            asked.append(command[1])
        return given[command[1]]

    return runner


def ran(*lines: str, code: int | None = 0) -> Ran:
    """Make the answer of one run."""
    return Ran(code, lines, 1.5)


class TestClosingLine:
    @pytest.mark.parametrize(
        ("line", "found"),
        [
            (GREEN, "12 passed, 1 skipped"),
            ("==== 1 failed, 2 passed in 0.50s ====", "1 failed, 2 passed"),
            ("\x1b[32m=== \x1b[1m3 passed\x1b[0m in 61.00s (0:01:01) ===\x1b[0m", "3 passed"),
            ("7 passed in 0.12s", "7 passed"),
            ("==== 2 errors in 0.10s ====", "2 errors"),
            ("=== 4 deselected in 0.01s ===", ""),
            ("no tests ran in 0.01s", ""),
            ("12 passed my house in 3s", ""),
        ],
    )
    def test_is_what_pytest_prints_last(self, line: str, found: str) -> None:
        assert closing_line([line]) == found

    def test_is_the_last_of_several(self) -> None:
        assert closing_line(["1 passed in 1.0s", "between", "2 passed in 1.0s"]) == "2 passed"


class TestJudge:
    @pytest.mark.parametrize(
        ("check", "printed", "code", "state", "why", "blocks"),
        [
            (LAYOUT, "fine", 0, CheckState.PASS, "", False),
            (LAYOUT, "bad", 2, CheckState.FAIL, "exit code 2", True),
            (LAYOUT, "", None, CheckState.FAIL, "no end within 600 s", True),
            (LAYOUT, "NOT RUN: no compiler", 0, CheckState.NOT_RUN, "no compiler", True),
            (LAYOUT, "NOT RUN: no compiler", 1, CheckState.NOT_RUN, "no compiler", True),
            (TESTS, GREEN, 0, CheckState.PASS, "12 passed, 1 skipped", False),
            (TESTS, "silence", 0, CheckState.FAIL, "pytest's closing line is missing", True),
            (AUDIT, "NOT RUN: audit: offline", 0, CheckState.NOT_RUN, "audit: offline", False),
            (AUDIT, "a hole", 1, CheckState.FAIL, "exit code 1", True),
            (AUDIT, "NOT RUN: audit: safety: offline", 1, CheckState.FAIL, "exit code 1", True),
        ],
    )
    def test_passes_nothing_that_does_not_clearly_say_so(
        self, check: Check, printed: str, code: int | None, state: CheckState, why: str, blocks: bool
    ) -> None:
        result = judge(check, ran(printed, code=code))
        assert (result.state, result.why, result.blocks) == (state, why, blocks)

    def test_blocks_on_an_optional_check_that_is_required(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUIRE_AUDIT", "1")
        assert judge(AUDIT, ran("NOT RUN: audit: offline", code=1)).blocks


class TestMain:
    def test_runs_every_check_after_one_that_failed(self, capsys: pytest.CaptureFixture[str]) -> None:
        asked: list[str] = []
        given = {"layout": ran(code=2), "coverage": ran(GREEN)}
        assert main([LAYOUT, TESTS], answers(given, asked)) == 1  # type: ignore[arg-type]  # a plain function
        assert asked == ["layout", "coverage"]
        last = capsys.readouterr().out.splitlines()
        assert last[-2:] == ["Red: layout", "12 passed, 0 failed, 1 skipped"]

    def test_is_green_only_when_every_required_check_passed(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = {"audit": ran("NOT RUN: audit: offline"), "coverage": ran(GREEN)}
        assert main([AUDIT, TESTS], answers(given)) == 0  # type: ignore[arg-type]  # a plain function
        printed = capsys.readouterr().out
        assert "audit     NOT RUN      1.5  audit: offline (not required here)" in printed
        assert "NOT RUN, not required here: audit" in printed
        assert "coverage  PASS         1.5  12 passed, 1 skipped" in printed

    def test_adds_up_the_tests_of_the_targets_that_run_each_test_once(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = {
            "coverage": ran("= 7 passed, 2 skipped, 80 deselected in 9.00s ="),
            "drills": ran("= 1 failed, 4 passed, 90 deselected in 9.00s =", code=1),
            "docs": ran("= 5 passed in 9.00s ="),
        }
        checks = [Check(name, proves_tests=True) for name in said]
        main(checks, answers(said))  # type: ignore[arg-type]  # a plain function
        assert capsys.readouterr().out.splitlines()[-1] == "11 passed, 1 failed, 2 skipped"

    def test_says_so_when_no_test_ran(self, capsys: pytest.CaptureFixture[str]) -> None:
        main([LAYOUT], answers({"layout": ran()}))  # type: ignore[arg-type]  # a plain function
        assert capsys.readouterr().out.splitlines()[-1] == "no tests ran"


class TestRun:
    def test_keeps_what_was_printed_on_both_streams(self) -> None:
        script = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
        done = run([sys.executable, "-c", script], 60)
        assert (done.code, done.lines) == (3, ("out", "err"))

    def test_tells_the_tests_that_this_is_ci(self) -> None:
        assert run([sys.executable, "-c", "import os; print(os.environ['CI'])"], 60).lines == ("true",)

    def test_stops_what_has_no_end_with_all_its_children(self) -> None:
        script = (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
        )
        done = run([sys.executable, "-c", script], 1)
        assert done.code is None
        assert done.seconds < 30
