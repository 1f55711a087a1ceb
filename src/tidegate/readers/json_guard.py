"""Checks on a JSON report's bytes before anything is built of them: encoding, depth, objects, keys."""

from __future__ import annotations

import re

from tidegate.readers.base import Limits, Unreadable
from tidegate.readers.json_keys import KeyWalk, NotWalked, RepeatedKey, parse_once

_CHUNK = 128 * 1024
_LONG = 128 * 1024  # bytes from which on learning what objects look like takes less than parsing them all

_ESCAPE = re.compile(rb"\\[\"\\]")  # the escapes of which the rest could be taken for a quote
_TEXT = re.compile(rb'"[^"]*"')
_NOT_BACKSLASH = re.compile(rb"[^\\]")
_NOT_FRAME = bytes(sorted(set(range(256)) - set(b'[]{}"')))
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


def check_structure(data: bytes, limits: Limits) -> None:
    """Refuse bytes that are not UTF-8, nest too deeply or hold too many objects.

    One pass, and nothing is built: each chunk is reduced to its brackets, so memory stays within
    a few chunks. Text that is not JSON at all may pass; the decoder names its fault.
    """
    depth = objects = start = 0
    in_text = False
    while start < len(data):
        end = _boundary(data, start + _CHUNK)
        chunk = data[start:end]
        _check_utf8(data, chunk, start)
        frame, in_text = _brackets(chunk, in_text)
        objects += frame.count(b"{")
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


def check_content(data: bytes, limits: Limits, *, remake: str) -> bool:
    """Refuse what is not UTF-8, nests too deeply, holds too many objects, or one that has a key twice.

    Returns whether the text could be followed to its end; one that cannot is no JSON. Readers of JSON keep
    one of the values of a repeated key and drop the other in silence: what was dropped may be the findings.
    So keys are compared at any depth, also where no reader would look.
    """
    if len(data) <= _LONG:
        check_structure(data, limits)
        check_keys(data, remake=remake)
        return True
    for start in [] if data.isascii() else range(0, len(data), _CHUNK):
        begin, end = _boundary(data, start), _boundary(data, start + _CHUNK)
        _check_utf8(data, data[begin:end], begin)
    # The shortest object of a list is `{},`; what has shorter ones is no JSON, which the walk finds.
    if len(data) > 3 * limits.max_items and data.count(b"{") > limits.max_items:
        check_structure(data, limits)  # unless most of them stand in texts
    try:
        KeyWalk(data, limits.max_depth).run()
    except RepeatedKey as repeated:
        raise _refusal(data, repeated.key, remake) from None
    except NotWalked:
        check_structure(data, limits)
        return False
    return True


def check_keys(data: bytes, *, remake: str) -> None:
    """Refuse a short text with an object that has a key twice; what is no JSON at all is passed over."""
    # One byte a character, whatever the text: structure and equal keys are the same as in UTF-8, unless a
    # letter is written out in one key and escaped in the other.
    encoding = "utf-8" if b"\\u" in data else "latin-1"
    try:
        parse_once(data.decode(encoding).lstrip(), encoding)
    except RepeatedKey as repeated:
        raise _refusal(data, repeated.key, remake) from None
    except (ValueError, RecursionError):
        return


def _refusal(data: bytes, key: bytes, remake: str) -> Unreadable:
    return Unreadable(f"{_repeated(data, key)} Write it again with {remake}.")


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
    """Keep the brackets that stand outside texts, and tell whether the chunk ends inside one."""
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
