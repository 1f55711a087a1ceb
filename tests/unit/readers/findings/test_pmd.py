"""PMD's XML, and PHPMD's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import Limits
from tidegate.readers.findings.pmd import READER


def violation(priority: str = "3", text: str = "Avoid unused variables.", line: str = "3") -> str:
    return (
        f'<violation beginline="{line}" rule="UnusedLocalVariable" ruleset="Best Practices"'
        f' priority="{priority}">'
        f"\n{text}\n</violation>"
    )


def file(*inside: str, name: str = "/src/A.java") -> str:
    return f'<file name="{name}">{"".join(inside)}</file>'


def report(*inside: str, version: str = "7.27.0") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<pmd xmlns="http://pmd.sourceforge.net/report/2.0.0"'
        f' version="{version}" timestamp="2026-01-01T10:00:00.000Z">{"".join(inside)}</pmd>'
    )


class TestViolations:
    def test_are_rated_by_their_priority(self) -> None:
        reading, found = read(READER, report(file(*map(violation, "12345"))))
        assert (reading.ran, reading.tool, reading.kind) == (True, "pmd", "lint")
        assert (reading.tool_version, reading.made_at) == ("7.27.0", datetime(2026, 1, 1, 10, tzinfo=UTC))
        assert reading.measures == {
            "findings.total": 5,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 2,
            "findings.medium": 2,
            "findings.low": 1,
            "findings.info": 0,
        }
        first = found[0]
        assert (first.rule, first.path, first.line) == ("UnusedLocalVariable", "/src/A.java", 3)
        assert first.message == "Avoid unused variables."

    @pytest.mark.parametrize("priority", ["", "0", "6", "high"])
    def test_of_another_priority_are_unrated(self, priority: str) -> None:
        assert measure(READER, report(file(violation(priority)))).measures["findings.unrated"] == 1

    def test_cut_a_long_text_and_need_no_line(self) -> None:
        text = violation(text="x" * 100 + "&amp;" * 3 + "y", line="0") + violation(text="")
        _, found = read(READER, report(file(text)), Limits(max_text=10))
        assert [(each.message, each.line) for each in found] == [("x" * 10, None), ("", 3)]

    def test_none_is_a_clean_run(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.total"] == 0
        assert "findings.suppressed" not in reading.measures

    def test_that_were_suppressed_count_apart(self) -> None:
        suppressed = '<suppressedviolation filename="B.java" suppressiontype="nopmd" msg="m" usermsg=""/>'
        reading, found = read(READER, report(file(violation()), suppressed))
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 1)
        assert (found[1].suppressed, found[1].path, found[1].message) == (True, "B.java", "m")

    @pytest.mark.parametrize(
        ("text", "tool"),
        [
            (report(file(name="a.php"), version="@project.version@"), "phpmd"),
            (report(file(name="a.php")), "phpmd"),
            (report(version="2.15.0"), "phpmd"),
            (report(version="4.3"), "pmd"),
            (report(version="oclint-22.02"), "oclint"),
        ],
    )
    def test_are_phpmds_by_its_files_or_its_version(self, text: str, tool: str) -> None:
        assert measure(READER, text).tool == tool


class TestNotRun:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (
                report('<error filename="B.java" msg="ParseException"><![CDATA[at]]></error>'),
                "could not process 1 file(s), the first is B.java: repair",
            ),
            (
                report('<configerror rule="LoosePackageCoupling" msg="No packages"/>'),
                "could not use 1 rule(s)",
            ),
            (report("<warning/>"), "holds <warning>"),
            ("<pmd/>", "names no version"),
        ],
    )
    def test_where_something_was_not_checked(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")


class TestRecognition:
    def test_goes_by_the_root(self) -> None:
        assert recognises(READER, report())
        assert not recognises(READER, "<pmd-cpd/>") and not recognises(READER, "{}")

    @pytest.mark.parametrize("text", ["", "<pmd-cpd/>", report(file(violation()))[:-5], report() * 2])
    def test_of_another_shape_is_refused(self, text: str) -> None:
        assert refusal(READER, text)
