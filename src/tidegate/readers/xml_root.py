"""How an XML report begins: enough to tell one XML format from another by content alone."""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

from tidegate.readers.base import Source
from tidegate.readers.encodings import xml_in_utf8
from tidegate.readers.xml import Attributes


@dataclass(frozen=True, slots=True)
class Root:
    """How a document begins: its root, the root's attributes, its DOCTYPE's identifiers, its first child."""

    name: str
    attributes: Attributes
    doctype: str = ""
    child: str = ""


class _Seen(Exception):
    """Stops the parser as soon as the beginning was seen."""


def root_of(source: Source) -> Root | None:
    """Tell how a report begins from its head alone; None where that is not XML. Never raises.

    A document that declares entities goes by the name in its DOCTYPE, so that its reader can refuse it.
    """
    source, encoding = xml_in_utf8(source)
    head = source.head
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return None
    # The second try tells a root behind an encoding that is not known: its reader can refuse it by name.
    return _begin(head, encoding) or _begin(head, "iso-8859-1")


def _begin(head: bytes, encoding: str | None) -> Root | None:
    beginning = _Beginning(encoding)
    try:
        beginning.parser.Parse(head, False)
    except (_Seen, expat.ExpatError, LookupError, ValueError):
        pass  # What was seen before counts; the reader will say what is wrong.
    return beginning.root


class _Beginning:
    """Listens until the first child of the root element."""

    def __init__(self, encoding: str | None) -> None:
        self.root: Root | None = None
        self._doctype_name = ""
        self._doctype = ""
        self.parser = expat.ParserCreate(encoding)
        self.parser.StartDoctypeDeclHandler = self._on_doctype
        self.parser.EntityDeclHandler = self._on_entity
        self.parser.AttlistDeclHandler = self._on_entity
        self.parser.StartElementHandler = self._on_start

    def _on_doctype(self, name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        self._doctype_name = name
        self._doctype = f"{public or ''} {system or ''}".strip()

    def _on_entity(self, *_: object) -> None:
        self.root = Root(self._doctype_name, {}, self._doctype)
        raise _Seen

    def _on_start(self, name: str, attributes: Attributes) -> None:
        if self.root is None:
            self.root = Root(name, attributes, self._doctype)
            return
        self.root = Root(self.root.name, self.root.attributes, self._doctype, name)
        raise _Seen
