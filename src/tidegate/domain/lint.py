"""`gate lint`: everything wrong or doubtful in a gate's document, with its place and its fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidegate.domain.cel_ast import Call, Literal, Node, walk
from tidegate.domain.changes import measure_in, value_of
from tidegate.domain.gate_documents import Draft, Level, Problem, examine
from tidegate.domain.gates import KNOWN_TOOLS, On, Rule
from tidegate.domain.measures import BY_NAME, Better, Combine
from tidegate.domain.wording import number, render

_MIRRORED = {"_>=_": "_<=_", "_>_": "_<_", "_<=_": "_>=_", "_<_": "_>_"}
_NEGATED = {"_>=_": "_<_", "_>_": "_<=_", "_<=_": "_>_", "_<_": "_>=_"}


def lint(document: str | Mapping[str, object]) -> list[Problem]:
    """Return every error, or where there is none every warning, in the order of lines."""
    draft, problems = examine(document)
    if draft is None:
        return list(problems)
    found = [_place(draft, *warning) for warning in _warnings(draft)]
    return sorted(found, key=lambda p: (p.line or 0, p.column or 0, p.where, p.what))


def _warnings(draft: Draft) -> Iterator[tuple[str, str, str]]:
    if draft.extends is None and all(rule.on is On.WARN for rule in draft.rules):
        yield "/rules", "No rule blocks: this gate lets everything pass.", "Let at least one rule block."
    for index, rule in enumerate(draft.rules):
        where = f"/rules/{index}"
        if rule.max_age is None:
            yield where, f"Rule `{rule.id}` takes evidence of any age.", "Add max_age, such as 24h."
        yield from _unused_needs(rule, where)
        that = f"{where}/that"
        if not rule.expression.measures:
            yield that, "The expression uses no measure: it always says the same.", "Compare a measure."
            continue
        for what, advice in _doubts(rule.expression.tree, True):
            yield that, what, advice


def _unused_needs(rule: Rule, where: str) -> Iterator[tuple[str, str, str]]:
    used = [BY_NAME[name] for name in rule.expression.measures]
    for index, need in enumerate(rule.needs):
        place = f"{where}/needs/{index}" if len(rule.needs) == 1 else f"{where}/needs"
        if used and not any(need.kind in measure.kinds for measure in used):
            what = f"The expression uses no measure of `{need}`."
            yield place, what, f"Use one, or drop `{need}` from needs."
        if need.tool and need.tool not in KNOWN_TOOLS[need.kind]:
            what = (
                f"No tool `{need.tool}` is known for {need.kind}; without its report the rule stays missing."
            )
            yield place, what, "Check how the report spells its tool with `tidegate read`."


def _doubts(node: Node, wanted: bool) -> Iterator[tuple[str, str]]:
    """Find constants, bounds that always hold and bounds on the wrong side; `wanted` turns at each `!`."""
    if not isinstance(node, Call):
        return
    if node.function in ("_&&_", "_||_"):
        for part in node.args:
            if not any(measure_in(below) for below in walk(part)):
                yield f"`{render(part)}` always says the same.", "Leave it out, or compare a measure."
            yield from _doubts(part, wanted)
    elif node.function == "!_":
        yield from _doubts(node.args[0], not wanted)
    elif node.function in _MIRRORED:
        yield from _doubtful_bound(node, wanted)


def _doubtful_bound(node: Call, wanted: bool) -> Iterator[tuple[str, str]]:
    left, right = node.args
    operator = node.function
    if measure_in(left) is None:
        left, right, operator = right, left, _MIRRORED[operator]
    name = measure_in(left)
    bound = value_of(right, {}) if not isinstance(right, Literal) else right.value
    if name is None or isinstance(bound, bool) or not isinstance(bound, (int, float)):
        return
    operator = operator if wanted else _NEGATED[operator]
    text = render(node) if wanted else f"!({render(node)})"
    measure = BY_NAME[name]
    top = 1.0 if measure.combine is Combine.RATIO else float("inf")
    asks_high = operator in ("_>=_", "_>_")
    if (operator == "_>=_" and bound <= 0) or (operator == "_<=_" and bound >= top):
        yield f"`{text}` always holds: {name} is never {_beyond(asks_high)} {number(bound)}.", "Ask for more."
    elif asks_high and measure.better is Better.LOWER:
        yield f"`{text}` asks for {name} to be high, and lower is better.", "Turn the comparison round."
    elif not asks_high and measure.better is Better.HIGHER:
        yield f"`{text}` asks for {name} to be low, and higher is better.", "Turn the comparison round."


def _beyond(asks_high: bool) -> str:
    return "below" if asks_high else "above"


def _place(draft: Draft, where: str, what: str, suggestion: str) -> Problem:
    mark = draft.places.get(where) or draft.places.get(where.rsplit("/", 1)[0])
    line, column = (mark.line, mark.column) if mark else (None, None)
    return Problem(where, what, suggestion, line, column, Level.WARNING)
