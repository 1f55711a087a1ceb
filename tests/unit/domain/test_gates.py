"""A gate's version is named by what it asks for, not by how it is written."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import gate, report, rule
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.gates import Gate, Need, Rule, format_duration, parse_duration, tidy
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind


class TestDigest:
    def test_formatting_key_order_and_comments_do_not_matter(self) -> None:
        one = "name: g\nrules:\n- {id: r, that: tests.failed == 0, needs: [tests, lint], max_age: 24h}\n"
        other = (
            "# why\nrules:\n  -  max_age: '1d'   # daily\n     needs:\n      - lint\n      - tests\n"
            "     that: |\n       tests.failed\n         == 0\n     on: block\n     id: r\nname: 'g'\n"
        )
        assert complete(draft_of(one)).digest == complete(draft_of(other)).digest

    @pytest.mark.parametrize(
        "other",
        [
            rule("tests.failed == 1"),
            rule("tests.failed == 0", "tests", "lint"),
            rule("tests.failed == 0", on="warn"),
            rule("tests.failed == 0", max_age="1d"),
            rule("tests.failed == 0", title="T"),
            rule("tests.failed == 0", id="s"),
        ],
    )
    def test_what_a_rule_asks_for_matters(self, other: dict[str, object]) -> None:
        assert gate(rule("tests.failed == 0")).digest != gate(other).digest

    def test_the_floor_matters(self) -> None:
        given = gate(rule("tests.failed == 0"))
        assert Gate("g", "g", given.rules, "sha256:00").digest != given.digest

    def test_the_order_of_rules_matters(self) -> None:
        a, b = rule("tests.failed == 0", id="a"), rule("tests.failed == 0", id="b")
        assert gate(a, b).digest != gate(b, a).digest

    def test_is_the_same_in_every_release(self) -> None:
        digest = "sha256:65dd2b855b0033d63b4268fcf70b87e3a82bc6027a1b0216b2c99a52baff51e0"
        assert gate(rule("tests.failed == 0", max_age="24h")).digest == digest

    def test_a_gate_cannot_be_edited(self) -> None:
        with pytest.raises(FrozenInstanceError):
            gate(rule("tests.failed == 0")).name = "x"  # type: ignore[misc]  # what is tested


class TestNeed:
    def test_a_builder_is_named_letter_by_letter(self) -> None:
        written = "https://Example.org/My_Builder"
        need = gate(rule("provenance.subjects >= 1", f"provenance/{written}")).rules[0].needs[0]
        assert str(need) == f"provenance/{written}"
        assert need.met_by(report(Kind.PROVENANCE, tool=written))
        for other in (written.casefold(), written.replace("_", "-"), f"{written}/", ""):
            assert not need.met_by(report(Kind.PROVENANCE, tool=other))
        assert need.met_by(report(Kind.PROVENANCE, tool="", unreadable="It is cut off."))

    def test_takes_every_tool_of_a_kind(self) -> None:
        assert Need(Kind.LINT).met_by(report(Kind.LINT, tool="flake8"))
        assert not Need(Kind.LINT).met_by(report(Kind.TESTS))

    def test_takes_one_tool_however_it_is_spelled(self) -> None:
        assert Need(Kind.LINT, "flake8").met_by(report(Kind.LINT, tool="Flake8"))
        assert not Need(Kind.LINT, "flake8").met_by(report(Kind.LINT, tool="pylint"))
        assert not Need(Kind.LINT, "flake8").met_by(report(Kind.LINT, tool=""))

    def test_takes_what_cannot_be_read_and_might_be_it(self) -> None:
        need = Need(Kind.LINT, "flake8")
        assert need.met_by(report(None, unreadable="x"))
        assert need.met_by(report(Kind.LINT, tool="", unreadable="x"))
        assert not need.met_by(report(Kind.LINT, tool="pylint", unreadable="x"))
        assert not need.met_by(report(Kind.SAST, tool="", unreadable="x"))

    def test_is_written_as_in_documents(self) -> None:
        assert (str(Need(Kind.LINT)), str(Need(Kind.LINT, "flake8"))) == ("lint", "lint/flake8")


class TestRule:
    def test_sorts_its_needs(self) -> None:
        needs = (Need(Kind.TESTS), Need(Kind.LINT, "b"), Need(Kind.LINT, "a"), Need(Kind.TESTS))
        assert Rule("r", "r", "tool.ran", needs).needs == (
            Need(Kind.LINT, "a"),
            Need(Kind.LINT, "b"),
            Need(Kind.TESTS),
        )

    @pytest.mark.parametrize(
        ("text", "tidied"),
        [
            (" tests.failed\n  ==  0 ", "tests.failed == 0"),
            ("'a  b' == 'a  b'", "'a  b' == 'a  b'"),
            ("true // why\n && true ", "true // why\n && true"),
        ],
    )
    def test_white_space_is_tidied_where_it_means_nothing(self, text: str, tidied: str) -> None:
        assert tidy(text) == tidied


class TestDurations:
    @pytest.mark.parametrize(
        "text", ["", "1", "h", "0h", "-1h", "1.5h", "1 h", "1H", "1h30m", "1234567h", "१h"]
    )
    def test_refuses_others(self, text: str) -> None:
        assert parse_duration(text) is None

    @pytest.mark.parametrize(
        ("given", "written"), [("24h", "1d"), ("14d", "2w"), ("90m", "90m"), ("60s", "1m")]
    )
    def test_writes_the_largest_unit(self, given: str, written: str) -> None:
        duration = parse_duration(given)
        assert duration is not None and format_duration(duration) == written

    @given(st.integers(1, 999_999).map(lambda n: timedelta(seconds=n)))
    def test_what_is_written_is_read(self, duration: timedelta) -> None:
        assert parse_duration(format_duration(duration)) == duration
