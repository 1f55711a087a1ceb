"""What an expression can answer at all, held against the answers that CEL really gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.domain.expressions import NotEvaluated, compile_expression
from tidegate.domain.measures import Value
from tidegate.domain.ranges import possible_answers

NEVER, ALWAYS, EITHER = {False}, {True}, {True, False}


def answers(text: str) -> frozenset[bool]:
    return possible_answers(compile_expression(text).tree)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coverage.line_rate >= 80.0", NEVER),
        ("coverage.line_rate >= 0.8", EITHER),
        ("coverage.line_rate <= 1.0", ALWAYS),
        ("coverage.line_rate > 1.0", NEVER),
        ("1.0 >= coverage.line_rate", ALWAYS),
        ("coverage.line_rate != 80.0", ALWAYS),
        ("tests.failed < 0", NEVER),
        ("tests.failed >= 0", ALWAYS),
        ("tests.failed == -1", NEVER),
        ("tests.failed == 0", EITHER),
        ("double(tests.failed) == 0.5", NEVER),
        ("tests.failed > 0 && tests.failed < 1", NEVER),
        ("coverage.line_rate > 0.0 && coverage.line_rate < 0.1", EITHER),
        ("tests.failed == 0 || tests.failed > 0", ALWAYS),
        ("!(tests.failed >= 0)", NEVER),
        ("tests.failed in [-1, -2]", NEVER),
        ("tests.failed in [0, 1]", EITHER),
        ("tests.failed in []", NEVER),
        ("tests.passed >= tests.passed", ALWAYS),
        ("tests.passed < tests.passed", NEVER),
        ("tests.passed <= tests.total", ALWAYS),
        ("tests.total >= tests.passed", ALWAYS),
        ("tests.passed > tests.total", NEVER),
        ("tests.passed >= tests.total", EITHER),
        ("tests.passed == tests.total", EITHER),
        ("tests.passed + tests.skipped >= 0", ALWAYS),
        ("tests.passed - tests.skipped >= 0", EITHER),
        ("-tests.failed > 0", NEVER),
        ("coverage.line_rate * 100.0 > 100.0", NEVER),
        ("coverage.line_rate * 100.0 >= 80.0", EITHER),
        ("tests.failed % 2 == 0", EITHER),
        ("tool.ran", EITHER),
        ("tool.ran == true", EITHER),
        ("true == true", ALWAYS),
        ("true != false && 1 < 2", ALWAYS),
        ("tool.ran ? tests.failed == 0 : false", EITHER),
        ("'a' == 'b'", EITHER),
        ("tests.failed == 0 && tests.errors < 0", NEVER),
        ("tests.duration < 0.0", NEVER),
    ],
)
def test_tells_what_can_hold(text: str, expected: set[bool]) -> None:
    assert answers(text) == expected


def test_gives_up_on_cells_where_there_are_too_many() -> None:
    names = ("failed", "errors", "skipped", "flaky", "passed", "total")
    many = " && ".join(f"tests.{name} != {n}" for name in names for n in range(3))
    assert answers(f"{many} && tests.failed > 5 && tests.failed < 4") == EITHER


_COUNTS = st.sampled_from(("tests.failed", "tests.passed", "tests.total"))
_NUMBERS = st.integers(-2, 4)
_SIGNS = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
_COMPARISONS = st.builds(lambda a, sign, b: f"{a} {sign} {b}", _COUNTS, _SIGNS, _NUMBERS | _COUNTS)
_RATES = st.builds(
    lambda sign, bound: f"coverage.line_rate {sign} {bound}", _SIGNS, st.sampled_from((0.0, 0.5, 1.0, 80.0))
)
_EXPRESSIONS = st.recursive(
    _COMPARISONS | _RATES,
    lambda inner: st.builds("({} && {})".format, inner, inner)
    | st.builds("({} || {})".format, inner, inner)
    | st.builds("!({})".format, inner),
    max_leaves=5,
)


@given(text=_EXPRESSIONS, failed=st.integers(0, 5), passed=st.integers(0, 5), rate=st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_never_leaves_out_an_answer_that_is_given(text: str, failed: int, passed: int, rate: float) -> None:
    values: dict[str, Value] = {
        "tests.failed": failed,
        "tests.passed": passed,
        "tests.total": failed + passed,
        "coverage.line_rate": rate,
    }
    expression = compile_expression(text)
    try:
        answer = expression.evaluate({name: values[name] for name in expression.measures})
    except NotEvaluated:  # pragma: no cover
        return
    assert answer in possible_answers(expression.tree)
