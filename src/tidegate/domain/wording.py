"""Expressions and values as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.domain.cel_ast import Call, Literal, Many, Name, Node
from tidegate.domain.measures import Value
from tidegate.domain.operators import COMPARISONS, OPERATORS, UNARY

_TIGHTEST = 7


def number(value: Value) -> str:
    """Write a measured value briefly: truth values as CEL does, other than whole numbers to six digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Write names as a sentence has them: the first few, and how many others there are."""
    others = len(names) - most
    *first, last = names if others < 1 else [*names[:most], f"{others} {'others' if others > 1 else 'other'}"]
    return f"{', '.join(first)} and {last}" if first else last


def render(node: Node, around: int = 0) -> str:
    """Write a tree as CEL again, with the parentheses that it needs inside an operator of rank `around`."""
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Many):
        return "[" + ", ".join(render(element) for element in node.elements) + "]"
    if not isinstance(node, Call):
        return "…"
    text, rank = _call(node)
    return f"({text})" if rank < around else text


def account(node: Node) -> str:
    """Say in words what an expression asks for, such as `tests.failed is 0 and tool.ran holds`."""
    if isinstance(node, Name):
        return f"{node.name} holds"
    if isinstance(node, Call):
        if node.function in COMPARISONS:
            left, right = (render(side, 3) for side in node.args)
            return f"{left} {COMPARISONS[node.function].words} {right}"
        if node.function in ("_&&_", "_||_"):
            joint = " and " if node.function == "_&&_" else " or "
            return joint.join(_nested_account(part, node.function) for part in node.args)
        if node.function == "!_":
            return f"it is not true that {_nested_account(node.args[0], '')}"
    return f"`{render(node)}` is true"


def _nested_account(node: Node, outer: str) -> str:
    inner = account(node)
    compound = isinstance(node, Call) and node.function in ("_&&_", "_||_") and node.function != outer
    return f"({inner})" if compound else inner


def _literal(node: Literal) -> str:
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}u" if node.unsigned else str(value)
    if isinstance(value, float):
        return repr(value)
    return repr(value)


def _call(node: Call) -> tuple[str, int]:
    """Return the text of a call and how tightly its outermost operator binds."""
    if node.function in OPERATORS and len(node.args) == 2:
        sign, rank = OPERATORS[node.function].sign, OPERATORS[node.function].rank
        left, right = node.args
        # && and || may be regrouped freely; the others group from the left
        right_rank = rank if rank <= 2 else rank + 1
        return f"{render(left, rank)} {sign} {render(right, right_rank)}", rank
    if node.function in UNARY:
        return UNARY[node.function] + render(node.args[0], 6), 6
    if node.function == "_?_:_":
        condition, yes, no = node.args
        return f"{render(condition, 1)} ? {render(yes, 1)} : {render(no)}", 0
    if node.function == "_[_]":
        return f"{render(node.args[0], _TIGHTEST)}[{render(node.args[1])}]", _TIGHTEST
    args = [render(arg) for arg in node.args]
    if node.method:
        return f"{render(node.args[0], _TIGHTEST)}.{node.function}({', '.join(args[1:])})", _TIGHTEST
    return f"{node.function}({', '.join(args)})", _TIGHTEST
