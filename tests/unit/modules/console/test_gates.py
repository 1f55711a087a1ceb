"""Tests of where a gate's rules come from."""

from __future__ import annotations

from tidegate.domain.gates import Gate, Need, Rule
from tidegate.domain.measures import Kind
from tidegate.modules.console.views.gates import placed


def rule(name: str, that: str = "tests.failed == 0") -> Rule:
    return Rule(name, name.title(), that, (Need(Kind.TESTS),))


class TestPlaced:
    def test_names_the_lowest_floor_that_says_a_rule_as_it_stands(self) -> None:
        lowest = Gate("base", "", (rule("a"),))
        floor = Gate("floor", "", (rule("a"), rule("b")))
        gate = Gate("production", "", (rule("a"), rule("b"), rule("c")))

        assert [(one.gate, one.stricter) for one in placed(gate, [floor, lowest])] == [
            ("base", False),
            ("floor", False),
            ("production", False),
        ]

    def test_says_where_a_rule_asks_for_more_than_its_floor(self) -> None:
        floor = Gate("floor", "", (rule("a"),))
        gate = Gate("production", "", (rule("a", "tests.failed == 0 && tests.passed > 9"),))

        assert [(one.gate, one.stricter) for one in placed(gate, [floor])] == [("production", True)]
