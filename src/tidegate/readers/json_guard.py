"""Checks on a JSON report's bytes before anything is built of them: encoding, depth, objects, keys."""

from __future__ import annotations

import json
import re
from typing import Any

from tidegate.readers.base import Limits, Unreadable

_CHUNK = 128 * 1024
MOST_CHECKED = 16 * 1024 * 1024
"""Bytes of a report whose keys are checked; a longer one is not: reading it would take twice as long."""

_ESCAPE = re.compile(rb"\\[\"\\]")  # the escapes of which the rest could be taken for a quote
_TEXT = re.compile(rb'"[^"]*"')
_NOT_BACKSLASH = re.compile(rb"[^\\]")
_NOT_FRAME = bytes(sorted(set(range(256)) - set(b'[]{}:"')))
_UNSAFE_IN_KEY = re.compile(r"[^\w $.:@/+-]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def place(data: bytes, offset: int) -> str:
    """Say where a byte is: its line and its offset, both as an editor shows them."""
    line = data.count(b"\n", 0, offset) + 1
    return f"line {line}, byte {offset}"


def check_encoding(data: bytes) -> None:
    """Refuse what is not UTF-8 text by its first bytes or its NUL bytes; the rest is found chunk by chunk."""
    if data[:2] in _UTF16_MARKS:
        raise Unreadable(
            "The report is UTF-16, JSON reports are UTF-8: write it again as UTF-8 (in PowerShell with"
            " `| Out-File -Encoding utf8`, or let the tool write the file itself)."
        )
    nul = data.find(b"\0")
    if 0 <= nul < 4:
        raise Unreadable(
            "The report begins like UTF-16 or UTF-32 without a byte order mark, JSON reports are UTF-8:"
            " write it again as UTF-8."
        )
    if nul >= 0:
        raise Unreadable(
            f"There is a NUL byte at {place(data, nul)}: the file is damaged or no text; let the tool write"
            " it again."
        )


def check_structure(data: bytes, limits: Limits) -> int:
    """Refuse bytes that are not UTF-8, nest too deeply or hold too many objects; count the keys.

    One pass, and nothing is built: each chunk is reduced to its brackets and colons, so memory stays within
    a few chunks. Text that is not JSON at all may pass; the decoder names its fault.
    """
    depth = objects = keys = start = 0
    in_text = False
    while start < len(data):
        end = _boundary(data, start + _CHUNK)
        chunk = data[start:end]
        _check_utf8(data, chunk, start)
        frame, in_text = _brackets(chunk, in_text)
        objects += frame.count(b"{")
        keys += frame.count(b":")
        frame = frame.replace(b":", b"")
        if _may_exceed(frame, depth, limits.max_depth) and _exceeds(frame, depth, limits.max_depth):
            raise Unreadable(
                f"The report nests more than {limits.max_depth} levels deep (after {place(data, start)});"
                " no report of a real tool does. If this one is meant, raise the depth limit."
            )
        if objects > limits.max_items:
            raise Unreadable(
                f"The report holds more than {limits.max_items} objects (after {place(data, start)}):"
                " split it into several reports, or raise the limit of items."
            )
        depth = max(0, depth + _openers(frame) - _closers(frame))
        start = end
    return keys


class _RepeatedKey(Exception):
    """Stops the parser at the first object that has a key twice; holds the key."""


def check_keys(data: bytes, keys: int | None = None, *, remake: str) -> None:
    """Refuse an object that has a key twice, at any depth and also where no reader would look.

    `keys` is how many stand in the text (`check_structure`), where that is known. Readers of JSON keep one of
    the values of a repeated key and drop the other in silence: what was dropped may be the findings. So the
    keys are counted as objects come out of the standard library's parser, of which nothing is kept, and only
    where some are missing is the text read once more, to name one. What is no JSON at all is passed over
    here: the decoder names its fault. So are reports longer than `MOST_CHECKED`.
    """
    if len(data) > MOST_CHECKED:
        return
    # One byte a character, whatever the text: structure and equal keys are the same as in UTF-8, unless a
    # letter is written out in one key and escaped in the other.
    encoding = "utf-8" if b"\\u" in data else "latin-1"
    text = data.decode(encoding)
    kept = 0

    def count(pairs: dict[str, Any]) -> None:
        nonlocal kept
        kept += len(pairs)

    try:
        _decoder(object_hook=count).decode(text)
        if kept != keys:
            _decoder(object_pairs_hook=_refuse_repeated).decode(text)
    except _RepeatedKey as repeated:
        key = str(repeated).encode(encoding, "replace")
        raise Unreadable(f"{_repeated(data, key)} Write it again with {remake}.") from None
    except (ValueError, RecursionError):
        return


def _decoder(**hooks: Any) -> json.JSONDecoder:
    """Numbers are not made: they are not needed, and one of a million digits would take minutes."""
    return json.JSONDecoder(parse_int=len, parse_float=len, strict=False, **hooks)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _RepeatedKey(key)
        seen.add(key)


def _repeated(data: bytes, key: bytes) -> str:
    places = list(re.finditer(rb'"' + re.escape(key) + rb'"\s*:', data))
    where = f" (the second at {place(data, places[1].start())})" if len(places) == 2 else ""
    name = _UNSAFE_IN_KEY.sub("", key.decode("utf-8", "replace"))[:40]
    return (
        f"The key `{name}` stands twice in one object{where}, and only one of its values would count: the"
        " report was edited or put together by hand."
    )


def _boundary(data: bytes, end: int) -> int:
    """Move a chunk's end so that it splits neither an escape nor a character."""
    if end >= len(data):
        return len(data)
    if data[end - 1] == 0x5C:
        found = _NOT_BACKSLASH.search(data, end)
        end = found.end() if found else len(data)
    for _ in range(3):
        if end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
    return end


def _check_utf8(data: bytes, chunk: bytes, start: int) -> None:
    if chunk.isascii():
        return
    try:
        chunk.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The report is not UTF-8 at {place(data, start + error.start)}: write it again as UTF-8, for"
            " example with PYTHONUTF8=1 set for the tool."
        ) from None


def _brackets(chunk: bytes, in_text: bool) -> tuple[bytes, bool]:
    """Keep the brackets and colons that stand outside texts, and tell whether the chunk ends inside one."""
    frame = _ESCAPE.sub(b"", chunk).translate(None, _NOT_FRAME)
    if in_text:
        frame = b'"' + frame
    # Two quotes side by side are an empty text, or the end of one and the start of the next: both may go
    # without changing what stands inside a text. It leaves little for the slower expression.
    frame = _TEXT.sub(b"", frame.replace(b'""', b""))
    frame, quote, _ = frame.partition(b'"')
    return frame, bool(quote)


def _may_exceed(frame: bytes, depth: int, limit: int) -> bool:
    """Estimate the depth from above by peeling innermost pairs: a few passes over a shrinking frame."""
    rounds = 0
    while depth + 2 * rounds + _openers(frame) > limit:
        smaller = frame.replace(b"{}", b"").replace(b"[]", b"")
        if len(smaller) == len(frame) or 2 * rounds > limit:
            return True
        frame = smaller
        rounds += 1  # one round peels up to two levels, `[{}]`
    return False


def _exceeds(frame: bytes, depth: int, limit: int) -> bool:
    for byte in frame:
        depth += 1 if byte in b"[{" else -1
        if depth > limit:
            return True
    return False


def _openers(frame: bytes) -> int:
    return frame.count(b"[") + frame.count(b"{")


def _closers(frame: bytes) -> int:
    return frame.count(b"]") + frame.count(b"}")
