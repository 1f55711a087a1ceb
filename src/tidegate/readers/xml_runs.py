"""Feeds bytes to the XML parser, and spares it runs of plain elements, which a document reads much faster.

Expat alone decides what the bytes are. A run is taken only where the parser has just reported the start of
the element that holds it, at the very byte where it was expected: so the run stands in that element's
content, and in no comment, CDATA section, attribute or foreign encoding. In place of a run that the
document took, the parser gets as many line ends and blanks, so that the places in its errors stay true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from xml.parsers import expat

_LONGEST = 4096  # bytes of one plain element; what is longer is left to the parser
_BLANKS = bytes(byte if byte in b"\r\n" else 0x20 for byte in range(256))


class Taker(Protocol):
    """A document that can read what an element named `holder` holds from its bytes."""

    holder: str | None

    def take(self, run: bytes) -> bool:
        """Read a run of whole elements; False, with nothing done, where they are not plain."""
        ...


class Pieces:
    """Cuts chunks where a holder starts; `began` tells at which byte the parser met the last one."""

    def __init__(self, parser: expat.XMLParserType, document: Taker, began: Callable[[], int]) -> None:
        self._parser = parser
        self._document = document
        self._began = began
        self._opening = f"<{document.holder}".encode()
        self._closing = f"</{document.holder}>".encode()
        self._fed = 0
        self._inside = False  # the parser stands in a holder, right before `_tail`
        self._tail = b""

    @property
    def waiting(self) -> int:
        """Count the bytes that were read and belong to a tag, comment or text that has no end yet."""
        return self._fed - self._parser.CurrentByteIndex + len(self._tail)

    def parse(self, chunk: bytes) -> None:
        """Parse a chunk; raises what the parser and its handlers raise."""
        if self._document.holder is None:
            self._feed(chunk)
            return
        data, self._tail = self._tail + chunk, b""
        at = 0 if self._inside else self._enter(data, 0)
        while self._inside:
            end = data.find(self._closing, at)
            if end < 0:
                self._stay(data, at)
                return
            if self._take(data[at:end]):
                at = self._enter(data, end)
            else:
                self._give_up(data, at)

    def finish(self) -> None:
        """Parse what is left and tell the parser that this was all."""
        self._feed(self._tail)
        self._tail = b""
        self._parser.Parse(b"", True)

    def _enter(self, data: bytes, at: int) -> int:
        """Feed up to and with the next holder's start; returns where that ends."""
        begin = data.find(self._opening, at)
        end = data.find(b">", begin)
        if begin < 0 or end < 0:
            self._give_up(data, at)
            return len(data)
        expected, after = self._fed + begin - at, end + 1
        self._feed(data[at:after])
        # Not where the tag is another's that begins alike, goes on after a '>', or holds nothing.
        self._inside = self._began() == expected and data[end - 1 : end] != b"/"
        if not self._inside:
            self._give_up(data, after)
        return after

    def _stay(self, data: bytes, at: int) -> None:
        """Take the whole elements at the end of a chunk and keep the beginning of the next."""
        end = data.rfind(b">", at) + 1 or at
        if len(data) - end < _LONGEST and self._take(data[at:end]):
            self._tail = data[end:]
        else:
            self._give_up(data, at)

    def _give_up(self, data: bytes, at: int) -> None:
        """Leave the rest of a chunk to the parser.

        Never tried again within the chunk: a document made to look promising everywhere costs twice at most.
        """
        self._inside = False
        self._feed(data[at:])

    def _take(self, run: bytes) -> bool:
        if not self._document.take(run):
            return False
        if b"\r" in run:
            self._feed(run.translate(_BLANKS))
        else:
            self._feed(b"\n" * run.count(b"\n") + b" " * (len(run) - run.rfind(b"\n") - 1))
        return True

    def _feed(self, data: bytes) -> None:
        self._fed += len(data)
        self._parser.Parse(data, False)
