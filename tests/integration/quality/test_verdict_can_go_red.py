"""The pipeline's own verdict: given on these sources' reports alone, and red on everything but a pass."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import verdict
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
    for report in [path for path in made.iterdir() if path.is_file()]:
        report.unlink()
    assert verdict.main([]) == 0
    assert "tests.passed 22" in capfd.readouterr().out


def a_failing_test(reports: Path) -> None:
    path = reports / "junit.xml"
    text = re.sub(
        r"(<testcase [^>]*?) />", r"\1><failure message='no'/></testcase>", path.read_text(), count=1
    )
    path.write_text(text.replace('failures="0"', 'failures="1"'))


def a_type_error(reports: Path) -> None:
    (reports / "mypy.txt").write_text(
        'src/a.py:1: error: Name "x" is not defined  [name-defined]\n'
        "Found 1 error in 1 file (checked 3 source files)\n"
    )


def a_finding_of_the_linter(reports: Path) -> None:
    path = reports / "flake8.txt"
    path.write_text(
        f"src/a.py:1:1: F401 'os' imported but unused\n{path.read_text()}".removesuffix("0\n") + "1\n"
    )


def a_hole(reports: Path) -> None:
    path = reports / "bandit.json"
    report = json.loads(path.read_text())
    finding = {
        "code": "1 eval(x)",
        "filename": "src/a.py",
        "issue_confidence": "HIGH",
        "issue_severity": "HIGH",
        "issue_text": "Never do this.",
        "line_number": 1,
        "line_range": [1],
        "test_id": "B307",
        "test_name": "eval",
    }
    report["results"] = [finding]
    report["metrics"]["_totals"] |= {"SEVERITY.HIGH": 1, "CONFIDENCE.HIGH": 1}
    path.write_text(json.dumps(report))


def no_coverage(reports: Path) -> None:
    (reports / "coverage.xml").unlink()


def no_tests(reports: Path) -> None:
    (reports / "junit.xml").unlink()


def a_broken_report(reports: Path) -> None:
    path = reports / "coverage.xml"
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (a_failing_test, "fail       tests-pass"),
        (a_type_error, "fail       types-clean"),
        (a_finding_of_the_linter, "fail       lint-clean"),
        (a_hole, "fail       no-high-security-finding"),
        (no_coverage, "missing    coverage"),
        (no_tests, "missing    tests-pass"),
        (a_broken_report, "unreadable coverage"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_red_on_a_report_that_fails_is_missing_or_cannot_be_read(
    judged: Checkout, capfd: pytest.CaptureFixture[str], broken: Callable[[Path], None], rule: str
) -> None:
    broken(judged.folder / ".reports")
    assert verdict.main([]) == 1
    assert rule in capfd.readouterr().out


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
