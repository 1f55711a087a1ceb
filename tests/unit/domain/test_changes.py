"""The smallest change is given in words that can be acted on, and it is true."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tidegate.domain.changes import smallest_change, smallest_steps
from tidegate.domain.expressions import compile_expression
from tidegate.domain.measures import Value

VALUES: dict[str, Value] = {
    "tests.failed": 3,
    "tests.errors": 1,
    "tests.skipped": 2,
    "tests.total": 80,
    "tests.passed": 76,
    "tests.duration": 12.5,
    "coverage.line_rate": 0.885,
    "coverage.lines_covered": 1062,
    "coverage.lines_total": 1200,
    "findings.total": 1,
    "findings.new.high": 4,
    "tool.ran": False,
}


def _change(text: str, **values: Value) -> str:
    expression = compile_expression(text)
    given = {**VALUES, **values}
    assert not expression.evaluate(given)
    return smallest_change(expression.tree, given, expression.evaluate)


class TestOneComparison:
    @pytest.mark.parametrize(
        ("text", "change"),
        [
            ("tests.failed == 0", "fix 3 failing tests"),
            ("tests.errors == 0", "fix 1 broken test"),
            ("tests.skipped < 1", "run 2 skipped tests"),
            ("0 == tests.failed", "fix 3 failing tests"),
            ("tests.failed <= 1", "fix 2 of 3 failing tests"),
            ("tests.failed < 1", "fix 3 failing tests"),
            ("findings.total == 0", "fix 1 finding"),
            ("findings.new.high == 0", "fix 4 new high findings"),
            ("double(tests.failed) <= 1.5", "fix 2 of 3 failing tests"),
            ("tests.total >= 100", "tests.total must rise by 20 to 100"),
            ("tests.total > 100", "tests.total must rise by 21 to 101"),
            ("100 <= tests.total", "tests.total must rise by 20 to 100"),
            ("tests.total == 70", "tests.total must fall by 10 to 70"),
            ("tests.failed > 3", "tests.failed must rise by 1 to 4"),
            ("tests.passed == tests.total", "tests.passed must rise by 4 to 80"),
            ("tests.total == tests.passed", "tests.passed must rise by 4 to 80"),
            ("tests.failed != 3", "tests.failed must differ from 3"),
            ("tests.duration < 10.0", "tests.duration must fall below 10"),
            ("tests.duration <= 10.0", "tests.duration must fall by 2.5 to 10"),
            ("tests.duration > 13.0", "tests.duration must rise above 13"),
            ("tests.failed + tests.errors <= 2", "tests.failed + tests.errors must fall by 2 to 2"),
            ("tests.failed + tests.errors < 4", "tests.failed + tests.errors must fall below 4"),
            ("tests.total - tests.failed * 2 >= 80", "tests.total - tests.failed * 2 must rise by 6 to 80"),
            ("tests.failed <= -(-1)", "fix 2 of 3 failing tests"),
            ("tool.ran", "tool.ran must become true"),
        ],
    )
    def test_is_reported_plainly(self, text: str, change: str) -> None:
        assert _change(text) == change

    def test_a_rate_is_reported_in_counts_too(self) -> None:
        expected = "coverage.line_rate must rise by 0.015 to 0.9 (18 more of 1200 lines covered)"
        assert _change("coverage.line_rate >= 0.9") == expected

    def test_strictly_above_takes_one_line_more(self) -> None:
        expected = "coverage.line_rate must rise above 0.9 (19 more of 1200 lines covered)"
        assert _change("coverage.line_rate > 0.9") == expected

    def test_strictly_above_between_two_lines_takes_no_more(self) -> None:
        expected = "coverage.line_rate must rise above 0.9001 (19 more of 1200 lines covered)"
        assert _change("coverage.line_rate > 0.9001") == expected

    def test_a_rate_without_counts_is_reported_alone(self) -> None:
        expected = "tests.pass_rate must rise by 0.05 to 0.95"
        expression = compile_expression("tests.pass_rate >= 0.95")
        assert smallest_change(expression.tree, {"tests.pass_rate": 0.9}, expression.evaluate) == expected

    def test_a_fall_of_a_rate_is_not_reported_in_counts(self) -> None:
        assert _change("coverage.line_rate <= 0.5") == "coverage.line_rate must fall by 0.385 to 0.5"

    def test_a_tiny_difference_is_rounded_up_not_away(self) -> None:
        change = _change("coverage.line_rate >= 0.885001")
        assert change.startswith("coverage.line_rate must rise by 0.0001 to")

    @pytest.mark.parametrize("text", ["tests.failed < 0", "coverage.line_rate > 1.0", "tests.total <= -1"])
    def test_the_impossible_is_called_so(self, text: str) -> None:
        assert _change(text).startswith("no value of ")


class TestTogether:
    def test_and_tells_every_part_that_fails(self) -> None:
        change = _change("tests.failed == 0 && tests.total >= 10 && tests.errors == 0")
        assert change == "fix 3 failing tests; fix 1 broken test"

    def test_or_tells_the_cheapest(self) -> None:
        assert _change("tests.failed == 0 || tests.errors == 0") == "fix 1 broken test"

    def test_or_of_equals_tells_the_first(self) -> None:
        assert _change("tests.skipped == 1 || tests.errors == 0") == "run 1 of 2 skipped tests"

    def test_or_skips_what_cannot_be_worked_out(self) -> None:
        assert _change("tests.total % 7 == 6 || tests.failed == 0") == "fix 3 failing tests"

    def test_not_turns_the_question_round(self) -> None:
        assert _change("!(tests.failed > 0 || tests.errors > 0)") == "fix 3 failing tests; fix 1 broken test"
        assert _change("!(tests.failed > 0 && tests.errors > 0)") == "fix 1 broken test"
        assert _change("!!tool.ran") == "tool.ran must become true"

    def test_a_choice_is_followed(self) -> None:
        assert _change("tests.total > 50 ? tests.errors == 0 : tool.ran") == "fix 1 broken test"
        assert _change("tests.total > 90 ? tests.errors == 0 : tool.ran") == "tool.ran must become true"

    def test_two_bounds_on_one_measure_become_the_farther(self) -> None:
        assert _change("tests.failed <= 2 && tests.failed <= 1") == "fix 2 of 3 failing tests"


class TestHonesty:
    @pytest.mark.parametrize(
        "text",
        [
            "tests.failed == 0 && tests.failed >= 5",
            "tests.failed / 2 == 0",
            "tests.failed in [0, 1]",
            "tests.failed % 2 == 0 && 10 / (tests.failed - 3) > 0 || false",
            "tool.ran == true",
            "false",
            "tests.failed > 3 ? true : tests.failed == 0 && tests.errors / 3 == 5",
            "double(tests.failed) == 1.5",
            "double(tests.failed) < -1e400",
            "5u == 6u",
            "tests.failed % 2 == 0 || tests.failed % 5 == 0",
        ],
    )
    def test_what_cannot_be_worked_out_is_reported_as_what_was_asked(self, text: str) -> None:
        expression = compile_expression(text)
        change = smallest_change(expression.tree, VALUES, lambda values: expression.evaluate(values))
        assert change == f"ensure that {expression.account}"

    def test_a_change_that_would_break_the_expression_is_not_reported(self) -> None:
        text = "tests.failed == 0 && 10 / tests.failed > 0"
        assert _change(text) == f"ensure that {compile_expression(text).account}"


_BOUNDS = st.one_of(
    st.tuples(
        st.sampled_from(["tests.failed", "tests.errors", "tests.total", "findings.high"]),
        st.sampled_from(["==", "<", "<=", ">", ">="]),
        st.integers(0, 9).map(str),
    ),
    st.tuples(
        st.sampled_from(["coverage.line_rate", "tests.duration"]),
        st.sampled_from(["==", "<", "<=", ">", ">="]),
        st.sampled_from(["0.0", "0.25", "0.9", "1.0"]),
    ),
).map(" ".join)
_TREES = st.recursive(
    _BOUNDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda text: f"!({text})"),
    ),
    max_leaves=5,
)
_COUNTS = st.fixed_dictionaries(
    {name: st.integers(0, 9) for name in ("tests.failed", "tests.errors", "tests.total", "findings.high")}
)
_RATES = st.fixed_dictionaries(
    {name: st.sampled_from([0.0, 0.1, 0.25, 0.9, 1.0]) for name in ("coverage.line_rate", "tests.duration")}
)


@given(_TREES, _COUNTS, _RATES)
def test_a_change_that_is_reported_makes_the_rule_pass(
    text: str, counts: dict[str, int], rates: dict[str, float]
) -> None:
    expression = compile_expression(text)
    values: dict[str, Value] = {**counts, **rates}
    assume(not expression.evaluate(values))
    change = smallest_change(expression.tree, values, expression.evaluate)
    if change.startswith(("ensure that", "no value")) or "; no value" in change or "differ" in change:
        return
    steps = smallest_steps(expression.tree, values)
    assert steps
    changed = {step.measure: step.to for step in steps if step.measure and step.to is not None}
    assert expression.evaluate({**values, **changed})


@given(_BOUNDS, _COUNTS, _RATES)
def test_no_smaller_step_passes(text: str, counts: dict[str, int], rates: dict[str, float]) -> None:
    expression = compile_expression(text)
    values: dict[str, Value] = {**counts, **rates}
    assume(not expression.evaluate(values))
    for step in smallest_steps(expression.tree, values) or ():
        if step.measure is None or not isinstance(step.to, int):
            continue
        now = values[step.measure]
        nearer = step.to + (1 if step.to < now else -1)
        assert not expression.evaluate({**values, step.measure: nearer})
