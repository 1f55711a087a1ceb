"""What the simple parts of an expression come to, without the compiler: for changes, bounds and doubts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.domain.cel_ast import Call, Literal, Many, Name, Node
from tidegate.domain.fact_types import Scalar, parse_span
from tidegate.domain.times import read_time


def value_of(node: Node, values: Mapping[str, Scalar]) -> Scalar | None:
    """Compute the simple part of CEL that changes are worked out for; None for anything else."""
    if isinstance(node, Literal):
        return node.value if isinstance(node.value, (bool, int, float, str)) and not node.unsigned else None
    if isinstance(node, Name):
        return values.get(node.name)
    if not isinstance(node, Call):
        return None
    if node.function == "@in" and isinstance(node.args[1], Many):
        one, among = value_of(node.args[0], values), [value_of(each, {}) for each in node.args[1].elements]
        return None if one is None or None in among else one in among
    parts = [value_of(arg, values) for arg in node.args]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    try:
        result: Scalar | None = _apply(node.function, known)
    except (TypeError, ValueError, OverflowError):  # values that do not go together, or come to no number
        return None
    return result


def _apply(function: str, args: list[Any]) -> Any:
    match function, args:
        case "duration", [text]:
            return parse_span(text)
        case "timestamp", [text]:
            return read_time(text)
        case "!_", [a]:
            return not a
        case "-_", [a]:
            return -a
        case "double", [int() | float() as a]:
            return float(a)
        case "_&&_", [a, b]:
            return bool(a and b)
        case "_||_", [a, b]:
            return bool(a or b)
        case "_?_:_", [a, b, c]:
            return b if a else c
        case "_+_", [a, b]:
            return a + b
        case "_-_", [a, b]:
            return a - b
        case "_*_", [a, b]:
            return a * b
        case "_==_", [a, b]:
            return a == b
        case "_!=_", [a, b]:
            return a != b
        case "_<_", [a, b]:
            return a < b
        case "_<=_", [a, b]:
            return a <= b
        case "_>_", [a, b]:
            return a > b
        case "_>=_", [a, b]:
            return a >= b
    return None
