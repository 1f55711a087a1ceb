"""Whose a finding is by its rule, and which say that a file was not checked."""

from __future__ import annotations

import pytest

from tidegate.domain.measures import Kind
from tidegate.readers.findings.borrowed_formats import OWNERS, BorrowedRun, owner_of
from tidegate.readers.findings.tool_kinds import BORROWERS

OWNED = (
    ("com.puppycrawl.tools.checkstyle.checks.sizes.LineLengthCheck", "checkstyle", ""),
    ("com.puppycrawl.tools.checkstyle.Lint/UselessAssignment", "rubocop", "Lint/UselessAssignment"),
    ("eslint.rules.@typescript-eslint/no-explicit-any", "eslint", "@typescript-eslint/no-explicit-any"),
    ("eslint.rules.@secretlint/secretlint-rule-aws", "secretlint", "@secretlint/secretlint-rule-aws"),
    ("stylelint.rules.color-no-invalid-hex", "stylelint", "color-no-invalid-hex"),
    ("swiftlint.rules.line_length", "swiftlint", "line_length"),
    ("detekt.MagicNumber", "detekt", "MagicNumber"),
    ("ShellCheck.SC2086", "shellcheck", "SC2086"),
    ("DL3008", "hadolint", ""),
    ("standard:no-wildcard-imports", "ktlint", ""),
    ("org.scalastyle.file.HeaderMatchesChecker", "scalastyle", ""),
    ("PHP-CS-Fixer.braces", "php-cs-fixer", "braces"),
    ("Squiz.WhiteSpace.SuperfluousWhitespace.EndLine", "phpcs", ""),
    ("Internal.NoCodeFound", "phpcs", ""),
    ("jshint.W033", "jshint", "W033"),
    ("net.csslint.Disallowids", "csslint", "Disallowids"),
)


@pytest.mark.parametrize(("source", "tool", "rule"), OWNED)
def test_a_rule_is_known_by_the_tool_that_alone_writes_it(source: str, tool: str, rule: str) -> None:
    assert owner_of(source) == (tool, rule or source)


@pytest.mark.parametrize("source", ["", "errcheck", "no-eval", "SC2086", "F401", "x" * 400, "DL3008 x"])
def test_a_rule_that_several_tools_may_write_is_nobodys(source: str) -> None:
    assert owner_of(source) == ("", source)


def test_every_owner_is_registered() -> None:
    assert {tool for _, tool in OWNERS} == {name.partition("/")[2] for name in BORROWERS}
    assert {tool for _, tool, _ in OWNED} == {tool for _, tool in OWNERS}


def run(*rules: str, message: str = "text") -> BorrowedRun:
    run = BorrowedRun()
    for rule in rules:
        tool, name = owner_of(rule)
        run.add(tool, name, message, "a.x")
    return run


@pytest.mark.parametrize(
    ("rules", "tool"),
    [
        ((), ""),
        (("",), ""),
        (("errcheck",), ""),
        (("eslint.rules.a", "eslint.rules.b"), "eslint"),
        (("eslint.rules.a", "stylelint.rules.b"), ""),
        (("eslint.rules.a", "errcheck"), ""),
        (("eslint.rules.a", "x" * 400), ""),
        (("com.puppycrawl.tools.checkstyle.checks.ACheck", "com.github.sevntu.checks.BCheck"), "checkstyle"),
        (("com.puppycrawl.tools.checkstyle.checks.ACheck", "no-eval"), ""),
        (("DL3008", "SC2086"), "hadolint"),
        (("SC2086",), ""),
        (("PSR12.Files.FileHeader.Order", "Acme.Naming.Short.Found"), "phpcs"),
        (("standard:indent", "acme:no-foo"), "ktlint"),
    ],
)
def test_a_report_is_of_the_only_tool_in_it(rules: tuple[str, ...], tool: str) -> None:
    assert run(*rules).tool == tool
    assert run(*rules).kind is (Kind.LINT if tool else Kind.ANALYSIS)


@pytest.mark.parametrize(
    ("rules", "message", "why"),
    [
        (("DL1000",), "unexpected 'X'", "hadolint could not parse or process a file, the first is a.x"),
        (("com.puppycrawl.tools.checkstyle.TreeWalker",), "Got an exception", "checkstyle could not parse"),
        (("com.puppycrawl.tools.checkstyle.Lint/Syntax",), "unexpected token", "rubocop could not parse"),
        (("stylelint.rules.CssSyntaxError",), "Unclosed block", "stylelint could not parse"),
        (("Internal.Exception",), "An error occurred during processing", "phpcs could not parse"),
        (("",), "Parsing error: Unexpected token", "the tool could not parse"),
        (("",), "File ignored because of a matching ignore pattern.", "the tool could not parse"),
        (("",), "Not a valid Kotlin file (1:2)", "the tool could not parse"),
        (("",), "Bad:2:4:   | 2 | RUNX foo", "the tool could not parse"),
        (("",), "PHP syntax error: unexpected '}'", "the tool could not parse"),
        (("eslint.rules.a", ""), "whatever", "1 finding(s) name no rule, by which eslint says"),
    ],
)
def test_a_finding_may_say_that_a_file_was_not_checked(
    rules: tuple[str, ...], message: str, why: str
) -> None:
    assert why in (run(*rules, message=message).why_not_checked() or "")


@pytest.mark.parametrize("rules", [(), ("",), ("eslint.rules.a",), ("errcheck",), ("Internal.NoCodeFound",)])
def test_others_do_not(rules: tuple[str, ...]) -> None:
    assert run(*rules).why_not_checked() is None


def test_nor_does_eslint_where_it_speaks_of_a_comment_in_a_file_that_it_checked() -> None:
    unused = "Unused eslint-disable directive (no problems were reported from 'no-eval')."
    assert run("eslint.rules.a", "", message=unused).why_not_checked() is None
