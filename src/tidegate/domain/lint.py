"""`gate lint`: everything wrong or doubtful in a gate's document, with its place and its fix."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tidegate.domain.cel_ast import Call, Literal, Node, walk
from tidegate.domain.cel_values import value_of
from tidegate.domain.changes import measure_in
from tidegate.domain.fact_changes import name_in
from tidegate.domain.fact_names import Aspect
from tidegate.domain.gate_documents import Draft, Examined, GateProblem, Level, examine_rules
from tidegate.domain.gate_yaml import Mark
from tidegate.domain.gates import On, Rule, format_duration
from tidegate.domain.measures import BY_NAME, Better, Combine, Kind
from tidegate.domain.nearest import nearest
from tidegate.domain.operators import COMPARISONS, MIRRORED, NEGATED
from tidegate.domain.probing import PROBED_FIELDS
from tidegate.domain.ranges import possible_answers, range_of
from tidegate.domain.tools import canonical_tool
from tidegate.domain.wording import number, render

_ORDERED = ("_>=_", "_>_", "_<=_", "_<_")
_FACT_AGE = "max_age: 15m"
"""What is advised for observed facts: probes come each minute by default, and a restart takes a few."""


def lint(
    document: str | Mapping[str, object], tools: Mapping[Kind, Collection[str]] | None = None
) -> list[GateProblem]:
    """Return every error, and every doubt about the rules that can be read, in the order of lines.

    `tools` are the names of tools that are known for each kind of evidence; without them no name is doubted.
    """
    examined = examine_rules(document)
    found = [_place(examined.places, *warning) for warning in _warnings(examined, tools or {})]
    found += examined.problems
    return sorted(found, key=lambda p: (p.line or 0, p.column or 0, p.where, p.what))


def _warnings(examined: Examined, tools: Mapping[Kind, Collection[str]]) -> Iterator[tuple[str, str, str]]:
    if examined.draft is not None and _lets_everything_pass(examined.draft):
        yield "/rules", "No rule blocks: this gate lets everything pass.", "Let at least one rule block."
    for index, rule in examined.rules.items():
        where = f"/rules/{index}"
        yield from ((where, what, advice) for what, advice in _doubtful_age(rule))
        yield from _doubtful_needs(rule, where, tools)
        that = f"{where}/that"
        yield from ((that, what, advice) for what, advice in _doubtful_facts(rule))
        if not rule.expression.measures and not rule.expression.facts:
            yield that, "The expression uses no measure: it always says the same.", "Compare a measure."
            continue
        tree = rule.expression.tree
        doubts = list(_doubts(tree, True))
        yield from ((that, what, advice) for what, advice in doubts)
        answers = possible_answers(tree)
        if len(answers) == 1 and not any(" holds" in what or "the same" in what for what, _ in doubts):
            word = "always" if True in answers else "never"
            yield that, f"`{render(tree)}` {word} holds, whatever is measured.", "Ask for what can be missed."


def _lets_everything_pass(draft: Draft) -> bool:
    return draft.extends is None and all(rule.on is On.WARN for rule in draft.rules)


def _doubtful_age(rule: Rule) -> Iterator[tuple[str, str]]:
    """Find what a rule without `max_age` goes on taking; what observed facts may then be is `fact_age`."""
    if rule.max_age is not None:
        return
    if rule.fact_age is not None:
        what = (
            f"Rule `{rule.id}` goes on passing for {format_duration(rule.fact_age)} after what it reads was "
            "last seen: also when the target or the worker that probes it has died."
        )
        if rule.needs:
            yield what, f"Ask for facts in a rule of its own, and add the line `{_FACT_AGE}` there."
        else:
            yield what, f"Add the line `{_FACT_AGE}`, or how old it may be."
    if rule.needs:
        yield f"Rule `{rule.id}` takes evidence of any age.", "Add max_age, such as 24h."


def _doubtful_needs(
    rule: Rule, where: str, tools: Mapping[Kind, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    used = [BY_NAME[name] for name in rule.expression.measures]
    for index, need in enumerate(rule.needs):
        place = f"{where}/needs/{index}" if len(rule.needs) == 1 else f"{where}/needs"
        if used and not any(need.kind in measure.kinds for measure in used):
            what = f"The expression uses no measure of `{need}`."
            yield place, what, f"Use one, or drop `{need}` from needs."
        known = tools.get(need.kind, ())
        if need.tool and known and canonical_tool(need.tool) not in known:
            what = (
                f"No tool `{need.tool}` is known for {need.kind}; without its report the rule stays missing."
            )
            meant = nearest(canonical_tool(need.tool), known, cutoff=0.75)
            advice = "Check with `tidegate read REPORT` how the report spells its tool."
            yield place, what, f"Did you mean `{need.kind}/{meant}`? {advice}" if meant else advice


def _doubtful_facts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Find fields that are nearly called as those that probes tell, or that end nearly as an aspect."""
    for name in rule.expression.facts:
        field, dot, last = name.field.rpartition(".")
        meant = nearest(last, set(Aspect), cutoff=0.8)
        if dot and meant and name.aspect is Aspect.OBSERVED and name.key is None:
            yield f"`{name.text}` is the field {name.field}.", f"Did you mean `facts.{field}.{meant}`?"
        known = nearest(name.field, PROBED_FIELDS, cutoff=0.85)
        if known and known != name.field:
            yield f"Probes tell no {name.field}.", f"Did you mean `{known}`?"


def _doubts(node: Node, wanted: bool) -> Iterator[tuple[str, str]]:
    """Find constants, bounds that say nothing and bounds on the wrong side; `wanted` turns at each `!`."""
    if not isinstance(node, Call):
        return
    if node.function in ("_&&_", "_||_"):
        for part in node.args:
            if not any(measure_in(below) or name_in(below) for below in walk(part)):
                yield f"`{render(part)}` always says the same.", "Leave it out, or compare a measure."
            yield from _doubts(part, wanted)
    elif node.function == "!_":
        yield from _doubts(node.args[0], not wanted)
    elif node.function in COMPARISONS:
        yield from _doubtful_comparison(node, wanted)


def _doubtful_comparison(node: Call, wanted: bool) -> Iterator[tuple[str, str]]:
    text = render(node) if wanted else f"!({render(node)})"
    left, right = node.args
    operator = node.function
    if measure_in(left) is None:
        left, right, operator = right, left, MIRRORED[operator]
    name = measure_in(left)
    operator = operator if wanted else NEGATED[operator]
    bound = value_of(right, {}) if not isinstance(right, Literal) else right.value
    is_number = isinstance(bound, (int, float)) and not isinstance(bound, bool)
    answers = possible_answers(node)
    if len(answers) == 1 and any(measure_in(side) for side in node.args):
        holds = (True in answers) is wanted
        claim = "always holds" if holds else "never holds"
        why = _why(name, bound) if name is not None and is_number else "by what these measures are"
        yield f"`{text}` {claim}: {why}.", _instead(name, bound, operator, holds)
        return
    if name is None or not is_number or operator not in _ORDERED:
        return
    measure = BY_NAME[name]
    asks_high = operator in ("_>=_", "_>_")
    if asks_high and measure.better is Better.LOWER:
        yield f"`{text}` asks for {name} to be high, and lower is better.", "Turn the comparison round."
    elif not asks_high and measure.better is Better.HIGHER:
        yield f"`{text}` asks for {name} to be low, and higher is better.", "Turn the comparison round."


def _why(name: str, bound: object) -> str:
    """Say which end of a measure's range makes a comparison with a constant idle."""
    least, most = range_of(name).low, range_of(name).high
    if isinstance(bound, (int, float)) and bound <= least:
        return f"{name} is never below {number(least)}"
    if isinstance(bound, (int, float)) and bound >= most:
        return f"{name} is never above {number(most)}"
    return f"{name} is a whole number"


def _instead(name: str | None, bound: object, operator: str, holds: bool) -> str:
    rate = name is not None and BY_NAME[name].combine is Combine.RATIO
    if rate and isinstance(bound, (int, float)) and 1 < bound <= 100:
        return f"Write {bound / 100:.6g}, not {bound}: a rate goes from 0 to 1."
    if holds:
        return "Ask for more."
    if name is not None and operator in ("_<_", "_<=_"):
        return f"Write `{name} == 0`, or allow some."
    return "Ask for a value that it can have."


def _place(places: Mapping[str, Mark], where: str, what: str, suggestion: str) -> GateProblem:
    mark = places.get(where) or places.get(where.rsplit("/", 1)[0])
    line, column = (mark.line, mark.column) if mark else (None, None)
    return GateProblem(where, what, suggestion, line, column, Level.WARNING)
