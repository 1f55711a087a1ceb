"""Whether the values of facts are of the types that an expression takes them for: text, number, time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from tidegate.domain.cel_ast import Call, Literal, Many, Name, Node
from tidegate.domain.operators import COMPARISONS
from tidegate.domain.wording import render

Scalar: TypeAlias = "bool | int | float | str | timedelta | datetime"
"""A value that an expression can use: of a measure or of a fact."""

_SPAN = re.compile(r"(\d{1,7})(ms|h|m|s)")
_SPANS = re.compile(r"(?:\d{1,7}(?:ms|h|m|s))+")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


class ValueType(StrEnum):
    """What kind of value it is, as it is called in messages."""

    TEXT = "text"
    WHOLE = "whole number"
    POINT = "number with a point"
    UNSIGNED = "unsigned number"
    TRUTH = "truth value"
    SPAN = "duration"
    MOMENT = "moment"
    OTHER = "value of another type"


_NUMBERS = frozenset({ValueType.WHOLE, ValueType.POINT, ValueType.UNSIGNED})
_TEXT_METHODS = frozenset({"startsWith", "endsWith", "contains", "matches"})
_CONVERSIONS = {
    "int": ValueType.WHOLE,
    "double": ValueType.POINT,
    "string": ValueType.TEXT,
    "bool": ValueType.TRUTH,
    "size": ValueType.WHOLE,
    "duration": ValueType.SPAN,
    "timestamp": ValueType.MOMENT,
}
_LOGIC = frozenset({"_&&_", "_||_", "!_"})
_ARITHMETIC = frozenset({"_+_", "_-_", "_*_", "_/_", "_%_", "-_"})
UNDERSTOOD = (
    frozenset(COMPARISONS) | _LOGIC | _ARITHMETIC | _TEXT_METHODS | _CONVERSIONS.keys() | {"@in", "_?_:_"}
)
"""The functions whose types are followed; an expression over facts can use no other."""


class WrongType(ValueError):
    """A value is of another type than the expression takes it for; the text says which and where."""


def require_types(tree: Node, values: Mapping[str, Scalar]) -> None:
    """Raise `WrongType` where CEL would call two values of different types different, or give no answer.

    CEL says that 5 is not "fail", which is true, and would open a gate for a value that nobody understands.
    Every part counts, also where another one decides.
    """
    found = _type_of(tree, values)
    if found is not ValueType.TRUTH:
        raise WrongType(f"`{render(tree)}` is a {found}, and true or false is asked for")


def type_of_value(value: Scalar) -> ValueType:
    """Return the type of a value."""
    if isinstance(value, bool):
        return ValueType.TRUTH
    if isinstance(value, str):
        return ValueType.TEXT
    if isinstance(value, timedelta):
        return ValueType.SPAN
    if isinstance(value, datetime):
        return ValueType.MOMENT
    return ValueType.WHOLE if isinstance(value, int) else ValueType.POINT


def parse_span(text: str) -> timedelta | None:
    """Read a duration as CEL writes it, such as `24h` or `1h30m`; None for anything else."""
    if not _SPANS.fullmatch(text):
        return None
    return timedelta(milliseconds=sum(int(size) * _UNITS[unit] for size, unit in _SPAN.findall(text)))


def span_in(node: Node) -> timedelta | None:
    """Return the duration that `duration("…")` stands for; None for any other part."""
    match node:
        case Call("duration", (Literal(str(text)),)):
            return parse_span(text)
    return None


def _type_of(node: Node, values: Mapping[str, Scalar]) -> ValueType:
    if isinstance(node, Name):
        return type_of_value(values[node.name]) if node.name in values else ValueType.OTHER
    if isinstance(node, Literal):
        return _of_literal(node)
    if not isinstance(node, Call):
        return ValueType.OTHER
    if node.function == "@in":
        return _of_list(node, values)
    types = [_type_of(arg, values) for arg in node.args]
    if node.function in COMPARISONS:
        _require_alike(node, types[0], types[1], "compares")
        return ValueType.TRUTH
    if node.function in _LOGIC:
        _require(node, types, ValueType.TRUTH)
        return ValueType.TRUTH
    if node.function == "_?_:_":
        _require(node, types[:1], ValueType.TRUTH)
        _require_alike(node, types[1], types[2], "chooses between")
        return types[1]
    if node.function in _TEXT_METHODS:
        _require(node, types, ValueType.TEXT)
        return ValueType.TRUTH
    if node.function in _CONVERSIONS:
        _require_convertible(node, types, values)
        return _CONVERSIONS[node.function]
    if node.function == "_/_" and set(types) == {ValueType.POINT}:
        _require_divisor(node, values)
    return _of_arithmetic(node, types)


def _require_convertible(node: Call, types: list[ValueType], values: Mapping[str, Scalar]) -> None:
    """Refuse a conversion of a text that may come to no number: NaN makes `!(… > 5)` true."""
    if len(types) != 1 or types[0] is ValueType.OTHER:
        raise WrongType(f"`{render(node)}` converts a {types[0] if types else 'nothing'}")
    if node.function == "size":
        _require(node, types, ValueType.TEXT)
    if node.function in ("double", "int") and types[0] is ValueType.TEXT:
        text = _known(node.args[0], values)
        if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
            raise WrongType(f"`{render(node)}` asks for a number, and there is another text")


def _require_divisor(node: Call, values: Mapping[str, Scalar]) -> None:
    """Refuse what may divide by zero: with points, CEL answers infinity or NaN and not an error."""
    divisor = node.args[1]
    if isinstance(divisor, Call) and divisor.function == "double" and len(divisor.args) == 1:
        divisor = divisor.args[0]
    known = _known(divisor, values)
    # A text is a plain decimal here: its conversion was looked at before.
    if not isinstance(known, (int, float, str)) or float(known) == 0:
        raise WrongType(f"`{render(node)}` divides by zero, or by what may be zero")


def _known(node: Node, values: Mapping[str, Scalar]) -> object:
    if isinstance(node, Name):
        return values.get(node.name)
    return node.value if isinstance(node, Literal) else None


def _of_literal(node: Literal) -> ValueType:
    if node.value is None or isinstance(node.value, bytes):
        return ValueType.OTHER
    return ValueType.UNSIGNED if node.unsigned else type_of_value(node.value)


def _of_list(node: Call, values: Mapping[str, Scalar]) -> ValueType:
    one, many = node.args
    if not isinstance(many, Many):
        raise WrongType(f"`{render(node)}` looks into something that is no list")
    type_of_one = _type_of(one, values)
    for element in many.elements:
        _require_alike(node, type_of_one, _type_of(element, values), "compares")
    return ValueType.TRUTH


def _of_arithmetic(node: Call, types: list[ValueType]) -> ValueType:
    kinds = set(types)
    if len(kinds) == 1 and types[0] in _NUMBERS:
        return types[0]
    if len(kinds) == 1 and (node.function, types[0]) == ("_+_", ValueType.TEXT):
        return ValueType.TEXT
    listed = " and a ".join(dict.fromkeys(types))
    advice = ": write double(…) around the whole numbers" if kinds <= _NUMBERS else ""
    raise WrongType(f"`{render(node)}` reckons with a {listed}{advice}")


def _require_alike(node: Call, one: ValueType, other: ValueType, verb: str) -> None:
    if one is ValueType.OTHER or other is ValueType.OTHER or (one is not other and {one, other} - _NUMBERS):
        raise WrongType(f"`{render(node)}` {verb} a {one} with a {other}")


def _require(node: Call, types: list[ValueType], wanted: ValueType) -> None:
    wrong = [found for found in types if found is not wanted]
    if wrong:
        raise WrongType(f"`{render(node)}` asks for a {wanted}, and there is a {wrong[0]}")
