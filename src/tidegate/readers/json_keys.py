"""Keys that stand twice in one object of a large JSON report, found in one quick pass.

The text is walked value by value. Most of a report are objects of a few kinds, written by one tool in one
order: of each kind some are parsed, with all keys compared, and a pattern is learned from them in which every
key has one place. Objects that match it have no key twice. Those that do not are parsed as well, or walked if
they are long.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tidegate.readers.json_shapes import Shape, TooVaried, compile_run, is_plain

_WINDOW = 1024 * 1024
_MARGIN = 64 * 1024  # an object at the end of a window is looked at in the next one
_LONGEST_PARSED = 16 * 1024
_SHORTEST_PARSED = 256
_FIRST_LEARNED = 2 * 1024  # bytes that are parsed before a pattern is made of them, and then twice as many
_MOST_KINDS = 200
_LONG_ONES = 16  # objects of a kind that were too long to be parsed: then only one of so many is tried

_ESCAPE = re.compile(rb'\\["\\]')
_FIRST_KEY = re.compile(rb'\{\s*+"([^"]{0,80}+)"')
_SPACE = re.compile(rb"\s*+")
_KEY = re.compile(rb'\s*+"([^"]*+)"\s*+:\s*+')
_MEMBER = re.compile(rb'\s*+,\s*+"([^"]*+)"\s*+:\s*+((?:"[^"]*+"|[^\[\]{}",\s]++)(?=[\s,}]))?+')
_SCALAR = re.compile(rb'"[^"]*+"|[^\[\]{}",\s]++')
_WORDS = re.compile(rb'\[(?:[^\[\]{}"]*+(?:\[[^\[\]{}"]*+\])?+)*+\]')  # also of lists of words
_NOT_WORDS = (b'"', b"{", b"[")
_TEXTS = re.compile(rb'\[\s*+(?:"[^"]*+"\s*+(?:,\s*+)?+)*+\]')


class RepeatedKey(Exception):
    """An object has a key twice; holds the key as it is written."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.key = key


class NotWalked(Exception):
    """What is no JSON, or nests deeper than allowed."""


def parse_once(text: str, encoding: str = "utf-8") -> tuple[Any, int]:
    """Parse the JSON value that a text begins with, and tell where it ends; raises `RepeatedKey`."""
    value: tuple[Any, int] = _decoder(encoding).raw_decode(text)
    return value


@cache
def _decoder(encoding: str) -> json.JSONDecoder:
    """Make the parser. Numbers are not made: one of a million digits would take minutes, for nothing."""

    def compare(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            raise RepeatedKey(counts.most_common(1)[0][0].encode(encoding, "replace"))
        return found

    return json.JSONDecoder(
        object_pairs_hook=compare, parse_int=_no_number, parse_float=_no_number, strict=False
    )


def _no_number(_: str) -> int:
    return 0


@dataclass(slots=True)
class _Kind:
    """Objects with the same first key."""

    shape: Shape = field(default_factory=Shape)
    run: re.Pattern[bytes] | None = None
    depth: int = 0
    longest: int = _LONGEST_PARSED  # bytes of one that is parsed
    varied: bool = False  # nothing can be learned
    unparsed: int = 0  # that were too long, one after the other, even for the shortest piece
    parsed: int = 0  # bytes since a pattern was made
    enough: int = _FIRST_LEARNED

    def learn(self, value: Any, example: bytes) -> None:
        """Learn from one that no pattern has matched; make a new one when there are enough of them."""
        self.unparsed = 0
        if self.varied or not is_plain(value):
            # Walked from now on where they are long: what is in them may be alike.
            self.longest = max(_SHORTEST_PARSED, len(example) // 2)
            return
        try:
            self.shape.add(value)
        except TooVaried:
            self.varied, self.run = True, None
            return
        self.longest = min(_LONGEST_PARSED, self.longest * 2)
        self.parsed += len(example)
        if self.parsed >= self.enough:
            self.run, self.depth = compile_run(self.shape, example), self.shape.depth()
            self.parsed, self.enough = 0, 4 * self.enough

    def is_longer(self) -> None:
        """Note that an object was longer than the piece that was parsed."""
        self.unparsed += self.longest == _SHORTEST_PARSED
        self.longest = max(_SHORTEST_PARSED, self.longest // 2)

    def passes(self) -> bool:
        """Tell whether to step into the next one untried: the last ones were too long, but one in a while."""
        if self.unparsed < _LONG_ONES:
            return False
        self.unparsed += 1
        return self.unparsed % _LONG_ONES != 0


class KeyWalk:
    """One pass over a report that is valid UTF-8; memory is bounded by a window and by what is learned."""

    def __init__(self, data: bytes, max_depth: int) -> None:
        self._data = data
        self._max_depth = max_depth
        self._kinds: dict[bytes, _Kind] = {}
        self._open: list[set[str] | None] = []  # the keys of each object that is open, None for a list
        self._start = 0  # of the window
        self._view = b""
        self._load(0, _WINDOW)

    def run(self) -> None:
        """Raise `RepeatedKey` for the first one found, `NotWalked` where the text cannot be followed."""
        at = self._match(_SPACE, 0)
        is_value = True
        while is_value or self._open:
            at, is_value = self._value(at) if is_value else self._next(at)

    def _value(self, at: int) -> tuple[int, bool]:
        """Pass over a value, or step into it; tell where that leads, and whether a value comes there."""
        if self._left(at) < _MARGIN:
            self._load(at, _WINDOW)
        first = self._byte(at)
        if first == b"{":
            return self._object(at)
        if first == b"[":
            found = self._flat_list(at) if self._fits(2) else None
            return self._step_in(at, None) if found is None else (found, False)
        return self._match(_SCALAR, at), False

    def _flat_list(self, at: int) -> int | None:
        """Find the end of a list without objects; None where it is none."""
        view, begin = self._view, at - self._start
        end = view.find(b"]", begin)
        if end >= 0 and all(view.find(other, begin + 1, end) < 0 for other in _NOT_WORDS):
            return end + 1 + self._start  # to search is quicker than to match
        found = _WORDS.match(view, begin) or _TEXTS.match(view, begin)
        return None if found is None else found.end() + self._start

    def _object(self, at: int) -> tuple[int, bool]:
        kind = self._kind(at)
        if kind is None:
            return self._step_in(at, set())
        if kind.run is not None and self._fits(kind.depth):
            found = kind.run.match(self._view, at - self._start)
            if found is not None:
                end = found.end() + self._start
                return end, self._byte(end - 1) != b"}"
        return self._parsed(at, kind)

    def _parsed(self, at: int, kind: _Kind) -> tuple[int, bool]:
        """Parse an object, and learn from it; step into one that is too long for that."""
        if kind.passes():
            return self._step_in(at, set())
        piece = self._data[at : at + kind.longest]
        encoding = "utf-8" if b"\\u" in piece else "latin-1"
        text = piece.decode(encoding, "ignore")
        try:
            value, end = parse_once(text, encoding)
        except (ValueError, RecursionError):
            kind.is_longer()
            return self._step_in(at, set())
        if not self._fits(_depth(value)):
            raise NotWalked
        length = end if encoding == "latin-1" else len(text[:end].encode())
        if self._left(at) >= length:
            kind.learn(value, self._view[at - self._start : at - self._start + length])
        return at + length, False

    def _kind(self, at: int) -> _Kind | None:
        found = _FIRST_KEY.match(self._view, at - self._start)
        if found is None:
            return None
        key = found[1]
        if key not in self._kinds and len(self._kinds) < _MOST_KINDS:
            self._kinds[key] = _Kind()
        return self._kinds.get(key)

    def _step_in(self, at: int, keys: set[str] | None) -> tuple[int, bool]:
        if not self._fits(1):
            raise NotWalked
        self._open.append(keys)
        at = self._match(_SPACE, at + 1)
        if self._byte(at) in (b"}", b"]"):
            return at, False
        return (at, True) if keys is None else (self._key(at), True)

    def _next(self, at: int) -> tuple[int, bool]:
        """Go on behind a value: to the next one, or out of the list or object."""
        keys = self._open[-1]
        if keys is not None:
            at, is_value = self._members(at)
            if is_value:
                return at, True
        at = self._match(_SPACE, at)
        follows = self._byte(at)
        if follows == b",":
            at = self._match(_SPACE, at + 1)
            return (at, True) if keys is None else (self._key(at), True)
        if follows != (b"]" if keys is None else b"}"):
            raise NotWalked
        self._open.pop()
        return at + 1, False

    def _members(self, at: int) -> tuple[int, bool]:
        """Pass over members that are texts or words, as far as they are in the window."""
        view, start = self._view, self._start
        while (found := _MEMBER.match(view, at - start)) is not None and found.end() < len(view):
            begin, end = found.span(1)
            self._note(self._data[begin + start : end + start])
            at = found.end() + start
            if found[2] is None:
                return at, True
        return at, False

    def _key(self, at: int) -> int:
        """Note a key, and go to its value."""
        end = self._match(_KEY, at)
        self._note(self._data[at + 1 : self._data.rindex(b'"', at, end)])
        return end

    def _note(self, raw: bytes) -> None:
        key = (
            parse_once(f'"{raw.decode("utf-8", "replace")}"')[0]
            if b"\\" in raw
            else raw.decode("utf-8", "replace")
        )
        keys = self._open[-1]
        if keys is None or key in keys:
            raise RepeatedKey(raw)
        keys.add(key)

    def _match(self, pattern: re.Pattern[bytes], at: int) -> int:
        """Match where something has to be, in a window that is as large as it takes."""
        while True:
            found = pattern.match(self._view, at - self._start)
            if found is not None and (found.end() < len(self._view) or not self._more()):
                return found.end() + self._start
            if not self._more():
                raise NotWalked
            self._load(at, 2 * len(self._view))

    def _more(self) -> bool:
        return self._start + len(self._view) < len(self._data)

    def _left(self, at: int) -> int:
        """Count the bytes from a place on that are in the window; many, if it ends with the text."""
        return self._start + len(self._view) - at if self._more() else _WINDOW

    def _byte(self, at: int) -> bytes:
        return self._data[at : at + 1]

    def _load(self, at: int, size: int) -> None:
        self._start = at
        view = self._data[at : at + size]
        self._view = _ESCAPE.sub(b"__", view) if b"\\" in view else view

    def _fits(self, levels: int) -> bool:
        return len(self._open) + levels <= self._max_depth


def _depth(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if below is None else 1 + max(map(_depth, below), default=0)
