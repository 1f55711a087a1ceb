"""What the first 64 KiB of a report show of its JSON: enough to tell formats apart, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tidegate.readers.base import Source

_DEEPEST = 3
_BEGIN = re.compile(rb"^[ \t]*[{\[]", re.MULTILINE)
_STRING = rb'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)'  # one that the head cuts off ends with it
_TOKEN = re.compile(_STRING + rb"(\s*:(?:\s*" + _STRING + rb")?)?|[{}\[\]]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonPreview:
    """The root's kind (`{`, `[` or nothing), its keys with their texts, and the keys one or two levels below.

    A key whose value is no text, or not seen whole, has the text "".
    """

    root: str
    keys: Mapping[str, str]
    inner: frozenset[str]

    def has(self, *names: str) -> bool:
        """Tell whether the root is an object that shows all of these keys."""
        return self.root == "{" and all(name in self.keys for name in names)


def preview(source: Source) -> JsonPreview:
    """Look at the head alone; a banner before the JSON is passed over, so that the format is still told."""
    return _preview(source.head)


@lru_cache(maxsize=4)  # every reader asks about the same head in turn
def _preview(head: bytes) -> JsonPreview:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    begin = _BEGIN.search(head.removeprefix(b"\xef\xbb\xbf"))
    if begin is None:
        return JsonPreview("", {}, frozenset())
    text = head.removeprefix(b"\xef\xbb\xbf")[begin.end() - 1 :]
    keys: dict[str, str] = {}
    inner: set[str] = set()
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token[0][:1]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
            if depth <= 0:
                break
        elif token[2] is not None and depth == 1:
            keys.setdefault(_text(token[1]), _text(token[3] or b""))
        elif token[2] is not None and depth <= _DEEPEST:
            inner.add(_text(token[1]))
    return JsonPreview(chr(text[0]), keys, frozenset(inner))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
