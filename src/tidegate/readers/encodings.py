"""The encodings that reports arrive in: which one a report's first bytes show, and its text in UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from tidegate.readers.base import Source, Unreadable

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PIECE = 64 * 1024
_MARKS = (  # UTF-32 first: its little-endian mark begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Where the zero bytes stand in two characters of ASCII, with which every report begins.
_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, True, True, False, True, True, True): "utf-32-le",
    (True, True, True, False, True, True, True, False): "utf-32-be",
}
_ZEROS_16: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}

_DECLARATION = re.compile(
    rb"\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._:-]{0,40})[\"']"
)
# Expat asks Python for encodings of one byte a character; these have more, and are decoded before it.
_SEVERAL_BYTES = frozenset(
    "shift_jis shift_jisx0213 shift_jis_2004 cp932 euc_jp euc_jisx0213 euc_jis_2004 iso2022_jp iso2022_jp_1"
    " iso2022_jp_2 iso2022_jp_3 iso2022_jp_ext gb2312 gbk gb18030 hz big5 big5hkscs cp950 euc_kr cp949 johab"
    " iso2022_kr".split()
)
# Names that writers use for the larger encoding that grew out of the named one, as browsers read them.
_ALIASES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-kr": "cp949",
}


def wide_encoding(head: bytes) -> str | None:
    """Name the codec of a report in UTF-16 or UTF-32 by its mark or its zero bytes; None for others."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    zeros = tuple(byte == 0 for byte in head[:8])
    return _ZEROS.get(zeros) or _ZEROS_16.get(zeros[:4])


def in_utf8(source: Source) -> Source:
    """Give a report in UTF-16 or UTF-32 as UTF-8; any other is given back as it is."""
    codec = wide_encoding(source.head)
    return source if codec is None else recode(source, codec)


def declared_encoding(head: bytes) -> str | None:
    """Give the encoding that an XML declaration names, as it stands there; None where there is none."""
    found = _DECLARATION.match(head.removeprefix(codecs.BOM_UTF8))
    return found[1].decode("ascii") if found else None


def xml_in_utf8(source: Source) -> tuple[Source, str | None]:
    """Give an XML report in a form that expat reads, and the encoding to tell it in place of the declared.

    Bytes that begin with a declaration in ASCII are not in UTF-16, whatever it says: they are read as
    UTF-8, strictly. .NET's writers leave such reports.
    """
    wide = wide_encoding(source.head)
    if wide is not None:
        return recode(source, wide), "utf-8"
    declared = declared_encoding(source.head)
    if declared is None:
        return source, None
    codec = _codec(declared)
    if codec in _SEVERAL_BYTES:
        return recode(source, codec), "utf-8"
    if source.head.startswith(codecs.BOM_UTF8) or codec.startswith(("utf-16", "utf-32")):
        return source, "utf-8"
    return source, None


def is_foreign(chunk: bytes, at: int) -> bool:
    """Tell whether what a parser of UTF-8 refused at a place is no character of that encoding."""
    if not 0 <= at < len(chunk) or chunk[at] < 0x80:
        return False
    text, _ = codecs.utf_8_decode(chunk[at : at + 4], "replace", False)
    return text[:1] in ("", "\ufffd")


def recode(source: Source, codec: str) -> Source:
    """Give a report in another encoding as UTF-8, decoded as it is read; wrong bytes raise `Unreadable`."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    head = decoder.decode(source.head).removeprefix("\ufeff").encode("utf-8", "replace")
    complete = source.size <= len(source.head)
    return replace(
        source,
        head=head[: Source.HEAD_BYTES],
        size=len(head) if complete else source.size,
        opener=lambda: io.BufferedReader(_Recoded(source.open(), codec), _PIECE),
    )


class _Recoded(io.RawIOBase):
    """Bytes of one encoding, read as the UTF-8 of their text."""

    def __init__(self, stream: BinaryIO, codec: str) -> None:
        super().__init__()
        self._stream = stream
        self._codec = codec
        self._decoder = codecs.getincrementaldecoder(codec)("strict")
        self._taken = 0
        self._started = self._ended = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        target = memoryview(buffer).cast("B")
        while not self._ready and not self._ended:
            self._ready = self._next()
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bytes:
        piece = self._stream.read(_PIECE)
        self._ended = not piece
        try:
            text = self._decoder.decode(piece, self._ended)
            self._taken += len(piece)
            if not self._started and text:
                self._started = True
                text = text.removeprefix("\ufeff")
            return text.encode("utf-8")
        except UnicodeError:
            raise Unreadable(
                f"The report begins as {_display_name(self._codec)}, but is not in that encoding throughout"
                f" (after byte {self._taken:,}): it was cut off or damaged, or declares the wrong encoding."
                " Make the report again, in UTF-8."
            ) from None

    def close(self) -> None:
        self._stream.close()
        super().close()


def _codec(declared: str) -> str:
    name = _ALIASES.get(declared.lower(), declared)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-16" if name.lower().replace("_", "-") in {"ucs-2", "unicode", "iso-10646-ucs-2"} else name


def _display_name(codec: str) -> str:
    return codec.upper().replace("_", "-") if codec.startswith("utf") else codec
