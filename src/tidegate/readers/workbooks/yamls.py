"""Declarations in YAML (`tidegate.yml`, Backstage's `catalog-info.yaml`): a sheet of one row each subject."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from tidegate.domain.canonical import clean
from tidegate.domain.facts import LONGEST_FIELD
from tidegate.domain.workbooks import COMPONENT, ENVIRONMENT, MOST_COLUMNS, BadCell, Cell, plain_value
from tidegate.domain.yaml_parts import GATE_KEYS
from tidegate.readers.workbooks.base import Sheet, UnreadableWorkbook
from tidegate.readers.workbooks.yaml_documents import (
    is_nothing,
    line_of,
    pairs_of,
    read_documents,
    short_name,
    take_out_bad_keys,
    text_of,
    value_at,
)

if TYPE_CHECKING:
    import yaml

_DEEPEST = 6
_MOST_FIELDS = MOST_COLUMNS - 2
"""Of one subject: component and environment are columns too."""
_KEYS = (COMPONENT, "owner", "environments", "facts")
_FIRST = re.compile(rb"[\"']?[A-Za-z][\w.-]*[\"']?\s*:(?:\s|$)")
_ANNOTATION = re.compile(r"(?:(?P<environment>[^/]+)\.)?tidegate\.io/(?P<field>.*)")
_LONGEST_KIND = 63
_NO_FIELDS = "Here stands a mapping of fields and their values."
_NOT_A_VALUE = BadCell("A fact is a text, a number, true or false; here stands a list or a mapping.")


@dataclass(slots=True)
class _Subject:
    """What a document says of one subject, with the lines of its keys."""

    environment: str
    line: int
    names: list[Cell] = field(default_factory=list)
    values: list[Cell] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    said: set[str] = field(default_factory=lambda: {COMPONENT, ENVIRONMENT})

    def say(self, name: str, value: Cell, line: int) -> None:
        if len(self.names) > _MOST_FIELDS:
            return  # the last one says so
        cell: Cell = name
        if name in self.said:
            cell = BadCell(f"{name} cannot be said here, or is said twice.")
        if len(self.names) == _MOST_FIELDS:
            cell = BadCell(f"Here begins what is more than {_MOST_FIELDS} fields of one subject.")
        self.said.add(name)
        self.names.append(cell)
        self.values.append(value)
        self.lines.append(line)


@dataclass(slots=True)
class _Declarations:
    """A document that declares something: its component, its subjects, and what in it means nothing."""

    name: str
    component: str = ""
    line: int = 1
    subjects: dict[str, _Subject] = field(default_factory=dict)
    faults: list[tuple[str, int]] = field(default_factory=list)

    def fault(self, why: str, node: yaml.Node) -> None:
        if len(self.faults) < MOST_COLUMNS:
            self.faults.append((why, line_of(node)))

    def of(self, environment: str, line: int) -> _Subject:
        return self.subjects.setdefault(environment, _Subject(environment, line))

    def sheets(self) -> Iterator[Sheet]:
        if self.faults:
            names: list[Cell] = [COMPONENT, *(BadCell(why) for why, _ in self.faults)]
            yield _sheet(self.name, [names], [self.line, *(line for _, line in self.faults)])
        for one in self.subjects.values():
            rows = [
                [COMPONENT, ENVIRONMENT, *one.names],
                [self.component, one.environment, *one.values],
            ]
            yield _sheet(self.name, rows, [self.line, one.line, *one.lines])


def is_yaml(head: bytes) -> bool:
    """Tell whether a file begins as YAML does, with a key and a colon: no row of column names does."""
    lines = (line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines())
    first = next((line for line in lines if line and not line.startswith((b"#", b"---", b"%"))), b"")
    return _FIRST.match(first) is not None


def read_yaml_declarations(file: BinaryIO) -> Iterator[Sheet]:
    """Go through what the documents of a file declare; raises `UnreadableWorkbook`.

    A gate is left out, and so are Backstage's entities that are no components.
    """
    declared, nameless = False, True
    for number, node in enumerate(read_documents(file), 1):
        document, name = _document(f"document {number}", node), f"document {number}{_kind(node)}"
        sheets = list(document.sheets()) if document is not None else []
        if document is not None and not sheets:
            nameless, name = False, f"document {number} (says nothing of its component)"
        declared = declared or bool(sheets)
        yield from sheets or [_sheet(name, [["no declaration"]], [1])]
    if not declared and not nameless:
        raise UnreadableWorkbook(
            "The file names a component and says nothing of it: write what holds of it below `facts:` or "
            "`environments:`, in one of Backstage as annotations `tidegate.io/FIELD`."
        )
    if not declared:
        raise UnreadableWorkbook(
            "The file declares nothing: write a document with `component:`, or one of Backstage with "
            "`kind: Component`. A gate (`rules:`) is put in force by `tidegate gate put FILE`."
        )


def _document(name: str, node: yaml.Node) -> _Declarations | None:
    known = {key.value for key, _ in pairs_of(node)}
    found = _Declarations(name)
    if {"apiVersion", "kind"} <= known:
        if "Component" not in {text_of(value) for key, value in pairs_of(node) if key.value == "kind"}:
            return None
        take_out_bad_keys(node, found.fault)
        return _of_backstage(found, node)
    if COMPONENT not in known or known & GATE_KEYS:
        return None
    take_out_bad_keys(node, found.fault)
    return _of_tidegate(found, node)


def _kind(node: yaml.Node) -> str:
    """Name the kind of one of Backstage's entities."""
    kind = text_of(value_at(node, "kind")) if value_at(node, "apiVersion") is not None else None
    return f" (kind {clean(kind)[:_LONGEST_KIND]})" if kind else ""


def _of_tidegate(found: _Declarations, node: yaml.Node) -> _Declarations:
    owner = None
    for key, value in pairs_of(node):
        line = line_of(key)
        if key.value == COMPONENT:
            found.component, found.line = text_of(value) or "", line
        elif key.value == "owner":
            owner = (_cell("owner", value), line)
        elif key.value == "environments":
            for place, said in _mapping(found, value, "Here stands a mapping of environments."):
                _say_all(found, found.of(place.value, line_of(place)), said, "")
        elif key.value == "facts":
            _say_all(found, found.of("", line), value, "")
        else:
            found.fault(f"{short_name(key.value)} means nothing here: write {', '.join(_KEYS)}.", key)
    if owner is not None:
        _give_owner(found, *owner)
    return found


def _of_backstage(found: _Declarations, node: yaml.Node) -> _Declarations:
    metadata, spec = value_at(node, "metadata"), value_at(node, "spec")
    for part in (metadata, spec):
        _mapping(found, part, "Here stands a mapping.")
    named = value_at(metadata, "name")
    found.line = line_of(named if named is not None else node)
    found.component = text_of(named) or ""
    for key, value in _mapping(
        found, value_at(metadata, "annotations"), "Here stands a mapping of annotations."
    ):
        ours = _ANNOTATION.fullmatch(key.value)
        if ours is not None:
            said = value.value if text_of(value) is not None else None
            told = _NOT_A_VALUE if said is None else plain_value(ours["field"], said)
            found.of(ours["environment"] or "", line_of(key)).say(ours["field"], told, line_of(key))
    owner = value_at(spec, "owner")
    if owner is not None:
        _give_owner(found, _owner_name(owner), line_of(owner))
    return found


def _owner_name(node: yaml.Node) -> Cell:
    """Return an owner without kind and namespace, as in `group:default/port`."""
    text = text_of(node)
    return _NOT_A_VALUE if text is None else text.rpartition(":")[2].rpartition("/")[2]


def _give_owner(found: _Declarations, owner: Cell, line: int) -> None:
    """Give the targets that name no owner that of their component."""
    for one in found.subjects.values():
        if one.environment and "owner" not in one.names:
            one.say("owner", owner, line)


def _say_all(found: _Declarations, subject: _Subject, node: yaml.Node, prefix: str) -> None:
    """Say what a mapping holds; one within it stands for names with dots."""
    import yaml

    if prefix.count(".") > _DEEPEST or len(prefix) > LONGEST_FIELD:
        found.fault(_NO_FIELDS, node)
        return
    for key, value in _mapping(found, node, _NO_FIELDS):
        name = prefix + key.value
        if isinstance(value, yaml.MappingNode):
            _say_all(found, subject, value, f"{name}.")
        else:
            subject.say(name, _cell(name, value), line_of(key))


def _mapping(
    found: _Declarations, node: yaml.Node | None, what: str
) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the pairs of a mapping; anything else but nothing at all is a fault."""
    import yaml

    if node is not None and not isinstance(node, yaml.MappingNode) and not is_nothing(node):
        found.fault(what, node)
    return list(pairs_of(node))


def _cell(name: str, node: yaml.Node) -> Cell:
    """Return a value: what is quoted is a text, and anything else what it looks like, as in CSV."""
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return _NOT_A_VALUE
    if node.style is None:
        return None if is_nothing(node) else plain_value(name, node.value)
    # A leading apostrophe says in cells that a text follows, and nothing that there is no value.
    text: str = node.value
    return f"'{text}" if not text or text.startswith("'") else text


def _sheet(name: str, rows: Sequence[Sequence[Cell]], lines: Sequence[int]) -> Sheet:
    numbered = ((number, list(cells)) for number, cells in enumerate(rows, 1))
    return Sheet(name, numbered, lambda _, column: f"line {lines[min(column, len(lines) - 1)]}")
