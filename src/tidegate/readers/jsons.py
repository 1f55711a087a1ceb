"""JSON reports into typed structs: bounded, strict, and every fault with its place and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.json_guard import check_content, check_encoding, place

Shape = TypeVar("Shape")

_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_BANNER_SEARCH = 1024 * 1024
_JSON_LINE = re.compile(rb"^[ \t]*[{\[]", re.MULTILINE)
_SCALAR = re.compile(rb'(?:"|-?[0-9]|true\b|false\b|null\b)')
_UNSAFE = re.compile(r"[^A-Za-z0-9 =+.:-]+")
_BYTE = re.compile(r"\(byte (\d+)\)")


def load(source: Source, limits: Limits, shape: type[Shape], *, remake: str) -> Shape:
    """Read a whole report as `shape`, or raise `Unreadable`; `remake` tells how to write a clean one."""
    return decode(read_text(source, limits, remake=remake), shape, remake=remake)


def read_text(source: Source, limits: Limits, *, remake: str) -> bytes:
    """Read one JSON text without its byte order mark, checked for size, encoding, depth and repeated keys.

    Holds at most `limits.max_bytes`. Raises `Unreadable`, also where something stands before the JSON.
    """
    data = _read(source, limits)
    check_encoding(data)
    data = data.removeprefix(_BOM)
    begin = data[:_BANNER_SEARCH].lstrip(_SPACE)
    if not begin:
        raise Unreadable(
            f"The report is empty: its tool wrote nothing. Make it with {remake} and see what the tool says."
        )
    if begin[:1] not in (b"{", b"["):
        _refuse_banner(data, begin, remake)
    if not check_content(data, limits, remake=remake):
        decode(data, msgspec.Raw, remake=remake)  # names the fault
        raise Unreadable(f"The report's JSON cannot be followed to its end. Write it again with {remake}.")
    return data


def decode(data: bytes | msgspec.Raw, shape: type[Shape], *, remake: str, at: str = "$") -> Shape:
    """Decode one JSON text as `shape`; `at` is the text's own place in the report (a JSON path)."""
    try:
        return _decoder(shape).decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _unreadable(bytes(data), error, remake, at) from None


def decode_each(parts: Iterable[msgspec.Raw], shape: type[Shape], *, remake: str, at: str) -> Iterator[Shape]:
    """Decode the elements of a long list one by one, so that only one is held; `at` is the list's place."""
    decoder = _decoder(shape)
    for index, part in enumerate(parts):
        try:
            yield decoder.decode(part)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise _unreadable(bytes(part), error, remake, f"{at}[{index}]") from None


def cut(text: str, limits: Limits) -> str:
    """Keep at most `limits.max_text` characters of a text that a finding carries."""
    return text if len(text) <= limits.max_text else text[: limits.max_text]


def _decoder(shape: type[Shape]) -> msgspec.json.Decoder[Shape]:
    """Make a decoder when its format is first met, and keep it: it is faster than `msgspec.json.decode`."""
    if shape not in _DECODERS:
        _DECODERS[shape] = msgspec.json.Decoder(shape)
    return _DECODERS[shape]


def _read(source: Source, limits: Limits) -> bytes:
    if source.size <= limits.max_bytes:
        with source.open() as stream:
            data = stream.read(min(source.size, limits.max_bytes) + 1)
            # A file that grew since it was looked at is read on, still only up to the limit.
            data += stream.read(limits.max_bytes + 1 - len(data)) if len(data) > source.size else b""
        if len(data) <= limits.max_bytes:
            return data
    raise Unreadable(
        f"The report is larger than {limits.max_bytes} bytes: split it into several reports, or raise the"
        " limit."
    )


def _refuse_banner(data: bytes, begin: bytes, remake: str) -> None:
    """Raise for text before the JSON; a bare `null` or number is JSON and is refused by its shape later."""
    if _SCALAR.match(begin):
        return
    first = _UNSAFE.sub("", begin[:24].decode("ascii", "ignore")).strip()[:16]
    found = _JSON_LINE.search(data, 0, _BANNER_SEARCH)
    if found is None:
        raise Unreadable(f"The report is not JSON (it begins with {first!r}). Write it with {remake}.")
    raise Unreadable(
        f"The first {found.end() - 1} characters of the report are not JSON (they begin with {first!r}):"
        " a banner or warning was written into it. Let the tool write the file itself and keep its"
        f" standard output apart: {remake}."
    )


def _unreadable(data: bytes, error: Exception, remake: str, at: str) -> Unreadable:
    if isinstance(error, RecursionError):
        return Unreadable(
            "The report nests deeper than this reader can follow; no report of a real tool does."
        )
    if not isinstance(error, msgspec.ValidationError):
        return Unreadable(_syntax(data, str(error), remake))
    what, _, path = str(error).partition(" - at `$")
    return Unreadable(
        f"At `{at}{path.rstrip('`')}` the report is not what the format asks for: {_lower(what)}."
        f" Write it again with {remake}."
    )


def _syntax(data: bytes, error: str, remake: str) -> str:
    if "truncated" in error:
        return (
            f"The report ends before its JSON does ({place(data, len(data))}): its tool was stopped, or the"
            f" copy is incomplete. Write it again with {remake}."
        )
    found = _BYTE.search(error)
    offset = min(int(found.group(1)), len(data)) if found else 0
    what = _BYTE.sub("", error).removeprefix("JSON is malformed:").strip()
    if "trailing characters" in what:
        what = "something that does not belong to it follows the JSON (a banner, or a second report)"
    return f"The report is no valid JSON at {place(data, offset)}: {what}. Write it again with {remake}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
