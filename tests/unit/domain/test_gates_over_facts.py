"""Gates that read facts: their documents, what linting says of them, and floors that stay floors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.domain.samples import gate, rule
from tidegate.domain.gate_documents import InvalidGate, draft_of, examine, restore
from tidegate.domain.inheritance import inherit
from tidegate.domain.lint import lint

HEALTHY = rule('facts.health.state == "pass"', "facts", max_age="1h")
FLOOR = gate({**rule('facts.backup.age < duration("24h") && facts.replicas >= 3', "facts"), "max_age": "2h"})


def problems(*rules: dict[str, Any]) -> list[str]:
    return [str(one) for one in examine({"name": "g", "rules": list(rules)})[1]]


def doubts(that: str, **more: Any) -> list[str]:
    return [str(one) for one in lint({"name": "g", "rules": [rule(that, "facts", **more)]})]


def child(that: str, **more: Any) -> Any:
    return draft_of({"name": "c", "extends": "g", "rules": [rule(that, "facts", **more)]})


class TestDocument:
    def test_comes_back_from_its_canonical_form(self) -> None:
        made = gate(HEALTHY, {**rule('tests.failed == 0 && facts.a == "x"', "tests", "facts"), "id": "both"})
        assert restore(made.to_document()) == made
        assert [one.asked_for for one in made.rules] == [("facts",), ("tests", "facts")]

    def test_must_need_the_facts_that_it_reads(self) -> None:
        (only,) = problems(rule('facts.a == "x" && tests.failed == 0', "tests"))
        assert "`facts.a` is a fact. Add `facts` to needs." in only

    def test_must_read_the_facts_that_it_needs(self) -> None:
        (only,) = problems(rule("tests.failed == 0", "tests", "facts"))
        assert "needs facts and its expression names none" in only

    def test_must_need_the_evidence_that_measures_are_of(self) -> None:
        (only,) = problems(rule('facts.a == "x" && tests.failed == 0', "facts"))
        assert "Add `tests` to needs." in only

    @pytest.mark.parametrize(
        ("needs", "why"),
        [
            (["facts", "facts"], "A need stands here twice"),
            (["facts/health"], "Write `facts`; which of them"),
        ],
    )
    def test_names_facts_once_and_without_a_field(self, needs: list[str], why: str) -> None:
        found = problems({"id": "r", "that": 'facts.a == "x"', "needs": needs})
        assert any(why in one for one in found)


class TestLint:
    def test_finds_nothing_in_the_rules_of_the_guide(self) -> None:
        assert doubts('facts.health.state == "pass"', max_age="15m") == []
        assert doubts('facts.backup.age < duration("24h")') == []
        assert doubts("facts.version.declared == facts.version.observed", max_age="15m") == []
        assert doubts('facts.tier.declared == "gold"') == []

    @pytest.mark.parametrize(
        "that",
        [
            'facts.health.state == "pass"',
            "facts.version.declared == facts.version.observed",
            'facts.health.state.since < timestamp("2026-01-31T00:00:00Z")',
        ],
    )
    def test_doubts_a_rule_that_goes_on_passing_for_a_day_and_says_the_line_that_ends_it(
        self, that: str
    ) -> None:
        (doubt,) = doubts(that)
        assert "Rule `r` goes on passing for 1d after what it reads was last seen" in doubt
        assert "Add the line `max_age: 15m`" in doubt
        assert doubts(that, max_age="15m") == []

    def test_asks_for_a_rule_of_their_own_where_one_age_would_count_for_reports_too(self) -> None:
        both = rule('tests.failed == 0 && facts.health.state == "pass"', "tests", "facts")
        facts, reports = [one.suggestion for one in lint({"name": "g", "rules": [both]})]
        assert facts == "Ask for facts in a rule of its own, and add the line `max_age: 15m` there."
        assert reports == "Add max_age, such as 24h."

    @pytest.mark.parametrize(
        ("that", "meant"),
        [
            ('facts.health.sate == "pass"', "Did you mean `health.state`?"),
            ('facts.version.declare == "2"', "Did you mean `facts.version.declared`?"),
        ],
    )
    def test_doubts_fields_that_are_nearly_others(self, that: str, meant: str) -> None:
        assert any(meant in one for one in doubts(that))

    def test_doubts_a_part_that_asks_nothing(self) -> None:
        assert any("always says the same" in one for one in doubts('facts.a == "x" && 1 < 2'))


class TestFloor:
    @pytest.mark.parametrize(
        ("that", "max_age", "why"),
        [
            ('facts.backup.age < duration("48h")', "1h", "facts.backup.age below 24h"),
            ('duration("24h") >= facts["backup.age"]', "1h", "facts.backup.age below 24h"),
            ("facts.replicas >= 2", "1h", "facts.replicas.observed at least 3"),
            ("facts.replicas >= 4", "3h", "no older than 2h"),
        ],
    )
    def test_is_not_loosened(self, that: str, max_age: str, why: str) -> None:
        with pytest.raises(InvalidGate, match=why):
            inherit(FLOOR, child(that, max_age=max_age))

    def test_holds_an_age_that_it_did_not_write_down(self) -> None:
        with pytest.raises(InvalidGate, match="no older than 1d"):
            inherit(gate(rule("facts.a == 1", "facts")), child("facts.a == 1", max_age="2d"))

    def test_is_held_by_a_rule_that_says_no_age(self) -> None:
        (joined,) = inherit(gate(rule("facts.a == 1", "facts", max_age="15m")), child("facts.a == 1")).rules
        assert joined.fact_age == timedelta(minutes=15)

    def test_lets_no_fact_grow_older_by_what_it_allows_its_reports(self) -> None:
        floor = gate(rule("tests.failed == 0", "tests", max_age="30d"))
        both = rule("tests.failed == 0 && facts.a == 1", "tests", "facts")
        (joined,) = inherit(floor, draft_of({"name": "c", "extends": "g", "rules": [both]})).rules
        assert joined.fact_age == timedelta(hours=24)

    def test_can_be_asked_for_more(self) -> None:
        (joined,) = inherit(
            FLOOR, child('facts.backup.age < duration("1h") && facts.a == "x"', max_age="1h")
        ).rules
        assert [name.text for name in joined.expression.facts] == [
            "facts.a",
            "facts.backup.age",
            "facts.replicas",
        ]
        assert joined.to_document()["max_age"] == "1h"

    def test_merges_bounds_on_numbers(self) -> None:
        (joined,) = inherit(gate(rule("facts.n >= 3", "facts")), child("facts.n.observed >= 5")).rules
        assert joined.that == "facts.n.observed >= 5"
