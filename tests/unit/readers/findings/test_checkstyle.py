"""Checkstyle XML, of Checkstyle and of linters that borrow it."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits
from tidegate.readers.findings.checkstyle import READER

CHECK = "com.puppycrawl.tools.checkstyle.checks.sizes.LineLengthCheck"


def error(severity: str = "error", source: str = CHECK, line: str = "3", message: str = "Too long.") -> str:
    return f'<error line="{line}" severity="{severity}" message="{message}" source="{source}"/>'


def file(*inside: str, name: str = "/src/A.java") -> str:
    return f'<file name="{name}">{"".join(inside)}</file>'


def report(*files: str, version: str = "12.3.1") -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<checkstyle version="{version}">{"".join(files)}</checkstyle>'


class TestErrors:
    def test_are_rated_by_their_severity(self) -> None:
        errors = [error(word) for word in ("error", "Warning", "style", "info")]
        reading, found = read(READER, report(file(*errors), file(name="/src/B.java")))
        assert (reading.ran, reading.tool, reading.kind) == (True, "checkstyle", Kind.LINT)
        assert reading.tool_version == "12.3.1"
        assert reading.measures == {
            "findings.total": 4,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 1,
            "findings.info": 1,
        }
        assert (found[0].tool, found[0].rule, found[0].path, found[0].line) == (
            "checkstyle",
            CHECK,
            "/src/A.java",
            3,
        )

    @pytest.mark.parametrize("severity", ["", "ignore", "fatal"])
    def test_of_another_severity_are_unrated(self, severity: str) -> None:
        assert measure(READER, report(file(error(severity)))).measures["findings.unrated"] == 1

    def test_cut_a_long_text_and_need_no_line(self) -> None:
        errors = error(line="", message="x" * 100) + error(line="0")
        _, found = read(READER, report(file(errors)) + "\n", Limits(max_text=10))
        assert [(each.message, each.line) for each in found] == [("x" * 10, None), ("Too long.", None)]

    def test_outside_a_file_count(self) -> None:
        _, found = read(READER, report(file(), error()))
        assert [each.path for each in found] == [""]


class TestWhoseItIs:
    def test_follows_from_the_source(self) -> None:
        lint = report(file(error(source="eslint.rules.no-eval"), name="a.js"), version="4.3")
        reading, found = read(READER, lint)
        assert (reading.tool, reading.kind, reading.tool_version) == ("eslint", Kind.LINT, "")
        assert (found[0].tool, found[0].rule) == ("eslint", "no-eval")

    @pytest.mark.parametrize(
        "errors",
        [
            [error(source="errcheck")],
            [error(source="")],
            [error(source="eslint.rules.a"), error(source="stylelint.rules.b")],
        ],
    )
    def test_is_not_known_where_nothing_tells_or_several_share_it(self, errors: list[str]) -> None:
        reading = measure(READER, report(file(*errors)))
        assert (reading.ran, reading.tool, reading.kind) == (True, "checkstyle-xml", Kind.ANALYSIS)

    @pytest.mark.parametrize(
        ("version", "name", "tool"),
        [
            ("8.36.1", "A.java", "checkstyle"),
            ("12.3.1", "A.java", "checkstyle"),
            ("12.3.1", "a.js", "checkstyle-xml"),
            ("4.3", "A.java", "checkstyle-xml"),
            ("5.0", "A.java", "checkstyle-xml"),
            ("8.0", "A.java", "checkstyle-xml"),
            ("", "A.java", "checkstyle-xml"),
        ],
    )
    def test_of_a_clean_report_follows_from_its_version_and_a_java_file(
        self, version: str, name: str, tool: str
    ) -> None:
        reading = measure(READER, report(file(name=name), version=version))
        assert (reading.ran, reading.tool) == (True, tool)
        assert reading.kind is (Kind.LINT if tool == "checkstyle" else Kind.ANALYSIS)


class TestNotRun:
    @pytest.mark.parametrize(
        ("inside", "why"),
        [
            (
                file("<exception><![CDATA[java.lang.Error]]></exception>"),
                "1 exception(s), the first in /src/A",
            ),
            ("<exception/>", "1 exception(s), the first in no file"),
            (file(error(source="com.puppycrawl.tools.checkstyle.TreeWalker")), "could not parse or process"),
            (file(error(source="", message="Parsing error: Unexpected token")), "could not parse or process"),
            (file(error(), error(source="")), "1 finding(s) name no rule"),
            (file("<failure/>"), "holds <failure>"),
            ("", "No <file> is listed"),
        ],
    )
    def test_where_something_was_not_checked(self, inside: str, why: str) -> None:
        reading = measure(READER, report(inside))
        assert not reading.ran and why in (reading.why_not or "")


class TestRecognition:
    def test_goes_by_the_root(self) -> None:
        assert recognises(READER, report())
        assert not recognises(READER, "<pmd/>") and not recognises(READER, "{}")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "<pmd/>",
            report(file(error()))[:-5],
            report() * 2,
            "<checkstyle><a:file xmlns:a='b'/></checkstyle>",
        ],
    )
    def test_of_another_shape_is_refused(self, text: str) -> None:
        assert refusal(READER, text)
