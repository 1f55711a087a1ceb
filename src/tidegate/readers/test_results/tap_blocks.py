"""A TAP report in blocks of whole lines: plain points, which most are, are taken together and not in turn."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.lines import read_lines

_BLOCK = 32 * 1024
# `ok`, a number, and words that hold nothing with a meaning: no directive, escape, colour or subtest.
_PLAIN = re.compile(rb"""(?:ok [1-9][0-9]{0,11}(?: [ -"$-\[\]-z|~]*)?\n)+""")
# So many of them in a row are worth a block of their own between lines of other kinds.
_PLAIN_RUN = re.compile(rb"""^(?:ok [1-9][0-9]{0,11}(?: [ -"$-\[\]-z|~]*)?\n){4,}""", re.MULTILINE)
_NUMBER = re.compile(rb"^ok ([0-9]+)", re.MULTILINE)
_NAME = re.compile(r"^ok [0-9]+(.*)$", re.MULTILINE)


def blocks(source: Source, limits: Limits) -> Iterator[tuple[int, bytes | Source, bool]]:
    """Yield whole lines in blocks, each with the number of lines before it, and whether all are plain points.

    What begins with a line that is longer than a block comes as one source, to be read line by line.
    """
    before = offset = 0
    with source.open() as stream:
        rest = b""
        while data := stream.read(_BLOCK):
            end = data.rfind(b"\n") + 1
            if not end and len(rest) + len(data) > _BLOCK:
                yield before, _rest_of(source, offset), False
                return
            block, rest = (rest + data[:end], data[end:]) if end else (b"", rest + data)
            offset += len(block)
            if offset > limits.max_bytes:
                raise Unreadable(f"{source.name}: the report is longer than {limits.max_bytes:,} bytes.")
            for part, plain in _parts(block):
                yield before, part, plain
                before += part.count(b"\n")
        if rest:
            yield before, rest, False


def _parts(block: bytes) -> Iterator[tuple[bytes, bool]]:
    """Set runs of plain points apart from the lines between them."""
    begin = 0
    for run in _PLAIN_RUN.finditer(block):
        if run.start() > begin:
            part = block[begin : run.start()]
            yield part, _is_plain(part)
        yield run[0], True
        begin = run.end()
    if begin < len(block):
        part = block[begin:]
        yield part, _is_plain(part)


def _is_plain(part: bytes) -> bool:
    return _PLAIN.fullmatch(part) is not None


def lines_of(source: Source, limits: Limits, before: int, block: bytes | Source) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block with their numbers in the report."""
    if isinstance(block, bytes):
        held = block
        block = Source(source.name, held[:2], len(held), lambda: io.BytesIO(held))
    return read_lines(block, limits, before=before)


def plain_points(block: bytes, first: int) -> int:
    """Count the points of a block of plain ones that are numbered on from `first`; 0 where they are not."""
    numbers = list(map(int, _NUMBER.findall(block)))
    return len(numbers) if numbers == list(range(first, first + len(numbers))) else 0


def plain_names(block: bytes) -> list[str]:
    """Give what stands behind the numbers of plain points."""
    return _NAME.findall(block.decode("ascii"))


def _rest_of(source: Source, offset: int) -> Source:
    def opener() -> BinaryIO:
        stream = source.open()
        stream.seek(offset)
        return stream

    return Source(source.name, b"", source.size - offset, opener)
