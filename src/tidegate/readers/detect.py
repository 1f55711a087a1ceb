"""Which format a report is in, recognised by its content, and how it is read from there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from tidegate.domain.errors import Invalid
from tidegate.domain.nearest import nearest
from tidegate.readers.base import Item, Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.encodings import in_utf8, wide_encoding
from tidegate.readers.json_preview import condensed, json_in
from tidegate.readers.known_formats import command_for, format_named, known_format
from tidegate.readers.registry import FORMATS, REGISTRY, reader_of


class UnknownFormat(Invalid):
    """A format was named that no reader has."""


_SHAPE = re.compile(r"-(?:json|xml|text)$")
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
    if format is not None:
        return _by_name(format, readers)
    text = in_utf8(source)
    if (found := _recognised(text, readers)) is not None:
        return found
    # All of its bytes are read for that, so only where the beginning does not tell.
    complete = condensed(text)
    if complete is not None and (found := _recognised(complete, readers)) is not None:
        return found
    raise Unreadable(_not_read(source, complete or text))


def _recognised(source: Source, readers: Sequence[Reader] | None) -> Reader | None:
    return next((reader for reader in _to_ask(source, readers) if reader.sniff(source)), None)


def _to_ask(source: Source, readers: Sequence[Reader] | None) -> Iterable[Reader]:
    """Give the readers that a report may belong to; of those that are registered no other is imported."""
    return (row.reader() for row in REGISTRY if row.may_be(source)) if readers is None else readers


def start(reader: Reader, source: Source, limits: Limits, *, items: bool) -> Stream:
    """Start to read with a reader that is already found; raises `Unreadable` for too large a report."""
    if source.size > limits.max_bytes:
        raise Unreadable(
            f"{source.name}: the report has {source.size:,} bytes; at most {limits.max_bytes:,} are read. "
            "Split the report, or raise the limit."
        )
    return reader.read(in_utf8(source), limits, items)


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


def _not_read(source: Source, seen: Source) -> str:
    """Say what an unknown report is and what to do about it; short, since a verdict cuts long words off."""
    known = known_format(seen)
    if known is not None:
        return f"{source.name}: this is {known.name}, which is not read yet. Instead, {known.command}."
    command = command_for(_file_name(source))
    named = _names_to_try(source)
    parts = [f"Write it with {command}"] if command else []
    if named:
        parts.append(f"{'Or name its' if command else 'If a tool wrote it, name its'} format: {named}")
    elif not command:
        parts.append("If a tool should have written it, run that again and see what it says")
    return (
        f"{source.name}: the format cannot be recognised from the content: it looks like {describe(source)}."
        f" {'. '.join(parts)}."
    )


_EMPTY_LIST = "an empty JSON list, as several tools write when clean"
_EMPTY_OBJECT = "an empty JSON object, as nyc writes where it covered no file"
_ALL_PASSED = "the line `All checks passed!`, which ruff, ty and others write"

_BY_SHAPE: tuple[tuple[str, tuple[str, ...]], ...] = (
    # What can be named for a file of each shape: what `describe` says, and the readers that take such.
    (_EMPTY_LIST, ("ruff-json", "pylint-json", "hadolint", "gitleaks", "gitlab-codequality")),
    (_EMPTY_OBJECT, ("istanbul",)),
    (_ALL_PASSED, ("ruff-text",)),
    ("JSON (a list)", ("ruff-json", "pylint-json", "pip-audit")),
    ("JSON (an object)", ("sarif", "bandit", "safety", "pip-audit", "coveragepy", "cyclonedx")),
    ("XML", ("junit", "cobertura", "jacoco")),
    ("a lone number", ("flake8",)),
    ("plain text", ("lcov", "pylint-text", "mypy-text", "mypy-json", "flake8")),
)


def _names_to_try(source: Source) -> str:
    """List the formats that can be named for a file of this shape; none where naming one cannot help."""
    shape = describe(source)
    formats = next((names for start, names in _BY_SHAPE if shape.startswith(start)), ())
    if not formats:
        return ""
    name = _file_name(source).casefold()
    own = [each for each in formats if each.partition("-")[0] in name]
    if shape == _EMPTY_LIST and not own:
        # None of them is likelier than the others, and a wrong name would be a wrong yes.
        return "" if command_for(name) else f"FORMAT:PATH, one of {', '.join(formats)}"
    first, *others = [*own, *(each for each in formats if each not in own)]
    return f"{first}:PATH" + (f" (or {', '.join(others)})" if others else "")


def misnamed(source: Source, format: str) -> str | None:
    """Say which format a report really has that was named as another one; None where that is not known."""
    try:
        found = find_reader(source)
    except Unreadable:
        return None
    if found.format == format:
        return None
    return (
        f"{source.name}: it was named as {format}, and its content is {found.format}: write "
        f"{found.format}:PATH, or leave the format out."
    )


def _file_name(source: Source) -> str:
    return source.name.replace("\\", "/").rpartition("/")[2] or "NAME"


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
    return _describe_text(text, complete=source.size <= len(source.head))


def _describe_text(text: bytes, *, complete: bool) -> str:
    if complete and not text[1:-1].strip() and text[:1] + text[-1:] in (b"[]", b"{}"):
        return _EMPTY_LIST if text.startswith(b"[") else _EMPTY_OBJECT
    if complete and text == b"All checks passed!":
        return _ALL_PASSED
    if text == b"null":
        return "JSON that says nothing (null)"
    if json_in(text) == text:
        what = "JSON (an object)" if text.startswith(b"{") else "JSON (a list)"
        return f"{what}{_fault(text) if complete else ''}"
    if complete and text.isdigit():
        return "a lone number, as flake8 --count writes it when it finds nothing"
    return "plain text"


def _fault(text: bytes) -> str:
    """Say what is wrong with a JSON text, if anything."""
    try:
        msgspec.json.decode(text)
    except (UnicodeDecodeError, RecursionError):
        return " that is not UTF-8, or nests too deep"
    except msgspec.DecodeError as error:
        return f" with a fault: {str(error).removeprefix('JSON is malformed: ')}"
    return ""


def _by_name(format: str, readers: Sequence[Reader] | None) -> Reader:
    if readers is None:
        known, formats = reader_of(format), FORMATS
    else:
        known = next((reader for reader in readers if reader.format == format), None)
        formats = tuple(reader.format for reader in readers)
    if known is None:
        raise UnknownFormat(f"There is no report format named {format!r}. {instead_of(format, formats)}")
    return known


def instead_of(format: str, formats: Collection[str]) -> str:
    """Say what to do about a format's name that no reader has."""
    own = [one for one in formats if one.startswith(f"{format}-")]
    if own:
        return f"Did you mean {' or '.join(own)}?"
    base = _SHAPE.sub("", format)
    if base in formats:
        return f"Did you mean {base!r}?"
    known = format_named(format)
    if known is not None and format not in formats:
        return f"{known.name} is known and not read yet: instead, {known.command}."
    close = nearest(format, formats, cutoff=0.5)
    hint = f"Did you mean {close!r}? " if close else ""
    return f"{hint}Formats that can be read: {', '.join(formats)}."
