"""Lint warns of rules that say less, or something else, than their author may think."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.domain.samples import rule
from tidegate.domain.gate_documents import Level
from tidegate.domain.lint import lint
from tidegate.domain.measures import Kind

_GATES = Path(__file__).parents[3] / "gates"


TOOLS = {Kind.LINT: {"flake8", "eslint"}, Kind.SAST: {"semgrep"}}


def _warnings(that: str, *needs: str) -> list[str]:
    problems = lint({"name": "g", "rules": [rule(that, *needs, max_age="1d")]}, TOOLS)
    assert all(problem.level is Level.WARNING for problem in problems)
    return [problem.what for problem in problems]


@pytest.mark.parametrize("name", sorted(path.name for path in _GATES.glob("*.yml")))
def test_the_gates_here_are_clean(name: str) -> None:
    assert lint((_GATES / name).read_text(encoding="utf-8")) == []


def test_a_rule_that_cannot_be_read_is_an_error_and_nothing_else() -> None:
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
    ("that", "message"),
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
def test_doubtful_expressions_are_warned_of(that: str, message: str) -> None:
    (warning,) = _warnings(that)
    assert warning.startswith(message)


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


def test_rules_that_can_be_read_are_doubted_beside_the_errors_of_others() -> None:
    problems = lint(
        {
            "name": "g",
            "rules": [
                rule("tests.fialed == 0", id="a", max_age="1d"),
                rule("coverage.line_rate >= 80.0", "coverage", id="b", max_age="1d"),
            ],
        }
    )
    assert [(p.where, p.level) for p in problems] == [
        ("/rules/0/that", Level.ERROR),
        ("/rules/1/that", Level.WARNING),
    ]


@pytest.mark.parametrize(
    ("that", "need", "message", "advice"),
    [
        (
            "coverage.line_rate >= 80.0",
            "coverage",
            "never holds: coverage.line_rate is never above 1",
            "Write 0.8, not 80.0",
        ),
        ("coverage.line_rate <= 85.0", "coverage", "always holds", "Write 0.85, not 85.0"),
        ("coverage.line_rate > 200.0", "coverage", "never holds", "Ask for a value that it can have"),
        (
            "tests.failed < 0",
            "tests",
            "never holds: tests.failed is never below 0",
            "Write `tests.failed == 0`",
        ),
        ("tests.failed == -1", "tests", "never holds", "Ask for a value"),
        (
            "double(tests.failed) == 0.5",
            "tests",
            "never holds: tests.failed is a whole number",
            "Ask for a value",
        ),
        ("tests.passed <= tests.total", "tests", "always holds: by what these measures are", "Ask for more"),
        ("!(tests.failed >= 0)", "tests", "`!(tests.failed >= 0)` never holds", "Write `tests"),
        ("tests.total > 3 && tests.total < 2", "tests", "never holds, whatever is measured", "Ask for what"),
        ("tests.total > 3 || tests.total < 5", "tests", "always holds, whatever is measured", "Ask for what"),
    ],
)
def test_bounds_that_cannot_decide_are_warned_of(that: str, need: str, message: str, advice: str) -> None:
    (problem,) = lint({"name": "g", "rules": [rule(that, need, max_age="1d")]})
    assert message in problem.what and advice in (problem.suggestion or "")


def test_bounds_that_contradict_each_other_are_warned_of_beside_those_on_the_wrong_side() -> None:
    never, wrong_side = _warnings("tests.failed > 3 && tests.failed < 2")
    assert "asks for tests.failed to be high" in wrong_side
    assert "never holds, whatever is measured" in never


def test_a_tool_that_nobody_knows_is_warned_of() -> None:
    (warning,) = _warnings("findings.total == 0", "lint/checkstyle")
    assert warning.startswith("No tool `checkstyle` is known for lint")


def test_a_tool_that_is_likely_misspelt_gets_a_suggestion() -> None:
    (problem,) = lint(
        {"name": "g", "rules": [rule("findings.total == 0", "lint/flak8", max_age="1d")]}, TOOLS
    )
    assert problem.level is Level.WARNING
    assert (problem.suggestion or "").startswith("Did you mean `lint/flake8`?")


def test_a_known_tool_under_any_of_its_names_is_not_doubted() -> None:
    assert _warnings("findings.total == 0", "sast/Semgrep OSS") == []
    assert _warnings("findings.total == 0", "lint/eslint") == []


def test_no_tool_is_doubted_where_none_is_known() -> None:
    assert lint({"name": "g", "rules": [rule("findings.total == 0", "lint/x", max_age="1d")]}) == []


def test_a_gate_that_never_blocks_is_warned_of() -> None:
    problems = lint({"name": "g", "rules": [rule("tool.ran", max_age="1d", on="warn")]})
    assert [(p.where, p.what) for p in problems] == [
        ("/rules", "No rule blocks: this gate lets everything pass.")
    ]
    child = {"name": "g", "extends": "f", "rules": [rule("tool.ran", max_age="1d", on="warn")]}
    assert lint(child) == []
