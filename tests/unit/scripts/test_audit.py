"""The dependency audit: a hole fails, and what was not looked up is never clean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.audit import Printed, main, read_pip_audit, read_safety, run

CLEAN = {"name": "flask", "version": "3.1.0", "vulns": []}
HOLE = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "click", "skip_reason": "Dependency not found on PyPI"}
OURS = {"name": "tidegate", "skip_reason": "Dependency not found on PyPI"}


def pip_audit(*entries: object) -> Printed:
    """Make what pip-audit prints."""
    return Printed(0, json.dumps({"dependencies": entries}), "")


def safety(*holes: object, scanned: object = ("flask",)) -> Printed:
    """Make what Safety prints, a banner before its JSON included."""
    return Printed(0, "banner\n" + json.dumps({"vulnerabilities": holes, "scanned_packages": scanned}), "")


class TestPipAudit:
    def test_is_clean_when_every_package_was_looked_up(self) -> None:
        said = read_pip_audit(pip_audit(CLEAN, OURS))
        assert (said.holes, said.why_not) == ((), "")

    def test_names_the_hole(self) -> None:
        assert read_pip_audit(pip_audit(CLEAN, HOLE)).holes == ("jinja2 2.0: PYSEC-1",)

    def test_did_not_run_where_one_package_is_unknown(self) -> None:
        assert "1 of 2 packages" in read_pip_audit(pip_audit(CLEAN, UNKNOWN)).why_not

    def test_did_not_run_where_nothing_was_listed(self) -> None:
        assert read_pip_audit(pip_audit()).why_not

    @pytest.mark.parametrize("out", ["", "[]", "{}", "No route to host"])
    def test_did_not_run_where_there_is_no_report(self, out: str) -> None:
        assert read_pip_audit(Printed(1, out, "trace\nConnectionError: no route\n")).why_not.endswith(
            "no route"
        )


class TestSafety:
    def test_is_clean_when_it_scanned_and_found_nothing(self) -> None:
        said = read_safety(safety())
        assert (said.holes, said.why_not) == ((), "")

    def test_names_the_hole(self) -> None:
        hole = {"package_name": "jinja2", "analyzed_version": "2.0", "vulnerability_id": "7"}
        assert read_safety(safety(hole)).holes == ("jinja2 2.0: 7",)

    def test_did_not_run_where_it_scanned_nothing(self) -> None:
        assert read_safety(safety(scanned=())).why_not == "it scanned no package"

    @pytest.mark.parametrize("out", ["", "Please sign in", "{broken", '{"vulnerabilities": null}'])
    def test_did_not_run_where_there_is_no_report(self, out: str) -> None:
        assert read_safety(Printed(1, out, "")).why_not == "it said nothing"


class TestMain:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Path:
        """Where the evidence goes."""
        self.reports = tmp_path / "reports"
        return self.reports

    def run(self, first: Printed, second: Printed) -> int:
        """Audit with two tools that answer so."""
        answers = iter([first, second])

        def runner(command: Sequence[str]) -> Printed:
            return next(answers)

        return main(runner, Path("bin"), self.reports)

    def test_keeps_the_report_that_is_evidence(self) -> None:
        self.run(pip_audit(HOLE), safety())
        assert (self.reports / "pip-audit.json").read_text() == pip_audit(HOLE).out

    def test_keeps_no_report_of_an_audit_that_did_not_run(self) -> None:
        self.run(pip_audit(CLEAN), safety())
        self.run(pip_audit(UNKNOWN), safety())
        assert not (self.reports / "pip-audit.json").exists()

    def test_passes_when_both_are_clean(self) -> None:
        assert self.run(pip_audit(CLEAN), safety()) == 0

    def test_fails_on_a_hole_even_where_the_other_did_not_run(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(pip_audit(HOLE), Printed(1, "", "offline")) == 1
        printed = capsys.readouterr()
        assert "PYSEC-1" in printed.err
        assert "NOT RUN: audit: safety: offline" in printed.out

    def test_goes_on_when_it_could_not_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("REQUIRE_AUDIT", raising=False)
        assert self.run(pip_audit(UNKNOWN), Printed(None, "", "no answer")) == 0

    def test_fails_when_it_could_not_run_and_is_required(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUIRE_AUDIT", "1")
        assert self.run(pip_audit(CLEAN), Printed(None, "", "no answer")) == 1


def test_run_gives_code_and_both_streams() -> None:
    printed = run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (printed.code, printed.out, printed.err) == (3, "out\n", "err\n")
