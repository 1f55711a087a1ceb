"""The smallest change that would make a failing expression pass, worded so that it can be acted on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tidegate.domain.cel_ast import Call, Name, Node, walk
from tidegate.domain.cel_values import value_of
from tidegate.domain.expressions import NotEvaluated
from tidegate.domain.fact_changes import fact_step, name_in
from tidegate.domain.fact_types import Scalar
from tidegate.domain.measures import BY_NAME, Better, Value
from tidegate.domain.operators import MIRRORED, NEGATED
from tidegate.domain.wording import account, number, render

if TYPE_CHECKING:
    from fractions import Fraction

# What to do about one unit of a measure that should be low: verb, thing, its plural.
_FIX = {
    "tests.failed": ("fix", "failing test", "failing tests"),
    "tests.errors": ("fix", "broken test", "broken tests"),
    "tests.skipped": ("run", "skipped test", "skipped tests"),
    "tests.flaky": ("stabilise", "flaky test", "flaky tests"),
    "dependencies.vulnerable": ("replace", "vulnerable package", "vulnerable packages"),
    "dependencies.skipped": ("check", "skipped package", "skipped packages"),
}
# What a rate counts: "18 more of 1200 lines covered".
_COUNTED = {
    "coverage.line_rate": ("lines", "covered"),
    "coverage.branch_rate": ("branches", "taken"),
    "coverage.function_rate": ("functions", "called"),
    "tests.pass_rate": ("cases", "passed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a change: what to do, and to which value the measure comes, where it is one measure."""

    sentence: str
    measure: str | None
    to: Value | None
    distance: float


class _TooComplex(Exception):
    """The expression is of a shape for which no change can be worked out."""


def smallest_change(
    tree: Node, values: Mapping[str, Scalar], passes: Callable[[Mapping[str, Scalar]], bool]
) -> str:
    """Say what is the least that must change for an expression to pass; it does not pass now.

    `values` holds every measure and every fact that the expression uses, and the counts behind rates where
    they are known. A change that can be computed is tried out with `passes` before it is given; what cannot
    be worked out is given as what was asked and what was measured.
    """
    steps = smallest_steps(tree, values)
    if steps is None:
        return _generic(tree)
    changed = {step.measure: step.to for step in steps if step.measure is not None and step.to is not None}
    certain = len(changed) == len(steps)
    try:
        if certain and not passes({**values, **changed}):
            return _generic(tree)
    except NotEvaluated:
        return _generic(tree)
    return "; ".join(step.sentence for step in steps)


def _merge(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Keep one step a measure: the farther one, because it holds the nearer one too.

    Steps in opposite directions are found out when the change is tried.
    """
    kept: dict[str, Step] = {}
    for step in steps:
        key = step.measure or step.sentence
        if key not in kept or step.distance > kept[key].distance:
            kept[key] = step
    return tuple(kept.values())


def smallest_steps(tree: Node, values: Mapping[str, Scalar]) -> tuple[Step, ...] | None:
    """Return the steps of the smallest change, or None where it cannot be worked out."""
    try:
        return _merge(_plan(tree, values, True))
    except _TooComplex:
        return None


def _generic(tree: Node) -> str:
    return f"ensure that {account(tree)}"


def _plan(node: Node, values: Mapping[str, Scalar], wanted: bool) -> tuple[Step, ...]:
    """Return the steps that turn the node into `wanted`; none where it is so already."""
    truth = value_of(node, values)
    if truth is wanted:
        return ()
    if isinstance(node, Name):
        return (Step(f"{node.name} must become {number(wanted)}", node.name, wanted, 1.0),)
    if not isinstance(node, Call):
        raise _TooComplex
    if node.function == "!_":
        return _plan(node.args[0], values, not wanted)
    if node.function in ("_&&_", "_||_"):
        if (node.function == "_&&_") is wanted:
            return tuple(step for part in node.args for step in _plan(part, values, wanted))
        return _cheapest(node.args, values, wanted)
    if node.function == "_?_:_":
        condition, yes, no = node.args
        return _plan(yes if value_of(condition, values) else no, values, wanted)
    if node.function == "@in" and wanted and name_in(node.args[0]) is not None:
        return (_choose(node, values),)
    if node.function in NEGATED:
        return (_compare(node if wanted else Call(NEGATED[node.function], node.args), values),)
    raise _TooComplex


def _cheapest(parts: tuple[Node, ...], values: Mapping[str, Scalar], wanted: bool) -> tuple[Step, ...]:
    """Return the steps of the alternative with the fewest and shortest; ties go to the first."""
    options: list[tuple[Step, ...]] = []
    for part in parts:
        try:
            options.append(_plan(part, values, wanted))
        except _TooComplex:
            continue
    if not options:
        raise _TooComplex
    return min(options, key=lambda steps: (math.fsum(s.distance for s in steps), len(steps)))


def measure_in(node: Node) -> str | None:
    """Return the measure that a side of a comparison stands for, also inside `double(…)`."""
    if isinstance(node, Call) and node.function == "double" and len(node.args) == 1:
        node = node.args[0]
    return node.name if isinstance(node, Name) and node.name in BY_NAME else None


def _choose(node: Call, values: Mapping[str, Scalar]) -> Step:
    name = name_in(node.args[0])
    if name is None or values.get(name.text) is None:
        raise _TooComplex
    return Step(f"{name.field} must be {name.side} as one of {render(node.args[1])}", None, None, 1.0)


def _compare(node: Call, values: Mapping[str, Scalar]) -> Step:
    """Return the step that makes a false comparison true by moving one of its sides."""
    left, right = node.args
    operator = node.function
    step = fact_step(node, value_of(left, values), value_of(right, values))
    if step is not None:
        return Step(step, None, None, 1.0)
    if _moves_better(right) > _moves_better(left):
        left, right, operator = right, left, MIRRORED[operator]
    now, bound = _number(left, values), _number(right, values)
    if now is None or bound is None:
        raise _TooComplex
    name = measure_in(left)
    if operator == "_!=_":
        return Step(f"{render(left)} must differ from {number(bound)}", None, None, 1.0)
    distance = abs(float(now) - float(bound)) / max(abs(float(bound)), 1.0)
    if name is None:
        return Step(f"{render(left)} {_move(now, bound, operator)}", None, None, distance)
    target = _target(name, bound, operator)
    if not _possible(name, target):
        sentence = f"no value of {name} can pass: it is asked to be {_asked(operator)} {number(bound)}"
        if BY_NAME[name].over is not None and 1 < bound <= 100:
            sentence += f"; a rate goes from 0 to 1, so write {number(bound / 100)}"
        return Step(sentence, None, None, math.inf)
    return Step(_sentence(name, now, target, bound, operator, values), name, target, distance)


def _number(node: Node, values: Mapping[str, Scalar]) -> int | float | None:
    value = value_of(node, values)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _moves_better(side: Node) -> int:
    """Rank a side by how naturally it is the one to change: a measure with a good direction first."""
    name = measure_in(side)
    if name is None:
        return 1 if any(isinstance(node, Name) for node in walk(side)) else 0
    return 2 if BY_NAME[name].better is Better.NEITHER else 3


def _target(name: str, bound: Value, operator: str) -> Value:
    """Return the nearest value of a measure for which the comparison holds."""
    if BY_NAME[name].type is int:
        if not math.isfinite(bound):
            raise _TooComplex
        if operator == "_==_" and bound != int(bound):
            raise _TooComplex
        exact = {
            "_<_": math.ceil(bound) - 1,
            "_<=_": math.floor(bound),
            "_>_": math.floor(bound) + 1,
            "_>=_": math.ceil(bound),
        }
        return exact.get(operator, int(bound))
    edge = float(bound)
    if operator == "_<_":
        return math.nextafter(edge, -math.inf)
    return math.nextafter(edge, math.inf) if operator == "_>_" else edge


def _possible(name: str, target: Value) -> bool:
    """Tell whether a measure can have this value: none is negative, no rate is above 1."""
    top = 1 if BY_NAME[name].over is not None else math.inf
    return 0 <= target <= top


def _sentence(
    name: str, now: Value, target: Value, bound: Value, operator: str, values: Mapping[str, Scalar]
) -> str:
    if (name in _FIX or name.startswith("findings.")) and target < now:
        return _fix(name, int(now), int(target))
    if isinstance(target, int):  # the nearest whole number is exact, also for < and >
        return f"{name} {_move(now, target, '_==_')}"
    return f"{name} {_move(now, bound, operator)}{_in_counts(name, bound, operator, values)}"


def _fix(name: str, now: int, target: int) -> str:
    """Say what to do about a count that is too high, such as `fix 2 of 3 failing tests`."""
    verb, one, many = _FIX.get(name) or _finding_words(name)
    less = now - target
    if target == 0:
        return f"{verb} {less} {one if less == 1 else many}"
    return f"{verb} {less} of {now} {many}"


def _finding_words(name: str) -> tuple[str, str, str]:
    parts = name.split(".")[1:]
    words = " ".join(part for part in parts if part != "total")
    one = f"{words} finding".strip()
    return "fix", one, one + "s"


def _asked(operator: str) -> str:
    return {"_<_": "below", "_<=_": "at most", "_>_": "above", "_>=_": "at least"}.get(operator, "exactly")


def _move(now: Value, bound: Value, operator: str) -> str:
    """Say how far a value must go, such as `must rise by 0.05 to 0.9` or `must fall below 3`."""
    if operator == "_<_":
        return f"must fall below {number(bound)}"
    if operator == "_>_":
        return f"must rise above {number(bound)}"
    verb = "rise" if now < bound else "fall"
    return f"must {verb} by {_difference(now, bound)} to {number(bound)}"


def _difference(now: Value, bound: Value) -> str:
    """Write a difference without binary noise, never less than it is: at most four decimals, rounded up."""
    from decimal import (  # as slow to load as the compiler, and only failing rules need it
        ROUND_CEILING,
        Decimal,
    )

    exact = abs(Decimal(repr(bound)) - Decimal(repr(now)))
    if exact == exact.to_integral_value():
        return str(int(exact))
    return f"{exact.quantize(Decimal('0.0001'), rounding=ROUND_CEILING).normalize():f}"


@lru_cache(maxsize=1024)
def _exact(bound: float) -> Fraction:
    """Read a bound as it is written; kept, since a gate asks for the same ones again and again."""
    from fractions import Fraction  # loaded for failing rates only

    return Fraction(repr(bound))


def _in_counts(name: str, bound: Value, operator: str, values: Mapping[str, Scalar]) -> str:
    """Say a rise of a rate in what it counts, where the counts behind it are known."""
    over = BY_NAME[name].over
    if over is None or name not in _COUNTED or operator not in ("_>=_", "_>_", "_==_"):
        return ""
    covered, total = (values.get(part) for part in over)
    if not isinstance(covered, int) or not isinstance(total, int) or total <= 0:
        return ""
    enough = math.ceil(_exact(float(bound)) * total)
    if operator == "_>_" and enough / total <= bound:
        enough += 1
    more = enough - covered
    if more <= 0 or enough > total:
        return ""
    thing, done = _COUNTED[name]
    return f" ({more} more of {total} {thing} {done})"
