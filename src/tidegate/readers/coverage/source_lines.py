"""The source lines of a coverage report as bytes, equal for equal lines, to be kept beside the report."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tidegate.domain.source_lines import Counts, LineBranches, SourceFile, SourceLines

_VERSION = 1


class _StoredFile(msgspec.Struct, array_like=True):
    name: str
    lines: bytes
    hits: bytes
    extra: int
    branches: list[tuple[int, LineBranches]]
    functions: list[tuple[int, bool]]
    unlisted: list[tuple[str, Counts]]


class _Document(msgspec.Struct, array_like=True):
    version: int
    format: str
    unlisted: list[tuple[str, Counts]]
    files: list[_StoredFile]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Document)


def encode_lines(source: SourceLines) -> bytes:
    """Write source lines as bytes."""
    files = [
        _StoredFile(
            name,
            _bytes_of(file.lines),
            _bytes_of(file.hits),
            file.extra,
            sorted(file.branches.items()),
            sorted(file.functions.items()),
            sorted(file.unlisted.items()),
        )
        for name, file in sorted(source.files.items())
    ]
    return _ENCODER.encode(_Document(_VERSION, source.format, sorted(source.unlisted.items()), files))


def decode_lines(data: bytes) -> SourceLines | None:
    """Read what `encode_lines` wrote; None for what a later version wrote, which is joined with nothing."""
    try:
        document = _DECODER.decode(data)
    except msgspec.MsgspecError:
        return None
    if document.version != _VERSION:
        return None
    files: Mapping[str, SourceFile] = {
        one.name: SourceFile(
            int.from_bytes(one.lines, "little"),
            int.from_bytes(one.hits, "little"),
            one.extra,
            dict(one.branches),
            dict(one.functions),
            dict(one.unlisted),
        )
        for one in document.files
    }
    return SourceLines(document.format, dict(files), dict(document.unlisted))


def _bytes_of(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
