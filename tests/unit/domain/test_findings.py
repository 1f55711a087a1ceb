"""Names of problems that survive shifts and checkouts, and how they are counted."""

from __future__ import annotations

import pytest

from tidegate.domain.findings import Finding, FindingCounts, Severity, baseline_of, fingerprint


def finding(message: str = "m", severity: Severity = Severity.HIGH, suppressed: bool = False) -> Finding:
    return Finding("bandit", "B101", message, severity, "a.py", 3, suppressed)


def counts(*findings: Finding) -> FindingCounts:
    counted = FindingCounts()
    for one in findings:
        counted.add(one)
    return counted


class TestFingerprint:
    @pytest.mark.parametrize(
        "path",
        [
            "./src/a b.py",
            "src\\a b.py",
            "file:///home/runner/work/shop/shop/src/a%20b.py",
            "/home/runner/work/shop/shop/src/a b.py",
            "/__w/shop/shop/src/a b.py",
            "file:///D:/a/shop/shop/src/a%20b.py",
            "D:\\a\\shop\\shop\\src\\a b.py",
            "/github/workspace/src/a b.py",
            "/builds/team/shop/src/a b.py",
            "/home/vsts/work/1/s/src/a b.py",
            "/home/circleci/project/src/a b.py",
            "/var/jenkins_home/workspace/shop/src/a b.py",
        ],
    )
    def test_does_not_depend_on_where_sources_were_checked_out(self, path: str) -> None:
        assert fingerprint("ruff", "E1", path, "m") == fingerprint("Ruff", "E1", "src/a b.py", "m")

    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("redefinition from line 3", "redefinition  from line 47"),
            ("Unused value assigned at line 5", "Unused value assigned at line 8"),
            ("see lines 3-9, column 4", "see lines 13-19, column 7"),
            ("on line #3", "on line #14"),
            ("first seen in app/a.py:12:5", "first seen in app/a.py:15:1"),
            ("first seen at L12", "first seen at L7"),
            ("==app.a:[12:20]", "==app.a:[13:21]"),
            ("in /builds/x/y/app/a.py", "in /home/runner/work/y/y/app/a.py"),
        ],
    )
    def test_does_not_depend_on_places_in_the_message(self, here: str, there: str) -> None:
        assert fingerprint("f", "F811", "a", here) == fingerprint("f", "F811", "a", there)

    @pytest.mark.parametrize(
        ("here", "there"),
        [
            ("too complex (11)", "too complex (12)"),
            ("CVE-2024-1", "CVE-2024-2"),
            ("python3.11:443", "python3.11:80"),
            ("GET /api/users", "GET /api/admin/users"),
        ],
    )
    def test_depends_on_all_other_numbers_and_paths_in_it(self, here: str, there: str) -> None:
        assert fingerprint("f", "F811", "a", here) != fingerprint("f", "F811", "a", there)

    @pytest.mark.parametrize(
        "other", [("g", "r", "p", "m"), ("f", "s", "p", "m"), ("f", "r", "q", "m"), ("f", "r", "p", "n 3")]
    )
    def test_depends_on_tool_rule_path_and_message(self, other: tuple[str, str, str, str]) -> None:
        assert fingerprint(*other) != fingerprint("f", "r", "p", "m")


class TestKey:
    def test_keeps_the_path_so_that_checkouts_can_be_compared(self) -> None:
        assert finding().key.endswith(" - a.py")

    def test_names_the_problem_as_its_tool_does_where_that_lasts(self) -> None:
        named = Finding("bandit", "B101", "m", Severity.HIGH, "a.py", 3, stable="primaryLocationLineHash:a:1")
        content, own, path = named.key.split(" ", 2)
        assert (len(content), path) == (32, "a.py")
        assert own == "bandit/B101/primaryLocationLineHash:a:1"


class TestCounting:
    def test_leaves_suppressed_findings_out(self) -> None:
        counted = counts(finding(), finding(), finding("hushed", suppressed=True))
        assert counted.of() == {Severity.HIGH: {finding().key: 2}}

    def test_tells_tools_apart(self) -> None:
        other = Finding("CodeQL", "q", "m", Severity.LOW, "a.py")
        counted = counts(finding(), other)
        assert counted.of("codeql") == {Severity.LOW: {other.key: 1}}
        assert counted.of("Bandit") == {Severity.HIGH: {finding().key: 1}}
        assert counted.of("semgrep") == {}
        assert counted.of() == {Severity.HIGH: {finding().key: 1}, Severity.LOW: {other.key: 1}}

    def test_a_baseline_is_what_reports_hold_together(self) -> None:
        assert baseline_of([counts(finding()).of(), counts(finding()).of()]) == {
            Severity.HIGH: {finding().key: 2}
        }
