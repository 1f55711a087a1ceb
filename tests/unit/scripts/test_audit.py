"""The dependency audit: a vulnerability fails, and what was not audited is never clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.audit import main

CLEAN = {"name": "flask", "version": "3.1.0", "vulns": []}
VULNERABLE = {
    "name": "jinja2",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": [], "aliases": []}],
}
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI"}


def safety(*found: dict[str, Any], packages: int = 1) -> dict[str, Any]:
    """Make Safety's report of these vulnerabilities."""
    scanned = {f"flask{number}": {"name": "flask"} for number in range(packages)}
    meta = {"safety_version": "3.7.0", "packages_found": packages, "vulnerabilities_found": len(found)}
    return {"report_meta": meta, "scanned_packages": scanned, "vulnerabilities": found}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for tools and reports, where the audit is not required."""
    monkeypatch.delenv("REQUIRE_AUDIT", raising=False)
    return tmp_path


def audit(folder: Path, pip_audit: list[Any] | None, of_safety: Any) -> int:
    """Audit with two tools that write these reports, or none and a last word."""
    reports = {"pip-audit": None if pip_audit is None else {"dependencies": pip_audit}, "safety": of_safety}
    for name, report in reports.items():
        writes = (
            "echo No route to host >&2" if report is None else f"echo '{json.dumps(report)}' >\"${{!#}}\""
        )
        (folder / name).write_text(f"#!/bin/bash\n{writes}\nexit 1\n")
        (folder / name).chmod(0o755)
    return main(["requirements.txt"], folder, folder / "reports")


def test_passes_when_both_are_clean_and_keeps_one_report_as_evidence(folder: Path) -> None:
    assert audit(folder, [CLEAN], safety()) == 0
    assert json.loads((folder / "reports/pip-audit.json").read_text()) == {"dependencies": [CLEAN]}


@pytest.mark.parametrize(
    ("pip_audit", "of_safety", "named"),
    [
        ([CLEAN, VULNERABLE], safety(), "pip-audit: jinja2 is affected by PYSEC-1"),
        ([CLEAN], safety({"vulnerability_id": "7", "package_name": "jinja2"}), "safety: jinja2"),
        ([VULNERABLE], None, "PYSEC-1"),
        ([VULNERABLE, SKIPPED], safety(), "PYSEC-1"),
    ],
)
def test_names_a_vulnerability_and_fails(
    folder: Path, capsys: pytest.CaptureFixture[str], pip_audit: list[Any], of_safety: Any, named: str
) -> None:
    assert audit(folder, pip_audit, of_safety) == 1
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pip_audit", "of_safety", "why"),
    [
        (
            [CLEAN, SKIPPED],
            safety(),
            "pip-audit: 1 dependencies could not be audited; the first: Dependency not found on PyPI",
        ),
        ([], safety(), "pip-audit: pip-audit lists no dependency"),
        (None, safety(), "pip-audit: No route to host"),
        ([CLEAN], None, "safety: No route to host"),
        ([CLEAN], {"vulnerabilities": None}, "safety: The report has no `vulnerabilities`"),
        ([CLEAN], "cut off", "safety: "),
        ([CLEAN], safety(packages=0), "safety: Safety"),
    ],
)
@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_did_not_run_where_something_was_not_audited(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pip_audit: list[Any],
    of_safety: Any,
    why: str,
    required: str,
    code: int,
) -> None:
    monkeypatch.setenv("REQUIRE_AUDIT", required)
    assert audit(folder, pip_audit, of_safety) == code
    assert f"NOT RUN: audit: {why}" in capsys.readouterr().out


def test_keeps_no_report_of_an_audit_that_did_not_run(folder: Path) -> None:
    audit(folder, [CLEAN], safety())
    audit(folder, [SKIPPED], safety())
    assert not (folder / "reports/pip-audit.json").exists()
