"""How a file begins, and the signs by which a format is recognised: XML, JSON, text, first bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.readers.base import Source
from tidegate.readers.json_preview import JsonPreview, preview
from tidegate.readers.xml_root import Root, root_of

_TAG = re.compile(r"<([A-Za-z_][\w:.-]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*["']([^"']*)["']""")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What can be seen of a file without reading it: its first 64 KiB as bytes, text, JSON and XML."""

    name: str
    head: bytes
    text: str
    json: JsonPreview
    xml: Root | None

    @classmethod
    def of(cls, source: Source) -> Beginning:
        """See how a file begins; never raises."""
        text = _text(source.head)
        return cls(_name(source), source.head, text, preview(source), root_of(source) or _root_in(text))


Sign: TypeAlias = "Callable[[Beginning], bool]"


def xml(root: str, *, child: str = "", attribute: str = "", value: str = "") -> Sign:
    """Tell an XML format by its root element, and by the root's first child or one of its attributes."""

    def shows(beginning: Beginning) -> bool:
        found = beginning.xml
        if found is None or _local(found.name) != root or (child and _local(found.child) != child):
            return False
        named = [text for name, text in found.attributes.items() if not attribute or name == attribute]
        return not (attribute or value) or any(value.casefold() in text.casefold() for text in named)

    return shows


def json_object(*keys: str, inner: tuple[str, ...] = (), **texts: str) -> Sign:
    """Tell a JSON format by keys of its root, by one of the keys below, and by what some values contain."""

    def shows(beginning: Beginning) -> bool:
        seen = beginning.json
        return (
            seen.has(*keys, *texts)
            and (not inner or bool(seen.inner & set(inner)))
            and all(part in seen.keys[key] for key, part in texts.items())
        )

    return shows


def json_list(*inner: str) -> Sign:
    """Tell a JSON list by the keys of its elements."""
    return lambda beginning: beginning.json.root == "[" and set(inner) <= beginning.json.inner


def json_text(key: str, part: str) -> Sign:
    """Tell a JSON format by what the value of a key of its root contains."""
    return lambda beginning: beginning.json.root == "{" and part in beginning.json.keys.get(key, "")


def lines(pattern: str) -> Sign:
    """Tell a text format by a line; the pattern is searched from the start of lines."""
    compiled = re.compile(rf"^(?:{pattern})", re.MULTILINE)
    return lambda beginning: compiled.search(beginning.text) is not None


def first_line(pattern: str) -> Sign:
    """Tell a text format by its first line that is not blank."""
    compiled = re.compile(rf"\s*(?:{pattern})")
    return lambda beginning: compiled.match(beginning.text) is not None


def magic(start: bytes, contains: bytes = b"") -> Sign:
    """Tell a binary format by its first bytes."""
    return lambda beginning: beginning.head.startswith(start) and contains in beginning.head


def _name(source: Source) -> str:
    return source.name.replace("\\", "/").rpartition("/")[2].casefold()


def _text(head: bytes) -> str:
    if head.startswith(_UTF_16):
        return head.decode("utf-16", "replace")
    return "" if b"\0" in head else head.decode("utf-8-sig", "replace")


def _root_in(text: str) -> Root | None:
    """Find the root where the bytes are no XML that a parser takes, such as UTF-16 that says it is UTF-8."""
    if not text.lstrip().startswith("<"):
        return None
    first, second = [*_TAG.finditer(text), None, None][:2]
    if first is None:
        return None
    return Root(first[1], dict(_ATTRIBUTE.findall(first[2])), child=second[1] if second else "")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
