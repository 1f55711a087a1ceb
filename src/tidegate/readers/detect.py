"""Which format a report is in, told from its content, and how it is read from there."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from tidegate.domain.errors import Invalid
from tidegate.readers.base import Item, Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.encodings import in_utf8, wide_encoding
from tidegate.readers.registry import READERS


class UnknownFormat(Invalid):
    """A format was named that no reader has."""


_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive (unpack it first)"),
    (b"PK\x03\x04", "a zip archive (unpack it first)"),
    (b"\xfd7zXZ\x00", "an xz archive (unpack it first)"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive (unpack it first)"),
    (b"BZh", "a bzip2 archive (unpack it first)"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x89PNG", "a picture"),
)


def find_reader(source: Source, format: str | None = None, readers: Sequence[Reader] | None = None) -> Reader:
    """Find the reader for a report: by the format's name where one is given, else by its content.

    Raises `UnknownFormat` for a name that no reader has and `Unreadable` where no reader knows the content.
    """
    readers = READERS if readers is None else readers
    if format is not None:
        return _by_name(format, readers)
    text = in_utf8(source)
    for reader in readers:
        if reader.sniff(text):
            return reader
    # Short: a verdict repeats it in every rule that the report may have been for, and cuts long words off.
    raise Unreadable(
        f"{source.name}: the format cannot be told from the content: it looks like {describe(source)}. "
        "If a tool wrote this report, name its format, as in junit:PATH: `tidegate read --help` lists them."
    )


def open_report(
    source: Source,
    limits: Limits,
    format: str | None = None,
    *,
    items: bool = True,
    readers: Sequence[Reader] | None = None,
) -> Stream:
    """Start to read a report; the stream yields its findings and cases where `items` is true.

    Raises as `find_reader` does, and `Unreadable` for a report larger than the limits allow.
    """
    return start(find_reader(source, format, readers), source, limits, items=items)


def start(reader: Reader, source: Source, limits: Limits, *, items: bool) -> Stream:
    """Start to read with a reader that is already found; raises `Unreadable` for too large a report."""
    if source.size > limits.max_bytes:
        raise Unreadable(
            f"{source.name}: the report has {source.size:,} bytes; at most {limits.max_bytes:,} are read. "
            "Split the report, or raise the limit."
        )
    return reader.read(in_utf8(source), limits, items)


def read_report(
    source: Source,
    limits: Limits,
    format: str | None = None,
    on_item: Callable[[Item], None] | None = None,
    *,
    readers: Sequence[Reader] | None = None,
) -> Reading:
    """Read a report to its end, handing each finding and case to `on_item` as it is met."""
    return drain(open_report(source, limits, format, items=on_item is not None, readers=readers), on_item)


def drain(stream: Stream, on_item: Callable[[Item], None] | None) -> Reading:
    """Run a stream to its end and give back what the report says."""
    try:
        while True:
            item = next(stream)
            if on_item is not None:
                on_item(item)
    except StopIteration as stop:
        reading: Reading = stop.value
        return reading


def describe(source: Source) -> str:
    """Say what kind of bytes a report starts with, and nothing of what it says."""
    for signature, what in _SIGNATURES:
        if source.head.startswith(signature):
            return what
    wide = wide_encoding(source.head)
    if wide is not None:
        return f"{wide[:6].upper()} text that is no report of a known format (write the report as UTF-8)"
    text = source.head.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return "an empty file, and an empty file does not show that a tool did its work"
    if b"\x00" in text:
        return "binary data"
    if text[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if text.startswith(b"<"):
        return "XML"
    return _describe_text(text, whole=source.size <= len(source.head))


def _describe_text(text: bytes, *, whole: bool) -> str:
    if whole and text.startswith(b"[") and text.endswith(b"]") and not text[1:-1].strip():
        return "an empty JSON list, which several tools write when they find nothing"
    if text.startswith(b"{"):
        return "JSON (an object)"
    if text.startswith(b"["):
        return "JSON (a list)"
    if whole and text.isdigit():
        return "a lone number, as flake8 --count writes it when it finds nothing"
    return "plain text"


def _by_name(format: str, readers: Sequence[Reader]) -> Reader:
    by_name = {reader.format: reader for reader in readers}
    if format in by_name:
        return by_name[format]
    close = difflib.get_close_matches(format, by_name, n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    known = ", ".join(by_name)
    raise UnknownFormat(
        f"There is no report format named {format!r}.{hint} Formats that can be read: {known}."
    )
