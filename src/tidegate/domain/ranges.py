"""Which answers an expression can give at all: interval reasoning over the ranges of measures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TypeAlias

from tidegate.domain.cel_ast import Call, Literal, Many, Name, Node, walk
from tidegate.domain.cel_values import value_of
from tidegate.domain.changes import measure_in
from tidegate.domain.measures import BY_NAME, MEASURES, Combine
from tidegate.domain.operators import COMPARISONS, MIRRORED

_LARGEST = 2**40  # no report counts that far (`effective_reports`)
_MOST_CELLS = 1_024
_EITHER = frozenset((True, False))


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both included; only integers where `integral` is true."""

    low: float
    high: float
    integral: bool = False


_Possible: TypeAlias = "Interval | frozenset[bool] | None"  # None: nothing is known of it
_Ranges: TypeAlias = "Mapping[str, Interval]"


def range_of(name: str) -> Interval:
    """Return the values that a number can have: none is negative, and no rate is above 1."""
    measure = BY_NAME[name]
    if measure.combine is Combine.RATIO:
        return Interval(0.0, 1.0)
    return Interval(0, _LARGEST, measure.type is int)


def possible_answers(tree: Node) -> frozenset[bool]:
    """Return the answers that an expression can give for some values of its measures.

    Never too few: where nothing is known both are returned. The range of each measure is cut at the
    constants that it is compared with, so that what two comparisons of one measure say together is seen.
    """
    cuts: dict[str, set[float]] = {}
    for name, constant in _constants(tree):
        cuts.setdefault(name, set()).add(constant)
    pieces = {name: _pieces(range_of(name), sorted(at)) for name, at in cuts.items()}
    if math.prod(len(each) for each in pieces.values()) > _MOST_CELLS:
        pieces = {}
    answers: set[bool] = set()
    for cell in product(*pieces.values()):
        answers |= _truth(_possible(tree, dict(zip(pieces, cell, strict=True))))
        if answers == _EITHER:
            break
    return frozenset(answers)


def _constants(tree: Node) -> Iterator[tuple[str, float]]:
    """Find the constants with which each measure is compared."""
    for node in walk(tree):
        if not isinstance(node, Call) or len(node.args) != 2:
            continue
        left, right = node.args
        if node.function == "@in" and isinstance(right, Many):
            others: Iterable[Node] = right.elements
        elif node.function in COMPARISONS:
            left, right = (left, right) if measure_in(left) else (right, left)
            others = (right,)
        else:
            continue
        name = measure_in(left)
        for other in others if name and BY_NAME[name].type is not bool else ():
            value = value_of(other, {})
            if name and isinstance(value, (int, float)) and not isinstance(value, bool):
                yield name, value


def _pieces(interval: Interval, constants: list[float]) -> list[Interval]:
    """Cut a range into the constants inside it and what lies between them."""
    pieces: list[Interval] = []
    low = interval.low
    for constant in constants:
        if not interval.low <= constant <= interval.high:
            continue
        below = math.ceil(constant) - 1 if interval.integral else math.nextafter(constant, -math.inf)
        above = math.floor(constant) + 1 if interval.integral else math.nextafter(constant, math.inf)
        if low <= below:
            pieces.append(Interval(low, below, interval.integral))
        if not interval.integral or constant == int(constant):
            pieces.append(Interval(constant, constant, interval.integral))
        low = above
    if low <= interval.high:
        pieces.append(Interval(low, interval.high, interval.integral))
    return pieces


def _truth(possible: _Possible) -> frozenset[bool]:
    return possible if isinstance(possible, frozenset) else _EITHER


def _possible(node: Node, ranges: _Ranges) -> _Possible:
    if isinstance(node, Literal):
        return _of_literal(node)
    if isinstance(node, Name):
        if node.name not in BY_NAME or BY_NAME[node.name].type is bool:
            return None
        return ranges.get(node.name) or range_of(node.name)
    if not isinstance(node, Call):
        return None
    match node.function, node.args:
        case "!_", (one,):
            return frozenset(not each for each in _truth(_possible(one, ranges)))
        case "_&&_", parts:
            return _joined((_truth(_possible(part, ranges)) for part in parts), ends=False)
        case "_||_", parts:
            return _joined((_truth(_possible(part, ranges)) for part in parts), ends=True)
        case "double", (one,):
            return _possible(one, ranges)
        case "@in", (one, Many(elements)):
            answers = (_compare("_==_", one, element, ranges) for element in elements)
            return _joined(answers, ends=True) if elements else frozenset((False,))
        case function, (left, right) if function in COMPARISONS:
            return _compare(function, left, right, ranges)
        case function, args:
            return _arithmetic(function, [_possible(arg, ranges) for arg in args])


def _of_literal(node: Literal) -> _Possible:
    if isinstance(node.value, bool):
        return frozenset((node.value,))
    if isinstance(node.value, (int, float)) and not math.isnan(node.value):
        return Interval(node.value, node.value, isinstance(node.value, int))
    return None


def _joined(parts: Iterable[frozenset[bool]], *, ends: bool) -> frozenset[bool]:
    """Join answers by `||` where `ends` is true, by `&&` where it is not: one such answer decides."""

    def join(one: frozenset[bool], other: frozenset[bool]) -> frozenset[bool]:
        return frozenset(a or b if ends else a and b for a in one for b in other)

    return reduce(join, parts)


def _compare(function: str, left: Node, right: Node, ranges: _Ranges) -> frozenset[bool]:
    if left == right and measure_in(left):
        return frozenset((function in ("_==_", "_>=_", "_<=_"),))
    if _part_of(left, right):
        left, right, function = right, left, MIRRORED[function]
    if _part_of(right, left):  # such as tests.passed and tests.total: the left is never the smaller one
        known = {"_>=_": True, "_<_": False}.get(function)
        return _EITHER if known is None else frozenset((known,))
    one, other = _possible(left, ranges), _possible(right, ranges)
    if isinstance(one, frozenset) and isinstance(other, frozenset) and function in ("_==_", "_!=_"):
        return frozenset((a is b) is (function == "_==_") for a in one for b in other)
    if not isinstance(one, Interval) or not isinstance(other, Interval):
        return _EITHER
    return _compare_numbers(function, one, other)


_PARTS = frozenset(measure.over for measure in MEASURES if measure.over)


def _part_of(one: Node, other: Node) -> bool:
    return (measure_in(one), measure_in(other)) in _PARTS


def _compare_numbers(function: str, one: Interval, other: Interval) -> frozenset[bool]:
    if function in ("_>_", "_>=_"):
        one, other, function = other, one, MIRRORED[function]
    if function == "_<_":
        can, must = one.low < other.high, one.high < other.low
    elif function == "_<=_":
        can, must = one.low <= other.high, one.high <= other.low
    else:
        can = _meet(one, other)
        must = can and one.low == one.high == other.low == other.high
        if function == "_!=_":
            can, must = not must, not can
    return frozenset(({True} if can else set()) | (set() if must else {False}))


def _meet(one: Interval, other: Interval) -> bool:
    low, high = max(one.low, other.low), min(one.high, other.high)
    if one.integral or other.integral:
        return math.isfinite(low) and math.ceil(low) <= high
    return low <= high


def _arithmetic(function: str, args: list[_Possible]) -> Interval | None:
    """Add, subtract and multiply; what else can be done with numbers is not followed."""
    numbers = [each for each in args if isinstance(each, Interval)]
    if len(numbers) < len(args):
        return None
    match function, numbers:
        case "-_", [a]:
            return Interval(-a.high, -a.low, a.integral)
        case "_+_", [a, b]:
            return Interval(a.low + b.low, a.high + b.high, a.integral and b.integral)
        case "_-_", [a, b]:
            return Interval(a.low - b.high, a.high - b.low, a.integral and b.integral)
        case "_*_", [a, b]:
            edges = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
            return Interval(min(edges), max(edges), a.integral and b.integral)
    return None
