"""Values of the wrong type are an error and never a yes, whatever CEL would answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tidegate.domain.expressions import compile_expression
from tidegate.domain.fact_types import Scalar, WrongType, parse_span, require_types

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def require(text: str, **values: Scalar) -> None:
    require_types(compile_expression(text).tree, {f"facts.{name}": value for name, value in values.items()})


class TestTypes:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ('facts.a == "x" && facts.b < 0.5', {"a": "y", "b": 1}),
            ("facts.a + facts.b > 3 || !facts.c", {"a": 1, "b": 2, "c": True}),
            ('facts.a + facts.b == "xy"', {"a": "x", "b": "y"}),
            ("facts.a in [1, 2.5, 3u]", {"a": 2}),
            ("facts.c ? facts.a : facts.b", {"a": True, "b": False, "c": True}),
            ('int(facts.a) == 5 && facts.a.endsWith("5")', {"a": "5"}),
            ("double(facts.a) / double(facts.b) < 0.5", {"a": 1, "b": 2}),
            ('double(facts.a) < 1.5 && string(facts.b) == "3"', {"a": "-0.25", "b": 3}),
            ("size(facts.a) > 1", {"a": "xy"}),
            ('facts.a < timestamp("2026-01-01T00:00:00Z")', {"a": NOW}),
            ('facts.a < duration("1h")', {"a": timedelta(0)}),
        ],
    )
    def test_of_fitting_values_are_taken(self, text: str, values: dict[str, Scalar]) -> None:
        require(text, **values)

    @pytest.mark.parametrize(
        ("text", "values", "why"),
        [
            ('facts.a != "fail"', {"a": 5}, "compares a whole number with a text"),
            ("facts.a != facts.b", {"a": "5", "b": 5}, "compares a text with a whole number"),
            ("facts.a == true", {"a": "true"}, "compares a text with a truth value"),
            ("facts.a >= 3 || facts.b", {"a": "many", "b": True}, "compares a text with a whole number"),
            ('!(facts.a in ["x"])', {"a": 1}, "compares a whole number with a text"),
            ("facts.a in facts.b", {"a": 1, "b": 1}, "is no list"),
            ("facts.a || facts.b", {"a": "yes", "b": True}, "asks for a truth value, and there is a text"),
            ("facts.a", {"a": "true"}, "is a text, and true or false is asked for"),
            ("facts.c ? facts.a : facts.b", {"a": 1, "b": True, "c": True}, "chooses between"),
            ("facts.a + 1.5 > 2.0", {"a": 1}, "write double"),
            ("facts.a + facts.b > 2", {"a": "1", "b": 1}, "reckons with a text and a whole number"),
            ("facts.a * facts.a == facts.a", {"a": "1"}, "reckons with a text"),
            ('facts.a.startsWith("2")', {"a": 2}, "asks for a text"),
            ("!(double(facts.a) > 0.05)", {"a": "NaN"}, "asks for a number, and there is another text"),
            ("!(double(facts.a) > 0.05)", {"a": "1e999"}, "asks for a number"),
            ("!(double(facts.a + facts.b) > 0.05)", {"a": "Na", "b": "N"}, "asks for a number"),
            ("int(facts.a) == 5", {"a": "five"}, "asks for a number"),
            ("!(double(facts.a) / double(facts.b) > 0.05)", {"a": 0, "b": 0}, "divides by zero"),
            ("!(1.5 / double(facts.b) > 0.05)", {"b": "0.0"}, "divides by zero"),
            ("!(1.5 / (facts.b - facts.b) > 0.05)", {"b": 0.5}, "divides by zero, or by what may be zero"),
            ("!(1.5 / facts.b > 0.05)", {"b": "abc"}, "reckons with a number with a point and a text"),
            ("size(facts.a) > 1", {"a": 3}, "asks for a text"),
            ("string(null) == facts.a", {"a": ""}, "converts a value of another type"),
            ("facts.a != null", {"a": 2}, "value of another type"),
            ("facts.a == 1", {}, "value of another type"),
            ("facts.a == [1]", {"a": 1}, "value of another type"),
        ],
    )
    def test_of_other_values_are_refused(self, text: str, values: dict[str, Scalar], why: str) -> None:
        with pytest.raises(WrongType, match=why.replace("(", r"\(")):
            require(text, **values)


def test_durations_are_read_as_cel_writes_them() -> None:
    assert parse_span("1h30m") == timedelta(minutes=90)
    assert parse_span("250ms") == timedelta(milliseconds=250)
    assert [parse_span(text) for text in ("7d", "", "1h 2m", "-1h")] == [None] * 4
