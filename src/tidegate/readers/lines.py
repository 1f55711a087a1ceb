"""Reports that are lines of text: decoded strictly, streamed line by line, and what they have in common."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from tidegate.readers.base import Limits, Source, Unreadable

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SNIFFED_LINES = 200


def read_lines(source: Source, limits: Limits, *, before: int = 0) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, without its end, colour codes or a byte order mark.

    Numbers begin with 1, or behind `before`, for the rest of a report of which so many lines were read.

    UTF-8 only. A line longer than `limits.max_text` bytes is cut; the rest of it is passed over in pieces.
    Raises `Unreadable` for UTF-16, for bytes that are not UTF-8, for NUL, and for more bytes than allowed.
    """
    if source.head.startswith(_UTF_16):
        raise Unreadable(f"{source.name}: the report is UTF-16; write it as UTF-8.")
    with source.open() as stream:
        number, read = before, 0
        while raw := stream.readline(limits.max_text):
            number += 1
            if number > limits.max_items:
                raise Unreadable(f"{source.name}: the report has more than {limits.max_items:,} lines.")
            cut = 0
            if not raw.endswith(b"\n") and len(raw) >= limits.max_text:
                cut = _pass_over(stream, limits, source, number)
            read += len(raw) + cut
            if read > limits.max_bytes:
                raise Unreadable(f"{source.name}: the report is longer than {limits.max_bytes:,} bytes.")
            yield number, _decode(raw, bool(cut), source, number)


def read_all_lines(source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    """Yield as `read_lines` does, and refuse a report that holds no line with anything on it."""
    empty = True
    for number, line in read_lines(source, limits):
        if line and not line.isspace():
            empty = False
        yield number, line
    if empty:
        raise Unreadable(
            f"{source.name}: the report is empty, which does not show that the tool did its work."
        )


def looks_like(source: Source, belongs: Callable[[str], object]) -> bool:
    """Tell whether the first line that is not blank, or half of the first lines, belong to a format."""
    if source.head.startswith(_UTF_16) or b"\0" in source.head:
        return False
    text = _ANSI.sub("", source.head.decode("utf-8-sig", "replace"))
    lines = [line for line in text.splitlines() if line and not line.isspace()][:_SNIFFED_LINES]
    if not lines or lines[0].startswith(("{", "[")):
        return False
    matches = [bool(belongs(line)) for line in lines]
    return matches[0] or 2 * sum(matches) >= len(matches)


def _pass_over(stream: BinaryIO, limits: Limits, source: Source, number: int) -> int:
    passed = 0
    while piece := stream.readline(limits.max_text):
        passed += len(piece)
        _refuse_nul(piece, source, number)
        if piece.endswith(b"\n") or passed > limits.max_bytes:
            break
    return passed


def _decode(raw: bytes, cut: bool, source: Source, number: int) -> str:
    _refuse_nul(raw, source, number)
    if number == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        # A line that was cut may end inside a character: what is incomplete is left out.
        text, _ = codecs.utf_8_decode(raw, "strict", not cut)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{source.name}, line {number}: the text is not UTF-8; write the report as UTF-8."
        ) from error
    text = text.rstrip("\r\n")
    return _ANSI.sub("", text) if "\x1b" in text else text


def _refuse_nul(raw: bytes, source: Source, number: int) -> None:
    if b"\0" in raw:
        raise Unreadable(
            f"{source.name}, line {number}: the text holds a NUL byte: it is binary, or was damaged. "
            "Write the report again, as UTF-8."
        )
