"""What must become of facts for a comparison to hold, worded so that it can be acted on."""

from __future__ import annotations

from datetime import timedelta

from tidegate.domain.cel_ast import Call, Name, Node
from tidegate.domain.fact_judging import in_words, shown
from tidegate.domain.fact_names import Aspect, FactName, fact_name
from tidegate.domain.fact_types import Scalar
from tidegate.domain.operators import COMPARISONS, MIRRORED


def name_in(node: Node) -> FactName | None:
    """Return the fact that one side of a comparison is."""
    return fact_name(node.name) if isinstance(node, Name) else None


def fact_step(node: Call, left: Scalar | None, right: Scalar | None) -> str | None:
    """Say how a false comparison with a fact becomes true; None where its values are numbers or not known."""
    one, other, function = node.args[0], node.args[1], node.function
    if name_in(one) is None:
        one, other, left, right = other, one, right, left
        function = MIRRORED[function]
    name, partner = name_in(one), name_in(other)
    if name is None or left is None or right is None:
        return None
    if name.aspect is Aspect.AGE and isinstance(left, timedelta) and isinstance(right, timedelta):
        return _of_age(name, left, right, function)
    if _is_number(left) and _is_number(right) and partner is None:
        return None
    if partner is not None and function == "_==_" and {name.side, partner.side} == set(type(name.side)):
        return _of_both_sides(name, left, partner, right)
    wanted = f"{COMPARISONS[function].words.removeprefix('is ')} {shown(right)}"
    wanted = shown(right) if function == "_==_" else f"something that is {wanted}"
    return f"{name.field} must be {name.side} as {wanted}; it is {shown(left)}"


def _of_age(name: FactName, age: timedelta, bound: timedelta, function: str) -> str:
    if function in ("_<_", "_<=_"):
        limit = "under" if function == "_<_" else "at most"
        return (
            f"observe {name.field} again: it was seen {in_words(age)} ago, {limit} {in_words(bound)} is asked"
        )
    return (
        f"{name.field} must have been seen {in_words(bound)} ago or earlier; it was seen {in_words(age)} ago"
    )


def _of_both_sides(name: FactName, left: Scalar, partner: FactName, right: Scalar) -> str:
    declared, observed = (left, right) if name.aspect is Aspect.DECLARED else (right, left)
    if name.field == partner.field:
        return (
            f"{name.field} must run as declared: {shown(declared)} is declared, {shown(observed)} is observed"
        )
    return f"{name.field} must be the same as {partner.field}: {shown(left)} is not {shown(right)}"


def _is_number(value: Scalar) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
