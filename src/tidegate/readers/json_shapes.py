"""What objects of one kind look like in JSON, and a pattern that none with a repeated key matches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_MOST_FIELDS = 60  # keys of one object: a map of names to values has more, and no two alike
_MOST_PARTS = 400  # of one pattern
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$@][\w $@.:/+-]{0,80}", re.ASCII)

# Texts have their escaped quotes masked (`json_keys`), so the next quote ends them.
_TEXT = rb'"[^"]*+"'
_WORD = rb'[^\[\]{}",\s]++'
_WORDS_LIST = rb'\[[^\[\]{}"]*+\]'


class Style(NamedTuple):
    """How a writer sets off what it writes, as patterns."""

    begin: bytes
    comma: bytes
    colon: bytes
    end: bytes


_COMPACT = Style(b"", b",", b":", b"")
_SPACED = Style(b"", b", ", b": ", b"")
_INDENTED = Style(rb"(?:\n *+)?+", rb",\n *+", b": ", rb"(?:\n *+)?+")
_ANY_STYLE = Style(rb"\s*+", rb"\s*+,\s*+", rb"\s*+:\s*+", rb"\s*+")


class TooVaried(Exception):
    """Objects that have too few keys in common: no pattern fits them."""


def is_plain(value: Any) -> bool:
    """Tell whether all keys are plain names, and of no object too many: else it maps names to values."""
    if isinstance(value, dict):
        return len(value) <= _MOST_FIELDS and all(
            _PLAIN_KEY.fullmatch(key) and is_plain(each) for key, each in value.items()
        )
    return all(map(is_plain, value)) if isinstance(value, list) else True


@dataclass(slots=True)
class Shape:
    """What values in one place have been: texts, words (numbers, true, null), objects and lists of what."""

    text: bool = False
    word: bool = False
    objects: int = 0
    fields: dict[str, Shape] = field(default_factory=dict)  # in the order in which they are written
    seen: dict[str, int] = field(default_factory=dict)  # how many of the objects have each of the fields
    lists: bool = False
    element: Shape | None = None

    def add(self, value: Any) -> None:
        """Learn one more value; raises `TooVaried`."""
        if isinstance(value, dict):
            self.objects += 1
            self._add_fields(value)
        elif isinstance(value, list):
            self.lists = True
            if value and self.element is None:
                self.element = Shape()
            for each in value:
                self.element.add(each)  # type: ignore[union-attr]  # made above, if there is any
        elif isinstance(value, str):
            self.text = True
        else:
            self.word = True

    def pattern(self, style: Style) -> bytes:
        """Write a pattern for values like these; of an object no key can match twice."""
        choices = []
        if self.text:
            choices.append(_TEXT)
        if self.objects:
            choices.append(self._object(style))
        if self.lists:
            choices.append(self._list(style))
        if self.word:
            choices.append(_WORD)
        return choices[0] if len(choices) == 1 else b"(?>" + b"|".join(choices) + b")"

    def depth(self) -> int:
        """Tell how deep such a value nests."""
        below = [each.depth() for each in (*self.fields.values(), *([self.element] if self.element else ()))]
        return max(below, default=0) + (1 if self.objects or self.lists else 0)

    def parts(self) -> int:
        """Count the places that the pattern is made of."""
        return (
            1
            + sum(each.parts() for each in self.fields.values())
            + (self.element.parts() if self.element else 0)
        )

    def _add_fields(self, value: dict[str, Any]) -> None:
        before: str | None = None
        for key, each in value.items():
            if key not in self.fields:
                if len(self.fields) == _MOST_FIELDS:
                    raise TooVaried
                self._insert(key, before)
            self.fields[key].add(each)
            self.seen[key] += 1
            before = key

    def _insert(self, key: str, before: str | None) -> None:
        """Put a new key behind the one that it was met behind; those who write objects keep to one order."""
        names = list(self.fields)
        place = names.index(before) + 1 if before is not None else 0
        self.seen[key] = 0
        self.fields = {
            name: Shape() if name == key else self.fields[name]
            for name in (*names[:place], key, *names[place:])
        }

    def _object(self, style: Style) -> bytes:
        always = [self.seen[name] == self.objects for name in self.fields]
        last = len(always) - 1
        maybe = b"(?>" + style.comma + rb"|(?=" + style.end + rb"\}))"
        written = []
        for place, (name, shape) in enumerate(self.fields.items()):
            one = b'"' + re.escape(name.encode()) + b'"' + style.colon + shape.pattern(style)
            # A comma follows wherever a field comes that all have: to try nothing else there is quicker.
            one += style.comma if any(always[place + 1 :]) else b"" if place == last else maybe
            written.append(one if always[place] else b"(?:" + one + b")?+")
        return rb"\{" + style.begin + b"".join(written) + style.end + rb"\}"

    def _list(self, style: Style) -> bytes:
        element = self.element
        if element is None or not (element.text or element.objects or element.lists):
            return _WORDS_LIST
        one = element.pattern(style) + b"(?>" + style.comma + b"|(?=" + style.end + rb"\]))"
        return rb"\[" + style.begin + b"(?:" + one + b")*+" + style.end + rb"\]"


def compile_run(shape: Shape, example: bytes) -> re.Pattern[bytes] | None:
    """Make the pattern of one object like these, or of several in a list; None where it would be too long.

    `example` is one of them as it is written. A match ends behind an object, or before the next one.
    """
    if shape.parts() > _MOST_PARTS:
        return None
    for style in (_INDENTED if b"\n" in example else _SPACED if b'": ' in example else _COMPACT, _ANY_STYLE):
        one = shape.pattern(style)
        found = re.compile(b"(?:" + one + b"(?:" + style.comma + rb"(?=\{))?+)++", re.DOTALL)
        if found.match(example):
            break
    return found
