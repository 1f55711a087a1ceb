"""Gate expressions: CEL over measures and facts, compiled once, checked with advice, then evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import cel_expr_python.cel as cel

from tidegate.domain.canonical import clean
from tidegate.domain.cel_ast import Field, Name, Node, Other, decode, walk
from tidegate.domain.errors import Invalid, TidegateError
from tidegate.domain.fact_expressions import FactFault, fact_faults, hyphen_advice, name_indexed, named_facts
from tidegate.domain.fact_names import FACTS, Aspect, FactName, fact_name
from tidegate.domain.fact_spelling import name_spelt, spell_keys, spelt
from tidegate.domain.fact_types import Scalar
from tidegate.domain.measures import BY_NAME, MEASURES, Combine, Measure, with_parts
from tidegate.domain.nearest import nearest
from tidegate.domain.wording import account

MAX_LENGTH = 2_000
MAX_COMBINED_LENGTH = 20_000  # what inheritance may put together

_TYPES = {bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE}
_ASPECTS = {Aspect.AGE: cel.Type.DURATION, Aspect.SINCE: cel.Type.TIMESTAMP}
_SPOKEN = {"INT": "whole number", "DOUBLE": "number", "STRING": "text", "BOOL": "truth value"}
_FAULT = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE)
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_OVERLOAD = re.compile(r"no matching overload for '_?([^']+?)_?' applied to '\(([\w.]+), ([\w.]+)\)'")
_WHOLE_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
_POINT_ZERO = re.compile(r"(?<![\w.])(\d+)\.0+(?![\w.])")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """What is wrong with an expression; line and column count from 1 inside its text."""

    line: int
    column: int
    what: str
    suggestion: str | None = None


class InvalidExpression(Invalid):
    """An expression that is not accepted; `faults` says where and how to fix it."""

    def __init__(self, faults: tuple[ExpressionFault, ...]) -> None:
        self.faults = faults
        first = faults[0]
        advice = f" {first.suggestion}" if first.suggestion else ""
        super().__init__(
            f"The expression is not valid: line {first.line}, column {first.column}: {first.what}{advice}",
            tuple((f"{fault.line}:{fault.column}", fault.what) for fault in faults),
        )


class NotEvaluated(TidegateError):
    """An expression gave no answer for these values, such as after a division by zero."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; two are equal when their texts are.

    `measures` are the measures that it uses, sorted; `wanted` adds the counts behind their rates. `facts` are
    the facts that it reads, in the order of fields.
    """

    text: str
    measures: tuple[str, ...] = field(compare=False)
    facts: tuple[FactName, ...] = field(compare=False)
    account: str = field(compare=False)
    wanted: tuple[Measure, ...] = field(compare=False, repr=False)
    tree: Node = field(compare=False, repr=False)
    program: cel.Expression = field(compare=False, repr=False)

    def evaluate(self, values: Mapping[str, Scalar]) -> bool:
        """Tell whether the values pass; every measure and every fact that it uses must be given by its name.

        Raises `NotEvaluated` where CEL answers with an error.
        """
        keyed = {name.key: values[name.text] for name in self.facts if name.key is not None}
        times = {spelt(key): keyed.pop(key) for key in _times_in_brackets(self.facts)}
        answer = self.program.eval(data={**values, **times, FACTS: keyed}).value()
        if answer is True or answer is False:
            return bool(answer)
        raise NotEvaluated(f"`{self.text}` cannot be answered: {_plain(str(answer))}")


def compile_expression(text: str, limit: int = MAX_LENGTH) -> Expression:
    """Compile an expression over the declared measures; compiled ones are kept for next time.

    Raises `InvalidExpression` with every fault found.
    """
    if len(text) > limit:
        raise InvalidExpression(
            (
                ExpressionFault(
                    1,
                    1,
                    f"The expression has {len(text)} characters; {limit} are allowed.",
                    "Split the rule.",
                ),
            )
        )
    if clean(text) != text:
        raise InvalidExpression(
            (ExpressionFault(1, 1, "The expression holds half a character (a lone surrogate)."),)
        )
    return _compile(text)


def check(text: str, limit: int = MAX_LENGTH) -> tuple[ExpressionFault, ...]:
    """Return what is wrong with an expression, or nothing."""
    try:
        compile_expression(text, limit)
    except InvalidExpression as error:
        return error.faults
    return ()


@lru_cache(maxsize=1)
def _measures() -> Mapping[str, cel.Type]:
    return {measure.name: _TYPES[measure.type] for measure in MEASURES}


@lru_cache(maxsize=1)
def _environment() -> cel.Env:
    return cel.NewEnv(variables=_measures())


def _environment_of(facts: tuple[FactName, ...]) -> cel.Env:
    """Declare each fact by its dotted name; the compiler takes the longest name that is declared.

    Fields that cannot be spelt so are looked up in `facts` itself. Their values may be of any type.
    """
    named = {name.text: _ASPECTS.get(name.aspect, cel.Type.DYN) for name in facts if name.key is None}
    times = {spelt(key): _ASPECTS[aspect] for key, aspect in _times_in_brackets(facts).items()}
    any_field = {FACTS: cel.Type.DYN} if any(name.key is not None for name in facts) else {}
    return cel.NewEnv(variables={**_measures(), **named, **times, **any_field})


def _times_in_brackets(facts: tuple[FactName, ...]) -> dict[str, Aspect]:
    """Return the ages and moments that are written as `facts["…"]`, by what stands in the brackets."""
    return {name.key: name.aspect for name in facts if name.key is not None and name.aspect in _ASPECTS}


@lru_cache(maxsize=2_048)
def _compile(text: str) -> Expression:
    facts = _facts_in(text) if FACTS in text else ()
    program, tree = _checked(text, _environment_of(facts) if facts else _environment())
    if program.return_type() != cel.Type.BOOL and not (facts and program.return_type() == cel.Type.DYN):
        given = program.return_type().name()
        raise InvalidExpression((_not_boolean(text, _SPOKEN.get(given, given.lower())),))
    tree = name_indexed(tree)
    if keys := _times_in_brackets(facts):
        # CEL holds no duration in a map of anything, so those are given by names of their own.
        program, again = _checked(spell_keys(text, keys), _environment_of(facts))
        if name_spelt(name_indexed(again), keys) != tree:
            what = "An age or a moment in brackets cannot be told from the text around it."
            raise InvalidExpression((ExpressionFault(1, 1, what, 'Write it as facts["field.age"].'),))
    for node in walk(tree):
        if isinstance(node, (Other, Field)):
            # Macros loop: nested ones would let a short text ask for hours of work.
            what = f"A gate's expression cannot use {'a field' if isinstance(node, Field) else node.what}."
            raise InvalidExpression((ExpressionFault(1, 1, what, "Compare measures with numbers instead."),))
    if facts and (faults := tuple(_placed(text, fault) for fault in fact_faults(tree))):
        raise InvalidExpression(faults)
    names = {node.name for node in walk(tree) if isinstance(node, Name)}
    used = sorted(names & BY_NAME.keys())
    read = sorted({name for each in names if (name := fact_name(each)) is not None})
    return Expression(text, tuple(used), tuple(read), account(tree), with_parts(used), tree, program)


def _checked(text: str, environment: cel.Env) -> tuple[cel.Expression, Node]:
    try:
        program = environment.compile(text)
    except RuntimeError as error:
        raise InvalidExpression(_explain(text, str(error))) from None
    try:
        return program, decode(program.serialize())
    except ValueError as error:
        raise InvalidExpression((ExpressionFault(1, 1, f"{error}.", "Split the rule."),)) from None


def _facts_in(text: str) -> tuple[FactName, ...]:
    """Return the facts that an expression names, by a first look at it; raises `InvalidExpression`."""
    _, tree = _checked(text, cel.NewEnv(variables={**_measures(), FACTS: cel.Type.DYN}))
    names, faults = named_facts(tree)
    if faults:
        raise InvalidExpression(tuple(_placed(text, fault) for fault in faults))
    return names


def _placed(text: str, fault: FactFault) -> ExpressionFault:
    """Say where a fault is, as far as its text can be found."""
    before = text[: max(text.find(fault.near), 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return ExpressionFault(line, column, fault.what, fault.suggestion)


def _not_boolean(text: str, given: str) -> ExpressionFault:
    return ExpressionFault(
        1,
        1,
        f"The expression gives a {given}, not true or false.",
        f"Compare it with something, such as `{text.strip()} == 0`." if given != "truth value" else None,
    )


def _explain(text: str, message: str) -> tuple[ExpressionFault, ...]:
    """Turn the compiler's message into faults that say what to do."""
    if "recursion" in message:
        return (ExpressionFault(1, 1, "The expression nests too deep.", "Split the rule."),)
    faults: dict[tuple[int, int, str], ExpressionFault] = {}
    for line, column, what in _FAULT.findall(message):
        fault = _advise(text, max(int(line), 1), max(int(column), 1), what)
        faults.setdefault((fault.line, fault.column, fault.what), fault)
    return tuple(faults.values()) or (ExpressionFault(1, 1, _plain(message), None),)


_TOO_LARGE = ("invalid int literal", "Invalid int literal")
_LARGEST = "Whole numbers go up to 9223372036854775807."


def _advise(text: str, line: int, column: int, what: str) -> ExpressionFault:
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    if found := _UNDECLARED.search(what):
        return _unknown_name(source, line, column, found[1])
    if found := _OVERLOAD.search(what):
        operator, left, right = found.groups()
        message = f"`{operator}` cannot compare or join a {_say(left)} with a {_say(right)}."
        return ExpressionFault(line, column, message, _fix_types(source, column, left, right))
    if what.startswith(_TOO_LARGE):
        return ExpressionFault(line, column, "This number is too large to compare with.", _LARGEST)
    if "Syntax error" in what:
        short = what.split(" expecting ")[0].replace("Syntax error: ", "").replace("'<EOF>'", "the end")
        return ExpressionFault(line, column, f"Syntax error: {short}.", _slip(source))
    return ExpressionFault(
        line, column, what[:1].upper() + what[1:] + ("" if what.endswith(".") else "."), None
    )


# How other languages, and people in a hurry, write what CEL writes otherwise.
_SLIPS = (
    (re.compile(r"===|(?<![=!<>])=(?![=<>])"), "Compare with `==`."),
    (re.compile(r"=<"), "Write `<=`."),
    (re.compile(r"=>"), "Write `>=`."),
    (re.compile(r"<>"), "Write `!=`."),
    (re.compile(r"\b(?:and|or|not)\b", re.IGNORECASE), "Join with `&&` and `||`, and negate with `!`."),
    (re.compile(r"\d\s*%"), "Write a share as a number from 0 to 1, such as 0.8 for 80 %."),
    (re.compile(r"\d,\d"), "Write a point, such as 0.8."),
)


def _slip(source: str) -> str | None:
    return next((advice for pattern, advice in _SLIPS if pattern.search(source)), None)


def _unknown_name(source: str, line: int, column: int, name: str) -> ExpressionFault:
    start = column
    for found in _DOTTED.finditer(source):
        if found.start() < column <= found.end() + 1:
            start = found.start() + 1
            name = "".join(found[0].split())
    meant = nearest(name, BY_NAME)
    advice = f"Did you mean `{meant}`?" if meant else "See the list of measures for what there is."
    advice = hyphen_advice(source, name) or advice
    return ExpressionFault(line, start, f"There is no measure or function `{name}`.", advice)


_SAID = {
    "int": "whole number",
    "double": "rate or number with a point",
    "bool": "truth value",
    "string": "text",
    "google.protobuf.Duration": "duration",
    "google.protobuf.Timestamp": "moment",
}


def _say(type_name: str) -> str:
    return _SAID.get(type_name, type_name)


def _fix_types(source: str, column: int, left: str, right: str) -> str | None:
    if {left, right} == {"int", "double"}:
        side = source[column:] if right == "int" else source[: column - 1]
        whole = _WHOLE_NUMBER.findall(side)
        if whole:
            literal = whole[0] if right == "int" else whole[-1]
            if 1 < int(literal) <= 100 and _compares_rate(source, column):
                return f"Write {int(literal) / 100:.6g} instead of {literal}: a rate goes from 0 to 1."
            return (
                f"Write {literal}.0 instead of {literal}: a rate is compared with a number that has a point."
            )
        pointed = _POINT_ZERO.findall(source[column:] if right == "double" else source[: column - 1])
        if pointed:
            literal = pointed[0] if right == "double" else pointed[-1]
            return f"Write {literal} instead of {literal}.0: a count is compared with a whole number."
        return "Put the whole number into double(…), or write it without a point where counts are compared."
    if left.endswith(".Duration") or right.endswith(".Duration"):
        return 'Write a duration as duration("24h").'
    if left.endswith(".Timestamp") or right.endswith(".Timestamp"):
        return 'Write a moment as timestamp("2026-11-21T00:00:00Z").'
    if "bool" in (left, right):
        return "A truth value stands for itself: write `tool.ran` or `!tool.ran`, and join with && and ||."
    return None


def _compares_rate(source: str, column: int) -> bool:
    """Tell whether one of the names beside an operator is a rate."""
    beside = [*_DOTTED.findall(source[: column - 1])[-1:], *_DOTTED.findall(source[column:])[:1]]
    names = {"".join(name.split()) for name in beside}
    return any(BY_NAME[name].combine is Combine.RATIO for name in names & BY_NAME.keys())


def _plain(message: str) -> str:
    """Cut the compiler's status words and picture of the source from a message."""
    first = message.strip().split("\n")[0]
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", first)
