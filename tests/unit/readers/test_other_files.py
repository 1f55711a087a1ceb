"""Which files of a folder are clearly no reports, and which block although nobody can read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tidegate.readers.base import Source
from tidegate.readers.other_files import instead_of_log, looks_like_report


def source(name: str, content: Any) -> Source:
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    return Source.of_bytes(text if isinstance(text, bytes) else text.encode(), name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.trx", ""),
        ("run.tap", ""),
        ("run.tap", "ok 1\n"),
        ("junit.xml", ""),
        ("junit.xml", "[Pipeline] sh\n"),
        ("report.xml", "<suites/>"),
        ("eslint.json", [{"filePath": "a", "messages": []}]),
        ("any.json", {"a": 1}),
        ("any.json", ""),
        ("notes.txt", "words"),
        ("results", "<harbour-report/>"),
        ("results", {"passed": 3}),
        ("results.out", "3 tests, 1 failure\n"),
        ("build.out", "x" * 70_000 + "\nTests run: 5, Failures: 1\n"),
        ("scan.csv", "id,severity,file\n1,high,a\n"),
        ("report.yaml", "SPDXID: SPDXRef-DOCUMENT\n"),
        ("summary", "TOTAL   120   7   94%\n"),
        ("junit.xml.gz", b"\x1f\x8b\x08"),
        ("test-results.zip", b"PK\x03\x04"),
        ("404.xml", "<!DOCTYPE html><html><body>Not found</body></html>"),
    ],
)
def test_what_looks_like_a_report_is_taken_for_one(name: str, content: Any) -> None:
    assert looks_like_report(source(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package.json", {"name": "harbour", "scripts": {"test": "jest"}}),
        ("web/tsconfig.build.json", {"compilerOptions": {}}),
        ("package-lock.json", {"name": "a", "lockfileVersion": 3}),
        ("index.html", "<html>3 tests failed</html>"),
        ("coverage.svg", "<svg/>"),
        ("logo.png", b"\x89PNG"),
        ("style.css", "a{}"),
        ("test_harbour.py", "assert 1\n"),
        ("README.md", "3 tests failed"),
        ("README.txt", "words"),
        ("requirements-dev.txt", "pytest==8\n"),
        ("LICENSE", "words"),
        ("pom.xml", "<project/>"),
        ("harbour.csproj.xml", "<Project/>"),
        ("tidegate.yml", "rules:\n- that: tests.failed == 0\n"),
        ("baseline.json", {"tidegate_baseline": 1, "findings": {}}),
        ("status.json", {"format": 2, "version": "7", "globals": "x", "files": {}}),
        ("api.json", {"openapi": "3.1.0", "paths": {}}),
        ("build.log", "[Pipeline] Start of Pipeline\n3 tests failed\nFinished: FAILURE\n"),
        ("target/jacoco", b"\x01\xc0\xc0"),
        ("notes", "a few words\n"),
        ("empty", ""),
        ("blob", b"\0\1\2"),
        ("assets.zip", b"PK\x03\x04"),
        ("data.csv", "a,b\n1,2\n"),
    ],
)
def test_what_is_clearly_something_else_is_not(name: str, content: Any) -> None:
    assert not looks_like_report(source(name, content))


def test_reads_the_end_of_a_long_file_from_disk(tmp_path: Path) -> None:
    log = tmp_path / "run.out"
    log.write_text("x\n" * 100_000 + "1 failed, 3 passed\n", "utf-8")
    assert looks_like_report(Source.of_path(log))
    log.write_text("x\n" * 100_000, "utf-8")
    assert not looks_like_report(Source.of_path(log))


@pytest.mark.parametrize(
    ("name", "content", "beside"),
    [
        (
            "org.example.HarbourTest.txt",
            "-----\nTest set: org.example.HarbourTest\n",
            "TEST-org.example.HarbourTest.xml",
        ),
        ("jacoco.csv", "GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED\n", "jacoco.xml"),
    ],
)
def test_what_the_same_run_has_written_twice_needs_to_be_read_once(
    tmp_path: Path, name: str, content: str, beside: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert looks_like_report(Source.of_path(tmp_path / name))
    (tmp_path / beside).write_text("", "utf-8")
    assert not looks_like_report(Source.of_path(tmp_path / name))


_GITLEAKS = (
    "    \u25cb\n    \u2591    gitleaks\n\n\x1b[90m9:41AM\x1b[0m \x1b[32mINF\x1b[0m 5 commits scanned.\n"
)
_TRIVY = "2026-05-01T10:00:00Z\tINFO\t[vuln] Vulnerability scanning is enabled\n"
_TABLE = "requirements.txt (pip)\n===\nTotal: 2 (UNKNOWN: 0, LOW: 0, MEDIUM: 1, HIGH: 1, CRITICAL: 0)\n"


class TestLogs:
    @pytest.mark.parametrize(
        ("name", "content", "named"),
        [
            ("gitleaks.log", "", "reports/gitleaks.log is a log: `gitleaks git --report-format sarif"),
            (
                "scan.log",
                _GITLEAKS,
                "reports/scan.log is gitleaks's log: `gitleaks git --report-format sarif",
            ),
            ("scan.log", "9:41AM WRN leaks found: 2\n", "reports/scan.log is gitleaks's log: `gitleaks git"),
            ("trivy.log", "", "reports/trivy.log is a log: `trivy fs --format json"),
            ("scan.log", _TRIVY, "reports/scan.log is Trivy's log or table: `trivy fs --format json"),
            ("scan.out", _TABLE, "reports/scan.out is Trivy's log or table: `trivy fs --format json"),
            ("build.log", "[Pipeline] sh\n", "reports/build.log is a build log: submit the reports that the"),
        ],
    )
    def test_are_no_reports_and_say_what_writes_one(self, name: str, content: str, named: str) -> None:
        log = source(f"reports/{name}", content)
        assert not looks_like_report(log)
        assert instead_of_log(log).startswith(named)

    @pytest.mark.parametrize("name", ["notes.log", "gitleaks.py", "trivy.yaml"])
    def test_of_no_tool_and_other_files_need_no_words(self, name: str) -> None:
        assert instead_of_log(source(name, "words\n")) == ""

    def test_beside_a_report_of_the_same_run_need_no_words(self, tmp_path: Path) -> None:
        (tmp_path / "scan.log").write_text(_TRIVY)
        (tmp_path / "scan.json").write_text("{}")
        assert instead_of_log(Source.of_path(tmp_path / "scan.log")) == ""

    def test_under_the_ending_of_a_report_block(self) -> None:
        assert looks_like_report(source("scan.txt", _TRIVY))
