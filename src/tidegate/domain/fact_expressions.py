"""Facts in expressions: which are named, whether a gate can follow what is done with them, how they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.domain.cel_ast import Call, Field, Literal, Name, Node, parts_of, rewrite, walk
from tidegate.domain.fact_names import FACTS, Aspect, FactName, fact_name, indexed
from tidegate.domain.fact_types import UNDERSTOOD, parse_span, span_in
from tidegate.domain.facts import LONGEST_FIELD
from tidegate.domain.times import read_time

_ORDERED = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_FIELDS = (
    "Fields are lower-case letters, digits, '_' and '-' in parts joined by dots, at most "
    f"{LONGEST_FIELD} characters, such as facts.health.state."
)


@dataclass(frozen=True, slots=True)
class FactFault:
    """What is wrong with the use of a fact; `near` is a text by which it can be found."""

    near: str
    what: str
    suggestion: str


def named_facts(tree: Node) -> tuple[tuple[FactName, ...], tuple[FactFault, ...]]:
    """Return the facts that a tree names, in which `facts` is one value of any type, and what is wrong.

    The tree is the one of the compiler's first look, where `facts.health.state` is a member of a member.
    """
    names: dict[str, FactName] = {}
    faults: list[FactFault] = []
    for text, is_bare in _uses(tree):
        name = fact_name(text)
        if name is not None and not is_bare:
            names[text] = name
        elif is_bare:
            what = f"`{FACTS}` is no value by itself."
            faults.append(FactFault(FACTS, what, 'Name a field, such as facts.health.state == "pass".'))
        else:
            faults.append(FactFault(text, f"`{text}` names no field.", _FIELDS))
    return tuple(names.values()), tuple(dict.fromkeys(faults))


def _uses(node: Node) -> Iterator[tuple[str, bool]]:
    """Yield each use of facts as it is written, and whether it is `facts` without a field."""
    text = _use(node)
    if text is not None:
        yield text, text == FACTS
        return
    for part in parts_of(node):
        yield from _uses(part)


def _use(node: Node) -> str | None:
    match node:
        case Name("facts" | ".facts"):
            return FACTS
        case Field(of, name):
            base = _use(of)
            return None if base is None else f"{base}.{name}"
        case Call("_[_]", (Name("facts"), Literal(str(key)))):
            return indexed(key)
    return None


def name_indexed(node: Node) -> Node:
    """Turn `facts["my-field"]` into a name, as the dotted names of facts are."""
    return rewrite(node, _indexed)


def _indexed(node: Node) -> Node | None:
    match node:
        case Call("_[_]", (Name("facts"), Literal(str(key)))):
            return Name(indexed(key))
    return None


def fact_faults(tree: Node) -> Iterator[FactFault]:
    """Find what a gate could not follow: functions whose types it does not know, ages without a bound."""
    bounded = {id(name) for node in walk(tree) for name, _ in _age_bound(node)}
    for node in walk(tree):
        if isinstance(node, Name) and _is_age(node) and id(node) not in bounded:
            what = f"`{node.name}` is a duration and can be compared with one alone, by <, <=, > or >=."
            yield FactFault(node.name, what, f'Write such as {node.name} < duration("24h").')
        if isinstance(node, Call):
            yield from _call_faults(node)


def _call_faults(node: Call) -> Iterator[FactFault]:
    if node.function not in UNDERSTOOD:
        name = node.function.strip("_@")
        what = f"`{name}` cannot be used where an expression reads facts."
        yield FactFault(name, what, "Compare the fact with a text, a number, a duration or another fact.")
    match node:
        case Call("duration", (Literal(str(text)),)) if parse_span(text) is None:
            advice = 'Write hours, minutes and seconds, such as "24h", "90m" or "1h30m"; a day is "24h".'
            yield FactFault(text, f"`{text}` is no duration.", advice)
        case Call("timestamp", (Literal(str(text)),)) if not _is_time(text):
            advice = 'Write it with its zone, such as "2026-11-21T00:00:00Z".'
            yield FactFault(text, f"`{text}` is no moment.", advice)
        case Call("duration" | "timestamp" as function, (arg,)) if not isinstance(arg, Literal):
            what = f"What is given to `{function}` must be written out."
            yield FactFault(function, what, f'Write such as {function}("…").')


def hyphen_advice(source: str, name: str) -> str | None:
    """Say how a field with a hyphen is written, where an unknown name looks like the end of one."""
    found = re.search(rf"facts\.([\w.]+-[\w.-]*{re.escape(name)})", source)
    return f'A field with a hyphen is written facts["{found[1]}"].' if found else None


def age_bounds(tree: Node) -> Iterator[tuple[Name, Call]]:
    """Return each age that is compared with a duration, and that duration: they are all where ages occur."""
    for node in walk(tree):
        yield from _age_bound(node)


def _age_bound(node: Node) -> Iterator[tuple[Name, Call]]:
    if isinstance(node, Call) and node.function in _ORDERED:
        for one, other in (node.args, node.args[::-1]):
            if isinstance(one, Name) and _is_age(one) and isinstance(other, Call) and _is_span(other):
                yield one, other


def _is_span(node: Call) -> bool:
    return span_in(node) is not None or node.function == "duration"


def _is_age(node: Name) -> bool:
    name = fact_name(node.name)
    return name is not None and name.aspect is Aspect.AGE


def _is_time(text: str) -> bool:
    try:
        read_time(text)
    except ValueError:
        return False
    return True
