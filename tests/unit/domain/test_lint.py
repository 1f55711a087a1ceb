"""Lint warns of rules that say less, or something else, than their author may think."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.domain.samples import rule
from tidegate.domain.gate_documents import Level
from tidegate.domain.lint import lint

_GATES = Path(__file__).parents[3] / "gates"


def _warnings(that: str, *needs: str) -> list[str]:
    problems = lint({"name": "g", "rules": [rule(that, *needs, max_age="1d")]})
    assert all(problem.level is Level.WARNING for problem in problems)
    return [problem.what for problem in problems]


@pytest.mark.parametrize("name", ["floor.yml", "production.yml"])
def test_the_gates_here_are_clean(name: str) -> None:
    assert lint((_GATES / name).read_text(encoding="utf-8")) == []


def test_errors_come_alone() -> None:
    problems = lint("name: g\nrules:\n  - {id: r, that: tests.fialed > 0, needs: [tests]}\n")
    assert [(p.level, p.line, p.suggestion) for p in problems] == [
        (Level.ERROR, 3, "Did you mean `tests.failed`?")
    ]


def test_warnings_have_their_place() -> None:
    text = "name: g\nrules:\n  - id: r\n    that: tests.failed > 0\n    needs: [tests]\n"
    age, direction = lint(text)
    assert (age.where, age.line, age.column) == ("/rules/0", 3, 5)
    assert age.what == "Rule `r` takes evidence of any age."
    assert (direction.where, direction.line, direction.column) == ("/rules/0/that", 4, 11)
    assert str(direction).startswith("line 4, column 11: /rules/0/that: `tests.failed > 0` asks for")


@pytest.mark.parametrize(
    ("that", "told"),
    [
        ("tests.failed > 0", "`tests.failed > 0` asks for tests.failed to be high, and lower is better."),
        ("0 < tests.failed", "`0 < tests.failed` asks for tests.failed to be high"),
        ("!(tests.failed <= 3)", "`!(tests.failed <= 3)` asks for tests.failed to be high"),
        ("tests.passed < 5", "`tests.passed < 5` asks for tests.passed to be low, and higher is better."),
        ("tests.failed == 0 && tests.errors >= 2", "`tests.errors >= 2` asks for tests.errors to be high"),
        ("tests.failed >= 0", "`tests.failed >= 0` always holds: tests.failed is never below 0."),
        (
            "tests.pass_rate <= 1.0",
            "`tests.pass_rate <= 1.0` always holds: tests.pass_rate is never above 1.",
        ),
        ("true", "The expression uses no measure: it always says the same."),
        ("true || tests.failed == 0", "`true` always says the same."),
        ("tests.failed == 0 && 1 < 2", "`1 < 2` always says the same."),
    ],
)
def test_doubtful_expressions_are_warned_of(that: str, told: str) -> None:
    (warning,) = _warnings(that)
    assert warning.startswith(told)


@pytest.mark.parametrize(
    "that",
    [
        "tests.failed == 0",
        "!(tests.failed > 0)",
        "!tool.ran || tests.failed <= 3",
        "tests.total > 10 && tests.total < 1000",
        "tests.passed >= tests.total",
        "tests.failed < 1 == true",
        "tests.failed in [0, 1]",
        "double(tests.failed) < 0.5",
    ],
)
def test_ordinary_expressions_are_not(that: str) -> None:
    assert _warnings(that) == []


def test_a_need_that_is_not_used_is_warned_of() -> None:
    assert _warnings("tests.failed == 0", "tests", "lint") == ["The expression uses no measure of `lint`."]
    assert _warnings("tool.ran", "tests", "lint") == []


def test_a_tool_that_nobody_knows_is_warned_of() -> None:
    (warning,) = _warnings("findings.total == 0", "lint/checkstyle")
    assert warning.startswith("No tool `checkstyle` is known for lint")


def test_a_gate_that_never_blocks_is_warned_of() -> None:
    problems = lint({"name": "g", "rules": [rule("tool.ran", max_age="1d", on="warn")]})
    assert [(p.where, p.what) for p in problems] == [
        ("/rules", "No rule blocks: this gate lets everything pass.")
    ]
    child = {"name": "g", "extends": "f", "rules": [rule("tool.ran", max_age="1d", on="warn")]}
    assert lint(child) == []
