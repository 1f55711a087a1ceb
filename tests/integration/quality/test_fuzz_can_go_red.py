"""That fuzzing tells a reader which falls, and a cut report that is believed."""

from __future__ import annotations

import importlib.util

import pytest

from tests.fuzz import __main__ as fuzzing
from tests.fuzz.truncations import believed, main, reports_of

WHOLE = b"SF:a.c\nDA:1,1\nend_of_record\nSF:b.c\nDA:1,0\nend_of_record\n"


class TestCuts:
    def test_that_are_believed_are_told(self) -> None:
        # LCOV has no total: a report of half its files looks whole, which is why it is excused elsewhere.
        found = list(believed("lcov", {"report": WHOLE}, 200, seed=1))
        assert found and {each.report for each in found} == {"report"}
        assert f"of {len(WHOLE)} bytes are believed" in str(found[0])

    def test_of_a_format_with_an_end_are_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["bandit", "50"]) == 0
        assert capsys.readouterr().out == "bandit: 50 cuts\n"

    def test_of_a_format_without_an_end_are_not_tried(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["lcov", "50"]) == 0
        assert "neither an end nor a total" in capsys.readouterr().out

    def test_begin_with_the_sample_and_our_own_reports(self) -> None:
        assert {"sample", "bandit/failing.json"} <= set(reports_of("bandit"))


class TestFuzzing:
    def test_of_what_falls_says_why(self) -> None:
        wrong = fuzzing._run("truncations", "no-such-format", "1", timeout=60)
        assert wrong is not None and "KeyError: 'no-such-format'" in wrong

    def test_of_what_does_not_end_says_so(self) -> None:
        assert fuzzing._run("truncations", "bandit", "100000", timeout=1) == "did not end within 1 seconds"

    def test_ends_with_1_where_one_fell(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
        monkeypatch.setattr(fuzzing, "cut", lambda format, count: None)
        monkeypatch.setattr(fuzzing, "fuzz", lambda format, seconds: "it fell" if format == "junit" else None)
        assert fuzzing.main(["bandit", "junit", "--seconds", "1"]) == 1
        said = capsys.readouterr().out
        assert "ok   bandit: 1 s of fuzzing" in said and "FELL junit: 1 s of fuzzing\nit fell" in said

    def test_without_its_tool_is_not_run_and_no_success(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        assert fuzzing.main(["bandit"]) == 2
        assert capsys.readouterr().out.startswith("NOT RUN: atheris is not installed")

    def test_of_a_format_that_there_is_not_names_those_that_there_are(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            fuzzing.main(["trivvy"])
        assert "no such format: trivvy; there are junit" in capsys.readouterr().err
