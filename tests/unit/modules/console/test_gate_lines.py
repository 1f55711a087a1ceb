"""Tests of how two versions of a gate are compared on a page."""

from __future__ import annotations

from datetime import timedelta

from tidegate.domain.gates import Gate, Need, On, Rule
from tidegate.domain.measures import Kind
from tidegate.modules.console.views.gates import difference

_TESTS = Need(Kind.TESTS)


def gate(rule: Rule) -> Gate:
    return Gate("production", "production", (rule,))


class TestDifference:
    def test_leaves_out_what_nobody_has_to_write(self) -> None:
        plain = gate(Rule("tests", "tests", "tests.failed == 0", (_TESTS,)))
        assert difference(None, plain) == [
            "@@ -0,0 +1,3 @@",
            "+- id: tests",
            "+  that: tests.failed == 0",
            "+  needs: [tests]",
        ]

    def test_names_what_was_written(self) -> None:
        needs = (_TESTS, Need(Kind.LINT, "flake8"))
        before = gate(Rule("tests", "Tests", "tests.failed == 0", needs))
        after = gate(Rule("tests", "Tests", "tests.failed == 0", needs, timedelta(hours=24), On.WARN))
        assert difference(before, after) == [
            "@@ -3,2 +3,4 @@",
            "   that: tests.failed == 0",
            "   needs: [lint/flake8, tests]",
            "+  max_age: 1d",
            "+  on: warn",
        ]
