"""Tests of workflow commands; the log's own rules are followed by a small parser here."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.show.samples import CASE, FINDING, context, rule, shown
from tidegate.cli.show.github import MOST, command, github
from tidegate.domain.findings import Finding, Severity

_COMMAND = re.compile(r"::(\w+)(?: ([^:]*))?::(.*)", re.DOTALL)
_MESSAGE = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def parse(line: str) -> tuple[str, dict[str, str], str]:
    """Read a command as GitHub's runner does."""
    found = _COMMAND.fullmatch(line)
    assert found is not None
    pairs = [part.partition("=") for part in (found[2] or "").split(",") if part]
    return found[1], {key: _plain(value, _PROPERTY) for key, _, value in pairs}, _plain(found[3], _MESSAGE)


def _plain(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, sign in escapes:
        text = text.replace(escaped, sign)
    return text


class TestCommand:
    @given(st.text(), st.text(min_size=1))
    def test_comes_back_as_it_was_written(self, message: str, title: str) -> None:
        line = command("error", message, title=title)
        assert "\n" not in line and "\r" not in line
        assert parse(line) == ("error", {"title": title}, message)


class TestGithub:
    def test_points_at_the_rule_in_the_gate(self) -> None:
        name, properties, message = parse(github(shown(), context()).splitlines()[0])
        assert name == "error"
        assert properties["file"] == "gates/production.yml"
        assert properties["line"] == "4"
        assert "To pass: fix 2 findings." in message

    def test_what_does_not_block_warns_and_what_passes_is_silent(self) -> None:
        verdict = shown(rule(blocks=False, on="warn"), rule("types", state="pass", blocks=False))
        lines = github(verdict, context()).splitlines()
        assert [parse(line)[0] for line in lines[:-1]] == ["warning"]

    def test_findings_and_cases_have_their_places(self) -> None:
        asked = rule(measured={"findings.total": 2, "tests.failed": 1})
        lines = github(shown(asked), context(FINDING, cases=(CASE,))).splitlines()
        assert parse(lines[1]) == (
            "error",
            {"file": "src/a b.py", "line": "7", "title": "bandit B101"},
            "Use of assert, 100% sure",
        )
        assert parse(lines[2])[2] == "assert 1 == 2"

    def test_annotates_only_what_the_gate_asks_about(self) -> None:
        asked = rule(measured={"findings.critical": 1})
        assert len(github(shown(asked), context(FINDING, cases=(CASE,))).splitlines()) == 2

    def test_annotates_once_what_several_rules_ask_about(self) -> None:
        lines = github(shown(rule(), rule("no-high")), context(FINDING)).splitlines()
        assert sum("Use of assert" in line for line in lines) == 1

    def test_a_report_that_cannot_be_counted_on_is_named_first(self) -> None:
        fault = {"report": "sha256:1", "slot": "a.xml", "state": "unreadable", "reason": "It is empty."}
        name, properties, message = parse(github(shown(faults=[fault]), context()).splitlines()[0])
        assert (name, properties["file"]) == ("error", "a.xml")
        assert message == "It is empty. If it is no report: --ignore a.xml"

    def test_suppressed_findings_are_left_out(self) -> None:
        hushed = Finding("bandit", "B101", "x", Severity.LOW, suppressed=True)
        assert len(github(shown(), context(hushed)).splitlines()) == 2

    def test_says_how_many_are_not_annotated(self) -> None:
        many = tuple(Finding("t", "R", f"m{n}", Severity.LOW) for n in range(MOST + 3))
        lines = github(shown(), context(*many, left_out=10)).splitlines()
        name, _, message = parse(lines[-2])
        assert (name, message) == ("notice", "13 more of lint-clean are not annotated.")

    def test_the_last_line_tells_how_it_ended_and_is_no_command(self) -> None:
        last = github(shown(), context()).splitlines()[-1]
        assert last.startswith("FAIL: ")
