"""One tool has one name, however its report spells it."""

from __future__ import annotations

import pytest

from tests.unit.domain.samples import report
from tidegate.domain.gates import Need
from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool


@pytest.mark.parametrize(
    ("needed", "named"),
    [
        ("semgrep", "Semgrep OSS"),
        ("semgrep", "semgrep"),
        ("semgrep-oss", "Semgrep OSS"),
        ("Semgrep OSS", "semgrep"),
        ("semgrep", "Semgrep PRO"),
        ("codeql", "CodeQL command-line toolchain"),
        ("harbour-scan", "Harbour Scan"),
        ("Harbour Scan", "harbour_scan"),
        ("coverage.py", "Coverage.py"),
    ],
)
def test_a_need_is_met_by_the_tool_under_each_of_its_names(needed: str, named: str) -> None:
    assert Need(Kind.SAST, needed.casefold()).met_by(report(Kind.SAST, tool=named))


@pytest.mark.parametrize(
    ("needed", "named"), [("semgrep", "CodeQL"), ("snyk-code", "Snyk Open Source"), ("pylint", "pylint2")]
)
def test_other_tools_do_not_meet_it(needed: str, named: str) -> None:
    assert not Need(Kind.SAST, needed).met_by(report(Kind.SAST, tool=named))


@pytest.mark.parametrize("name", ["Semgrep OSS", "Harbour  Scan", "a_b-c", "coverage.py"])
def test_the_one_name_stays_as_it_is(name: str) -> None:
    assert canonical_tool(canonical_tool(name)) == canonical_tool(name)
