"""The table of operators agrees with itself."""

from __future__ import annotations

import operator

import pytest

from tidegate.domain.operators import COMPARISONS, MIRRORED, NEGATED, OPERATORS

_PYTHON = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def test_six_operators_compare() -> None:
    assert {each.sign for each in COMPARISONS.values()} == _PYTHON.keys()


@pytest.mark.parametrize("name", COMPARISONS)
def test_mirrored_and_negated_comparisons_say_what_they_should(name: str) -> None:
    compare, mirrored, negated = (
        _PYTHON[OPERATORS[each].sign] for each in (name, MIRRORED[name], NEGATED[name])
    )
    for left, right in ((1, 2), (2, 2), (2, 1)):
        assert compare(left, right) is mirrored(right, left)
        assert compare(left, right) is not negated(left, right)
