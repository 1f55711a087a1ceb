"""How a gate extends its floor: rules join by conjunction, and what visibly asks for less is refused."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from datetime import timedelta

from tidegate.domain.cel_ast import Call, Literal, Node, walk
from tidegate.domain.cel_values import value_of
from tidegate.domain.changes import measure_in
from tidegate.domain.expressions import InvalidExpression
from tidegate.domain.fact_changes import name_in
from tidegate.domain.fact_judging import in_words
from tidegate.domain.gate_documents import Draft, GateProblem, InvalidGate, draft_of
from tidegate.domain.gates import Gate, Need, On, Rule, format_duration
from tidegate.domain.measures import BY_NAME, Combine
from tidegate.domain.operators import MIRRORED
from tidegate.domain.wording import render

MAX_FLOORS = 8
_CONJUNCT = 2  # how tightly && binds, for `render`


def complete(draft: Draft, resolve: Callable[[str], Gate] | None = None) -> Gate:
    """Make a gate of a draft; `resolve` finds the floor by what `extends` says.

    Raises `InvalidGate` where the draft loosens its floor, or extends one and none can be found.
    """
    if draft.extends is None:
        return Gate(draft.name, draft.title, draft.rules)
    if resolve is None:
        raise InvalidGate((_problem(draft, "/extends", "This gate extends another, which is not at hand."),))
    return inherit(resolve(draft.extends), draft)


def load(path: str, read: Callable[[str], str]) -> Gate:
    """Read a gate and all floors below it from files; `read` gives a file's text by its path.

    `extends` is taken relative to the file that says it; a bare name stands for NAME.yml beside it.
    Raises `InvalidGate`, and whatever `read` raises.
    """
    return _load(path, read, ())


def _load(path: str, read: Callable[[str], str], above: tuple[str, ...]) -> Gate:
    draft = draft_of(read(path))

    def floor(reference: str) -> Gate:
        below = floor_path(path, reference)
        if below in (*above, posixpath.normpath(path)) or len(above) >= MAX_FLOORS:
            what = f"The floors of `{draft.name}` go round in a circle or are more than {MAX_FLOORS} deep."
            raise InvalidGate((_problem(draft, "/extends", what),))
        return _load(below, read, (*above, posixpath.normpath(path)))

    return complete(draft, floor)


def floor_path(path: str, reference: str) -> str:
    """Return the path of the floor's file that the gate in the file `path` means by `reference`."""
    name = reference if reference.endswith((".yml", ".yaml", ".json")) else reference + ".yml"
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def inherit(floor: Gate, child: Draft) -> Gate:
    """Join a child's rules with its floor's, so that whatever passes the result passes the floor.

    A rule of the child with the id of a floor's rule adds to it: both expressions, the needs of both, the
    smaller age, and block before warn. Raises `InvalidGate` with every place where the child asks for less.
    """
    own = {rule.id: rule for rule in child.rules}
    problems: list[GateProblem] = []
    rules: list[Rule] = []
    for rule in floor.rules:
        added = own.pop(rule.id, None)
        if added is None:
            rules.append(rule)
            continue
        found = [
            _problem(child, f"/rules/{child.rules.index(added)}", *fault) for fault in _loosens(rule, added)
        ]
        problems.extend(found)
        if found:
            continue
        try:
            rules.append(_join(rule, added))
        except InvalidExpression as error:
            where = f"/rules/{child.rules.index(added)}/that"
            problems.append(_problem(child, where, f"Together with the floor's rule: {error}"))
    if problems:
        raise InvalidGate(tuple(problems))
    return Gate(child.name, child.title, (*rules, *own.values()), floor.digest)


def _join(floor: Rule, child: Rule) -> Rule:
    that = _conjunction(floor, child)
    ages = [age for age in (floor.max_age, child.max_age) if age is not None]
    if ages:
        # Facts of which one rule says nothing do not grow older by what the other allows its reports.
        ages += [one.fact_age for one in (floor, child) if one.max_age is None and one.fact_age is not None]
    on = On.BLOCK if On.BLOCK in (floor.on, child.on) else On.WARN
    title = child.title if child.title != child.id else floor.title
    return Rule(floor.id, title, that, (*floor.needs, *child.needs), min(ages, default=None), on)


def _conjunction(floor: Rule, child: Rule) -> str:
    """Write both expressions as one; what the child asks for again, or more strictly, is written once."""
    trees = [tree for rule in (floor, child) for tree in _conjuncts(rule.expression.tree)]
    if any(
        isinstance(node, Literal) and isinstance(node.value, (str, bytes)) for t in trees for node in walk(t)
    ):
        return (
            f"({_closed(floor.that)}) && ({_closed(child.that)})"  # texts are left as their author wrote them
        )
    tighter = _bounds(child.expression.tree)
    kept = [tree for tree in _conjuncts(floor.expression.tree) if not _implied(tree, tighter)]
    kept += _conjuncts(child.expression.tree)
    return " && ".join(dict.fromkeys(render(tree, _CONJUNCT) for tree in kept))


def _implied(conjunct: Node, tighter: Mapping[tuple[str, str], tuple[float, bool]]) -> bool:
    """Tell whether the child's constant bounds make a conjunct of the floor true whenever they hold."""
    bounds = _bounds(conjunct)
    return bool(bounds) and all(
        place in tighter and not _weaker(tighter[place], bound, place[1]) for place, bound in bounds.items()
    )


def _weaker(ours: tuple[float, bool], theirs: tuple[float, bool], side: str) -> bool:
    """Tell whether a bound (value, strict) lets more through than another on the same side."""
    better = -1 if side == "upper" else 1
    return (ours[0] * better, ours[1]) < (theirs[0] * better, theirs[1])


def _closed(that: str) -> str:
    """End an expression's last comment, so that the parenthesis after it is not part of that comment."""
    return that + "\n" if "//" in that else that


def _loosens(floor: Rule, child: Rule) -> list[tuple[str, str]]:
    """Return what the child asks for less of, and what to do about it."""
    faults: list[tuple[str, str]] = []
    for need in floor.needs:
        if need not in child.needs:
            faults.append(
                (f"The floor's rule needs `{need}` and this one drops it.", f"Add `{need}` to needs.")
            )
    # What a floor does not say of facts is a day all the same: a child that says more would loosen it.
    oldest = floor.fact_age
    if _longer(child.max_age, oldest) and oldest is not None:
        allowed = format_duration(oldest)
        faults.append(
            ("The floor lets evidence be no older than " + allowed + ".", f"Write {allowed} or less.")
        )
    if floor.on is On.BLOCK and child.on is On.WARN:
        faults.append(("The floor's rule blocks and this one only warns.", "Leave `on` out, or write block."))
    faults.extend(_weaker_bounds(floor, child))
    faults.extend(_widened(floor, child))
    return faults


def _longer(child: timedelta | None, floor: timedelta | None) -> bool:
    return child is not None and floor is not None and child > floor


def _widened(floor: Rule, child: Rule) -> list[tuple[str, str]]:
    """Find needs that would make a measure of the floor's expression speak of more reports than before.

    A rate over more reports can be better than over the floor's alone, and then the joined rule would pass
    where the floor's does not.
    """
    faults = []
    for need in child.needs:
        if need in floor.needs or Need(need.kind) in floor.needs:
            continue
        for name in floor.expression.measures:
            if need.kind in BY_NAME[name].kinds and BY_NAME[name].combine is not Combine.ALL:
                what = f"With `{need}`, `{name}` in the floor's rule would speak of other reports too."
                faults.append((what, "Give this rule an id of its own."))
    return faults


_LOWER_BOUND, _UPPER_BOUND = ("_>=_", "_>_"), ("_<=_", "_<_")


def _weaker_bounds(floor: Rule, child: Rule) -> list[tuple[str, str]]:
    faults = []
    ours = _bounds(child.expression.tree)
    for (name, side), (bound, strict) in _bounds(floor.expression.tree).items():
        given = ours.get((name, side))
        if given is None:
            continue
        if _weaker(given, (bound, strict), side):
            asked = f"{'below' if side == 'upper' else 'above'}" if strict else f"at {_ends(side)}"
            limit = in_words(timedelta(seconds=bound)) if name.endswith(".age") else f"{bound:.6g}"
            what = f"The floor asks for {name} {asked} {limit}, which is more than this rule asks for."
            faults.append((what, f"Leave {name} out, or ask for more."))
    return faults


def _ends(side: str) -> str:
    return "most" if side == "upper" else "least"


def _bounds(tree: Node) -> dict[tuple[str, str], tuple[float, bool]]:
    """Return the tightest constant bound on each measure and fact that the expression's conjuncts state."""
    found: dict[tuple[str, str], tuple[float, bool]] = {}
    for node in _conjuncts(tree):
        if not isinstance(node, Call) or node.function not in MIRRORED:
            continue
        left, right = node.args
        operator = node.function
        if _bounded_name(left) is None:
            left, right, operator = right, left, MIRRORED[operator]
        name, bound = _bounded_name(left), value_of(right, {})
        if isinstance(bound, timedelta):
            bound = bound.total_seconds()
        if name is None or not isinstance(bound, (int, float)) or isinstance(bound, bool):
            continue
        if operator in (*_LOWER_BOUND, "_==_"):
            known = found.get((name, "lower"), (float("-inf"), False))
            found[name, "lower"] = max(known, (float(bound), operator == "_>_"))
        if operator in (*_UPPER_BOUND, "_==_"):
            known = found.get((name, "upper"), (float("inf"), False))
            tightest = max((-known[0], known[1]), (-float(bound), operator == "_<_"))
            found[name, "upper"] = (-tightest[0], tightest[1])
    return found


def _bounded_name(node: Node) -> str | None:
    """Return the measure that a side of a comparison is, or the fact under one name however it is written."""
    fact = name_in(node)
    return measure_in(node) if fact is None else f"facts.{fact.field}.{fact.aspect}"


def _conjuncts(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.function == "_&&_":
        return [part for arg in node.args for part in _conjuncts(arg)]
    return [node]


def _problem(child: Draft, where: str, what: str, suggestion: str | None = None) -> GateProblem:
    mark = child.places.get(where)
    line, column = (mark.line, mark.column) if mark else (None, None)
    return GateProblem(where, what, suggestion, line, column)
