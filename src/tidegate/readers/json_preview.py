"""What the first 64 KiB of a report show of its JSON: enough to tell formats apart, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec

from tidegate.readers.base import Source

_DEEPEST = 3
_LONGEST = 256 * 1024 * 1024
_SHORT = 1024  # bytes of a value that is kept as it is
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Where JSON begins, and not a log's `[INFO]`, `[12:30:01]` or `{0}`.
_VALUE = rb"""(?:["{\[]|(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\s*[,\]])"""
_BEGIN = re.compile(rb"^[ \t]*(?:\{\s*(?:[\"}]|\Z)|\[\s*(?:" + _VALUE + rb"|\]\s*\Z|\Z))", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"
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
    """Look at the head alone; a banner before the JSON is passed over, and the format still found."""
    return _preview(source.head)


@lru_cache(maxsize=4)  # every reader asks about the same head in turn
def _preview(head: bytes) -> JsonPreview:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    text = json_in(head.removeprefix(_BOM))
    if not text:
        return JsonPreview("", {}, frozenset())
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


def condensed(source: Source) -> Source | None:
    """Make a source whose head shows the keys of a whole JSON object, for one that goes on after its head.

    Some writers put what tells their format last. Long values are left out. None where there is no more to
    see: the head shows all, or the rest is not the JSON that it began as.
    """
    if source.size <= len(source.head) or source.size > _LONGEST or _preview(source.head).root != "{":
        return None
    if _is_lines(source.head.removeprefix(_BOM)):
        return None
    with source.open() as stream:
        text = json_in(stream.read(_LONGEST).removeprefix(_BOM))
    try:
        return replace(source, head=msgspec.json.encode(_brief(msgspec.Raw(text), 1))[: Source.HEAD_BYTES])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _is_lines(head: bytes) -> bool:
    """Tell whether the first line is a whole JSON object: what follows it is no part of it."""
    line, end, _ = head.partition(b"\n")
    try:
        _OBJECT.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return bool(end)


def _brief(value: msgspec.Raw, depth: int) -> Any:
    """Keep short values and the keys of long objects; of a long list or text keep nothing."""
    text = bytes(value)
    if depth > 1 and len(text) <= _SHORT:
        return value
    if text[:1] == b"{" and depth <= _DEEPEST:
        return {key: _brief(each, depth + 1) for key, each in _OBJECT.decode(text).items()}
    return [] if text[:1] == b"[" else ""


def json_in(text: bytes) -> bytes:
    """Return a text from where its JSON begins, or nothing where there is none."""
    begin = _BEGIN.search(text)
    return text[begin.start() :].lstrip() if begin else b""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
