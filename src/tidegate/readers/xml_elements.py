"""The elements of an XML report that a reader asks for, with what they hold, handed over as they end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from tidegate.readers.xml import Attributes, OnEnd, OnStart, XmlDocument


@dataclass(slots=True, eq=False)
class ElementShape:
    """Which elements matter inside an element, by name, and what is called with it when it ends.

    One without any holds text. One that is handed over (`done`) is not kept by the element around it, so
    that a list of any length takes the memory of one entry.
    """

    inside: dict[str, ElementShape] = field(default_factory=dict)
    done: Callable[[XmlElement], None] | None = None


class XmlElement:
    """An element that matters: its attributes, its text where it holds nothing else, and its elements."""

    __slots__ = ("name", "attributes", "text", "elements", "shape", "depth")

    def __init__(self, name: str, attributes: Attributes, shape: ElementShape, depth: int) -> None:
        self.name, self.attributes, self.shape, self.depth = name, attributes, shape, depth
        self.text = ""
        self.elements: list[XmlElement] = []

    def all(self, *path: str) -> list[XmlElement]:
        """Return the elements at the end of a path of names."""
        found = [self]
        for name in path:
            found = [each for one in found for each in one.elements if each.name == name]
        return found

    def texts(self, *path: str) -> list[str]:
        """Return the texts of the elements at the end of a path."""
        return [each.text for each in self.all(*path)]

    def value(self, *path: str) -> str | None:
        """Return the text of the first element at the end of a path; None where there is none."""
        found = self.all(*path)
        return found[0].text if found else None


def texts_of(*names: str) -> dict[str, ElementShape]:
    """Make the shapes of elements that hold text."""
    return {name: ElementShape() for name in names}


class ElementsDocument(XmlDocument):
    """Builds the elements of a shape as a document is read; all others, at any place, are passed over.

    `passed_over` are names with a prefix that no other document may have: extensions that are not read.
    """

    def __init__(
        self, root: str, shape: ElementShape, max_text: int, passed_over: Collection[str] = frozenset()
    ) -> None:
        super().__init__()
        self.roots = frozenset({root})
        self._shape = shape
        self._max_text = max_text
        self._passed_over = passed_over
        self._names = _names({root}, shape, set())
        self._open: list[XmlElement] = []
        self._pieces: list[str] = []
        self._room = 0

    def starts(self) -> dict[str, OnStart]:
        """Name every element of the shape."""
        known: dict[str, OnStart] = {name: partial(self._start, name) for name in self._names}
        return known | dict.fromkeys(self._passed_over, _pass_over)

    def ends(self) -> Mapping[str, OnEnd]:
        """Name every element of the shape."""
        return dict.fromkeys(self._names, self._end)

    def _start(self, name: str, attributes: Attributes) -> None:
        depth = self.depth()
        shape: ElementShape | None = self._shape
        if self._open:
            around = self._open[-1]
            shape = around.shape.inside.get(name) if around.depth == depth - 1 else None
        if shape is None:
            return
        self._open.append(XmlElement(name, attributes, shape, depth))
        if not shape.inside:
            self._pieces, self._room = [], self._max_text
            self.listen(self._hear)

    def _hear(self, piece: str) -> None:
        if self._room > 0:
            self._pieces.append(piece[: self._room])
            self._room -= len(piece)

    def _end(self) -> None:
        if not self._open or self._open[-1].depth != self.depth() + 1:
            return  # one of the same name at a place that does not matter
        element = self._open.pop()
        if not element.shape.inside:
            self.listen(None)
            element.text = "".join(self._pieces).strip()
        if element.shape.done is not None:
            element.shape.done(element)
        elif self._open:
            self._open[-1].elements.append(element)


def _names(names: set[str], shape: ElementShape, seen: set[int]) -> set[str]:
    if id(shape) not in seen:
        seen.add(id(shape))
        for name, inner in shape.inside.items():
            names.add(name)
            _names(names, inner, seen)
    return names


def _pass_over(_: Attributes) -> None:
    """Do nothing."""
