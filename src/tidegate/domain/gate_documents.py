"""Reads a gate as it was written, YAML or plain values, and reports every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tidegate.domain.errors import Invalid
from tidegate.domain.expressions import (
    MAX_COMBINED_LENGTH,
    MAX_LENGTH,
    ExpressionFault,
    check,
    compile_expression,
)
from tidegate.domain.fact_names import FACTS
from tidegate.domain.gate_yaml import Mark, Path, Tree, read_yaml
from tidegate.domain.gates import (
    MAX_BUILDER,
    MAX_TOOL,
    NAME,
    NAME_RULE,
    Gate,
    Need,
    On,
    Rule,
    parse_duration,
)
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.domain.nearest import nearest

GATE_KEYS = ("name", "title", "extends", "rules")
RULE_KEYS = ("id", "title", "that", "needs", "max_age", "on")
MAX_RULES = 200
MAX_TITLE = 200
MAX_NEEDS = 20
_LONG_AGE = re.compile(
    r"([1-9]\d{0,5})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?)",
    re.IGNORECASE,
)
_UNLIMITED = 1_000_000  # a gate in its canonical form holds the rules and needs of all its floors


class Level(StrEnum):
    """Whether a problem keeps a gate from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class GateProblem:
    """One thing wrong with a gate's document. `where` is a JSON pointer; line and column count from 1."""

    where: str
    what: str
    suggestion: str | None = None
    line: int | None = None
    column: int | None = None
    level: Level = Level.ERROR

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        advice = f" {self.suggestion}" if self.suggestion else ""
        return f"{place}{self.where or '/'}: {self.what}{advice}"


class InvalidGate(Invalid):
    """A gate's document that is not accepted; `faults` holds every problem found."""

    def __init__(self, faults: tuple[GateProblem, ...]) -> None:
        self.faults = faults
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(
            f"The gate is not valid: {faults[0]}{more}",
            tuple((p.where, f"{p.what} {p.suggestion}" if p.suggestion else p.what) for p in faults),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A gate as written: its own rules only. With `extends` it becomes a gate by `inheritance.complete`."""

    name: str
    title: str
    extends: str | None
    rules: tuple[Rule, ...]
    places: Mapping[str, Mark]  # where each value and rule stands, by JSON pointer


@dataclass(frozen=True, slots=True)
class Examined:
    """What could be read of a gate's document: the draft where nothing is wrong with it, or every problem.

    `rules` are those that can be read by themselves, by their place in the list, whatever else is wrong.
    """

    draft: Draft | None
    problems: tuple[GateProblem, ...]
    rules: Mapping[int, Rule]
    places: Mapping[str, Mark]


def draft_of(source: str | Mapping[str, object]) -> Draft:
    """Read a gate from YAML text or from plain values, as JSON gives them.

    Raises `InvalidGate` with every problem found at once.
    """
    draft, problems = examine(source)
    if draft is None:
        raise InvalidGate(problems)
    return draft


def examine(source: str | Mapping[str, object]) -> tuple[Draft | None, tuple[GateProblem, ...]]:
    """Read a gate and return it, or None and every problem."""
    examined = examine_rules(source)
    return examined.draft, examined.problems


def examine_rules(source: str | Mapping[str, object]) -> Examined:
    """Read a gate, and also what can be read of one that is not valid."""
    if isinstance(source, str):
        tree = read_yaml(source)
        reader = _Reader(tree, lines=source.split("\n"))
        return reader.result(tree.value)
    return _Reader(None).result(source)


def restore(document: Mapping[str, object]) -> Gate:
    """Read a gate from its canonical form (`Gate.to_document`); raises `InvalidGate`."""
    plain = {key: value for key, value in document.items() if key not in ("floor", "extends")}
    examined = _Reader(None, limit=MAX_COMBINED_LENGTH, most=_UNLIMITED).result(plain)
    draft, problems = examined.draft, examined.problems
    floor = document.get("floor")
    if not (floor is None or isinstance(floor, str)):
        problems += (GateProblem("/floor", "The floor must be a digest or null."),)
    if draft is None or problems:
        raise InvalidGate(problems)
    return Gate(draft.name, draft.title, draft.rules, floor if isinstance(floor, str) else None)


def pointer(path: Path) -> str:
    """Write a path as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


class _Reader:
    """Walks over a document, collects problems and builds what can be built."""

    def __init__(
        self,
        tree: Tree | None,
        limit: int = MAX_LENGTH,
        lines: Sequence[str] = (),
        most: int | None = None,
    ) -> None:
        self._lines = lines
        self._most_rules = most or MAX_RULES
        self._most_needs = most or MAX_NEEDS
        self._readable: dict[int, Rule] = {}
        self._marks = tree.marks if tree else {}
        self._limit = limit
        self._problems: list[GateProblem] = []
        self._hopeless = False
        for fault in tree.faults if tree else ():
            self._problem(fault.path, fault.what, fault.suggestion, fault.mark)
            self._hopeless = self._hopeless or tree is None or tree.value is None

    def result(self, value: object) -> Examined:
        draft = None if self._hopeless else self._gate(value)
        ordered = sorted(self._problems, key=lambda p: (p.line or 0, p.column or 0))
        places = {pointer(path): mark for path, mark in self._marks.items()}
        return Examined(None if ordered else draft, tuple(ordered), self._readable, places)

    def _gate(self, value: object) -> Draft | None:
        if not isinstance(value, Mapping):
            self._problem((), "A gate is a mapping with a name and rules.")
            return None
        self._keys((), value, GATE_KEYS, ("name", "rules"))
        name = self._name(("name",), value.get("name", ""), "name" in value)
        title = self._title(("title",), value.get("title"), name)
        extends = self._text(("extends",), value.get("extends"), optional=True)
        rules = self._rules(value.get("rules"), "rules" in value, bool(extends))
        places = {pointer(path): mark for path, mark in self._marks.items()}
        return Draft(name, title, extends or None, rules, places)

    def _rules(self, value: object, given: bool, extends: bool) -> tuple[Rule, ...]:
        if value is None and given and extends:
            return ()
        if not isinstance(value, list):
            if given:
                self._problem(("rules",), "The rules must be a list.")
            return ()
        if not value and not extends:
            advice = "Write a rule, or extend a floor."
            self._problem(("rules",), "A gate without rules would let everything pass.", advice)
        if len(value) > self._most_rules:
            self._problem(
                ("rules",),
                f"There are {len(value)} rules; {self._most_rules} are allowed.",
                "Split the gate.",
            )
            return ()
        seen: dict[str, int] = {}
        rules: list[Rule] = []
        for index, item in enumerate(value):
            rule = self._rule(("rules", index), item)
            identity = item.get("id") if isinstance(item, Mapping) else None
            if isinstance(identity, str):
                if identity in seen:
                    what = f"Another rule has the id `{identity}` already."
                    self._problem(("rules", index, "id"), what, "Give each rule an id of its own.")
                seen.setdefault(identity, index)
            if rule is not None:
                rules.append(rule)
                self._readable[index] = rule
        return tuple(rules)

    def _rule(self, path: Path, value: object) -> Rule | None:
        if not isinstance(value, Mapping):
            self._problem(path, "A rule is a mapping with id, that and needs.")
            return None
        before = len(self._problems)
        self._keys(path, value, RULE_KEYS, ("id", "that", "needs"))
        identity = self._name((*path, "id"), value.get("id", ""), "id" in value)
        title = self._title((*path, "title"), value.get("title"), identity)
        needs = self._needs((*path, "needs"), value.get("needs"), "needs" in value)
        max_age = self._duration((*path, "max_age"), value.get("max_age"))
        on = self._on((*path, "on"), value.get("on"))
        that = self._that((*path, "that"), value.get("that"), "that" in value, value.get("needs"), needs)
        if len(self._problems) > before:
            return None
        return Rule(identity, title, that, needs, max_age, on)

    def _that(self, path: Path, value: object, given: bool, asked: object, needs: tuple[Need, ...]) -> str:
        text = self._text(path, value) if given else ""
        if not text:
            return ""
        faults = check(text, self._limit)
        for fault in faults:
            self._expression_fault(path, text, fault)
        needs_facts = isinstance(asked, list) and FACTS in asked
        if faults or not (needs or needs_facts):
            return text
        read = compile_expression(text, self._limit).facts
        if read and not needs_facts:
            self._problem(path, f"`{read[0].text}` is a fact.", f"Add `{FACTS}` to needs.")
        if needs_facts and not read:
            advice = f'Name one, such as facts.health.state == "pass", or drop `{FACTS}` from needs.'
            self._problem(path, "The rule needs facts and its expression names none.", advice)
        kinds = {need.kind for need in needs}
        for name in compile_expression(text, self._limit).measures:
            if not kinds & BY_NAME[name].kinds:
                fitting = sorted(BY_NAME[name].kinds)
                what = f"`{name}` is not measured by the evidence that the rule needs."
                advice = (
                    f"Add `{fitting[0]}` to needs." if len(fitting) == 1 else f"Need one of {_list(fitting)}."
                )
                self._problem(path, what, advice)
        return text

    def _expression_fault(self, path: Path, text: str, fault: ExpressionFault) -> None:
        mark = self._marks.get(path)
        if mark and mark.block:
            below = self._lines[mark.line] if mark.line < len(self._lines) else ""
            indent = len(below) - len(below.lstrip(" "))
            mark = Mark(mark.line + fault.line, indent + fault.column)
        elif mark:
            inside = fault.line == 1
            mark = Mark(
                mark.line + fault.line - 1, mark.column + fault.column - 1 if inside else fault.column
            )
        self._problem(path, fault.what, fault.suggestion, mark)

    def _needs(self, path: Path, value: object, given: bool) -> tuple[Need, ...]:
        if not given:
            return ()
        if not isinstance(value, list) or not value:
            self._problem(path, "Needs must be a list of kinds of evidence.", "Write such as [tests].")
            return ()
        if len(value) > self._most_needs:
            self._problem(path, f"There are {len(value)} needs; {self._most_needs} are allowed.")
            return ()
        needs = [self._need((*path, index), item) for index, item in enumerate(value) if item != FACTS]
        known = [need for need in needs if need is not None]
        if len(set(known)) < len(known) or value.count(FACTS) > 1:
            self._problem(path, "A need stands here twice.", "Keep one of them.")
        return tuple(known)

    def _need(self, path: Path, value: object) -> Need | None:
        text = self._text(path, value)
        if not text:
            return None
        kind, slash, tool = text.partition("/")
        try:
            known = Kind(kind)
        except ValueError:
            advice = "Write `facts`; which of them, the expression says." if kind == FACTS else None
            what = f"There is no kind of evidence `{kind}`."
            self._problem(path, what, advice or _meant(kind, (*Kind, FACTS)))
            return None
        most = MAX_TOOL
        if known is Kind.PROVENANCE:
            most = MAX_BUILDER
        else:
            tool = tool.casefold()  # before it is measured: folding can make a name longer
        if slash and not (tool and len(tool) <= most and tool.isprintable() and tool.strip() == tool):
            self._problem(path, "After the slash stands a tool's name.", f"Write `{kind}` or `{kind}/TOOL`.")
            return None
        return Need(known, tool)

    def _duration(self, path: Path, value: object) -> timedelta | None:
        if value is None:
            return None
        text = self._text(path, value)
        if not text:
            return None
        duration = parse_duration(text)
        if duration is None:
            long = _LONG_AGE.fullmatch(text.strip())
            meant = f"Write {long[1]}{long[2][0].lower()}." if long else ""
            how = "Write a number of at most six digits and s, m, h, d or w, such as 24h."
            self._problem(path, f"`{text}` is not an age.", meant or how)
        return duration

    def _on(self, path: Path, value: object) -> On:
        if value is None:
            return On.BLOCK
        try:
            return On(value if isinstance(value, str) else "")
        except ValueError:
            self._problem(path, "A rule can `block` or `warn`.", _meant(value, On))
            return On.BLOCK

    def _name(self, path: Path, value: object, given: bool) -> str:
        text = self._text(path, value) if given else ""
        if text and not NAME.fullmatch(text):
            self._problem(path, f"`{text}` is not a name.", f"Use {NAME_RULE}.")
        return text

    def _title(self, path: Path, value: object, otherwise: str) -> str:
        text = self._text(path, value, optional=True) or otherwise
        if len(text) > MAX_TITLE:
            self._problem(path, f"The title has {len(text)} characters; {MAX_TITLE} are allowed.")
        return " ".join(text.split())

    def _text(self, path: Path, value: object, optional: bool = False) -> str:
        if value is None and optional:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._problem(path, "A text must stand here.")
            return ""
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            self._problem(path, "The text holds a character that no text may hold.")
            return ""
        return value

    def _keys(
        self, path: Path, value: Mapping[object, object], known: tuple[str, ...], required: tuple[str, ...]
    ) -> None:
        for key in value:
            if key not in known:
                self._problem(
                    (*path, str(key)), f"There is no key `{key}` here.", _meant(key, known), key=True
                )
        for key in required:
            if key not in value:
                self._problem(path, f"The key `{key}` is missing.", f"Add `{key}:`.")

    def _problem(
        self,
        path: Path,
        what: str,
        suggestion: str | None = None,
        mark: Mark | None = None,
        key: bool = False,
    ) -> None:
        found = mark or self._marks.get((*path, "key") if key else path) or self._marks.get(path)
        line, column = (found.line, found.column) if found else (None, None)
        self._problems.append(GateProblem(pointer(path), what, suggestion, line, column))


def _meant(word: object, known: Iterable[str]) -> str | None:
    options = [str(option) for option in known]
    meant = nearest(str(word), options)
    return f"Did you mean `{meant}`?" if meant else f"Use {_list(options)}."


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
