"""YAML as plain values with the place of each: no anchors, no tags, no doubled keys, no surprises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import yaml

Plain: TypeAlias = "None | str | list[Plain] | dict[str, Plain]"
Path: TypeAlias = "tuple[str | int, ...]"

MAX_CHARACTERS = 256 * 1024
MAX_NODES = 10_000
MAX_DEPTH = 12
_EMPTY = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value's text starts, counted from 1; `block` says that it starts on the line below."""

    line: int
    column: int
    block: bool = False


@dataclass(frozen=True, slots=True)
class YamlFault:
    """What is wrong with the YAML itself."""

    path: Path
    mark: Mark | None
    what: str
    suggestion: str | None = None


@dataclass(slots=True)
class Tree:
    """A document's values, the places of values and keys, and the faults met on the way.

    Scalars are texts, or None where nothing stands: the meaning of `on`, `no` or `1.0` is left to the reader.
    """

    value: Plain = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    faults: list[YamlFault] = field(default_factory=list)


class _TooMuch(Exception):
    """The document is refused as a whole; what is wrong is among the faults."""


def read_yaml(text: str) -> Tree:
    """Read one YAML document; never raises: what is wrong is in `faults`."""
    tree = Tree()
    if len(text) > MAX_CHARACTERS:
        what = f"The document has {len(text)} characters; {MAX_CHARACTERS} are allowed."
        tree.faults.append(YamlFault((), None, what))
        return tree
    import yaml  # takes longer to load than all of the domain, and gates that come as JSON need none of it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _Composer(tree, yaml.parse(text, Loader=loader)).document()
    except _TooMuch:
        tree.value = None
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(at.line + 1, at.column + 1) if at else None
        tree.faults.append(YamlFault((), mark, f"This is not YAML: {error.problem or error.context}."))
    except (yaml.YAMLError, UnicodeError) as error:
        tree.faults.append(YamlFault((), None, f"This is not YAML: {str(error).splitlines()[0]}."))
    return tree


class _Composer:
    """Builds values from parser events, so that nothing is built that would have to be refused later."""

    def __init__(self, tree: Tree, events: Iterator[yaml.Event]) -> None:
        self._tree = tree
        self._events = events
        self._nodes = 0

    def document(self) -> None:
        next(self._events)  # stream start
        first = next(self._events)
        if type(first).__name__ == "StreamEndEvent":
            self._refuse((), None, "The document is empty.")
        self._tree.value = self._node((), next(self._events))
        next(self._events)  # document end
        following = next(self._events)
        if type(following).__name__ != "StreamEndEvent":
            mark = _mark(following)
            self._refuse((), mark, "There is a second document after `---`.", "Keep one gate a file.")

    def _node(self, path: Path, event: yaml.Event) -> Plain:
        mark = _mark(event)
        if mark is not None:
            self._tree.marks[path] = mark
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self._refuse(path, mark, "The document is larger or deeper than any gate needs.")
        if type(event).__name__ == "AliasEvent" or getattr(event, "anchor", None):
            advice = "Write the value out where it is used."
            self._refuse(path, mark, "Anchors and aliases are not allowed.", advice)
        if getattr(event, "tag", None) is not None:
            what = f"The tag `{getattr(event, 'tag')}` is not allowed."
            self._refuse(path, mark, what, "Write the plain value.")
        match type(event).__name__:
            case "SequenceStartEvent":
                return self._sequence(path)
            case "MappingStartEvent":
                return self._mapping(path)
        value: str = getattr(event, "value")
        plain = getattr(event, "style") in (None, "")
        return None if plain and value in _EMPTY else value

    def _sequence(self, path: Path) -> list[Plain]:
        items: list[Plain] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            items.append(self._node((*path, len(items)), event))
        return items

    def _mapping(self, path: Path) -> dict[str, Plain]:
        pairs: dict[str, Plain] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            mark = _mark(event)
            if type(event).__name__ != "ScalarEvent":
                self._refuse(path, mark, "A key must be a plain word.")
            key: str = getattr(event, "value")
            self._node((*path, key, "key"), event)
            place = (*path, key)
            if key in pairs:
                what = f"The key `{key}` stands here twice."
                self._tree.faults.append(YamlFault(place, mark, what, "Keep one of them."))
                place = (*path, key, "again")
                self._node(place, next(self._events))
                continue
            pairs[key] = self._node(place, next(self._events))
        return pairs

    def _refuse(self, path: Path, mark: Mark | None, what: str, suggestion: str | None = None) -> None:
        self._tree.faults.append(YamlFault(path, mark, what, suggestion))
        raise _TooMuch


def _mark(event: yaml.Event) -> Mark | None:
    start = event.start_mark
    if start is None:
        return None
    style = getattr(event, "style", None)
    return Mark(start.line + 1, start.column + (2 if style in ("'", '"') else 1), style in ("|", ">"))
