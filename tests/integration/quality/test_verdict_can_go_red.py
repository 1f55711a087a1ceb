"""The pipeline's own verdict: given on these sources' reports alone, and red on everything but a pass."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from scripts import verdict
from tests.integration.quality.tools import write
from tests.support.checkout import Checkout

pytestmark = pytest.mark.requirement("S3-1")


@pytest.fixture
def judged(releasable: Checkout, good_reports: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with reports that pass, and the one that commands run in."""
    releasable.take_reports(good_reports)
    monkeypatch.chdir(releasable.folder)
    return releasable


def test_green_on_reports_that_pass_and_told_in_the_summary(
    judged: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert verdict.main([]) == 0
    assert "PASS" in capfd.readouterr().out
    assert "tests-pass" in summary.read_text()
    assert judged.head[:12] in summary.read_text()


def test_green_on_reports_as_a_workflow_collects_them(
    judged: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    # A folder for each job, the tests of two Pythons beside each other.
    made = judged.folder / ".reports"
    for job, names in (
        ("reports-quality", ("flake8.txt", "mypy.txt")),
        ("reports-tests-3.11", ("junit.xml", "coverage.xml")),
        ("reports-tests-3.13", ("junit.xml", "coverage.xml")),
        ("reports-security", ("bandit.json",)),
    ):
        for name in names:
            for part in (Path(name), Path(".made-from") / name):
                (made / job / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(made / part, made / job / part)
    with (made / "reports-tests-3.13" / "junit.xml").open("a") as other:
        other.write("\n")  # as another run differs in its times: a copy would count once
    for report in [path for path in made.iterdir() if path.is_file()]:
        report.unlink()
    assert verdict.main([]) == 0
    assert "tests.passed 22" in capfd.readouterr().out


FAULTS = {
    "junit.xml": """<testsuite name="a" tests="1" failures="1"><testcase classname="a" name="b"><failure/>
        </testcase></testsuite>""",
    "mypy.txt": 'src/a.py:1: error: Name "x" is not defined  [name-defined]\n'
    "Found 1 error in 1 file (checked 3 source files)\n",
    "flake8.txt": "src/a.py:1:1: F401 'os' imported but unused\n1\n",
    "bandit.json": """{"errors": [],
        "metrics": {"_totals": {"loc": 9, "SEVERITY.HIGH": 1, "CONFIDENCE.HIGH": 1}, "src/a.py": {"loc": 9}},
        "results": [{"filename": "src/a.py", "issue_confidence": "HIGH", "issue_severity": "HIGH",
        "issue_text": "Never do this.", "line_number": 1, "test_id": "B307", "test_name": "eval"}]}""",
}


def test_red_on_reports_that_fail_or_cannot_be_read(
    judged: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    write(judged.folder / ".reports", FAULTS)
    coverage = judged.folder / ".reports/coverage.xml"
    coverage.write_bytes(coverage.read_bytes()[:200])
    assert verdict.main([]) == 1
    states = {rule: state for state, rule in re.findall(r"^(\w+) +([\w-]+)  ", capfd.readouterr().out, re.M)}
    assert {rule for rule, state in states.items() if state == "fail"} >= {
        "tests-pass",
        "types-clean",
        "lint-clean",
        "no-high-security-finding",
    }
    assert states["coverage"] == "unreadable"


def test_red_on_reports_that_are_missing(judged: Checkout, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("coverage.xml", "junit.xml"):
        (judged.folder / ".reports" / name).unlink()
    assert verdict.main([]) == 1
    printed = capfd.readouterr().out
    assert "missing    coverage" in printed
    assert "missing    tests-pass" in printed


def test_red_without_any_report(judged: Checkout, capfd: pytest.CaptureFixture[str]) -> None:
    for report in (judged.folder / ".reports").iterdir():
        if report.is_file():
            report.unlink()
    assert verdict.main([]) == 2
    assert "There is no report in .reports. Make them: make evidence" in capfd.readouterr().err


class TestReportsOfOtherSources:
    def test_are_refused_after_a_change(self, judged: Checkout, capfd: pytest.CaptureFixture[str]) -> None:
        judged.write(pyproject_toml="# other\n")
        assert verdict.main([]) == 2
        said = capfd.readouterr().err
        assert "These reports are not of the sources here" in said
        assert "junit.xml: made from" in said

    def test_are_the_same_once_the_change_is_taken_back(self, judged: Checkout) -> None:
        text = (judged.folder / "pyproject.toml").read_text()
        judged.write(pyproject_toml="# other\n")
        judged.write(pyproject_toml=text)
        judged.commit("The same sources in another commit")
        assert verdict.main([]) == 0

    def test_are_refused_where_nobody_noted_what_they_were_made_from(
        self, judged: Checkout, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (judged.folder / ".reports" / ".made-from" / "mypy.txt").unlink()
        assert verdict.main([]) == 2
        assert "mypy.txt: made from unknown sources" in capfd.readouterr().err

    def test_cannot_be_told_apart_without_git(
        self,
        tmp_path: Path,
        lone_git: None,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert verdict.main([]) == 2
        assert "Nobody can tell which sources these are" in capfd.readouterr().err
