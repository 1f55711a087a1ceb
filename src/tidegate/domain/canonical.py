"""One byte form for every value that is hashed, compared or signed, and the digest over it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LARGEST = 2**53 - 1
# The floats that Python writes as ECMAScript does, unless they are whole (1.0, there 1).
_LEAST_FLOAT, _MOST_FLOAT = 1e-4, 1e15

_write = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"


def canonical_json(value: Json) -> bytes:
    """Write a value as canonical JSON (RFC 8785), so that equal values are equal bytes.

    Raises `ValueError` for what JSON cannot hold exactly: NaN, infinities and integers beyond 2**53.
    """
    return _plain_json(value) or rfc8785.dumps(value)


def _plain_json(value: Json) -> bytes | None:
    """Write what the standard library's encoder writes canonically too, some ten times as fast.

    The two differ in some numbers, in the order of keys beyond ASCII and in what they refuse: then None.
    """
    try:
        if _is_plain(value):
            return _write(value).encode()
        whole = _with_whole_numbers(value)
        return _write(whole).encode() if _is_plain(whole) else None
    except (TypeError, ValueError, RecursionError):
        return None  # the slow way says what is wrong with it


def _is_plain(value: Json) -> bool:
    """Tell whether a value holds nothing that the two write differently."""
    if isinstance(value, dict):
        for key, below in value.items():
            if type(key) is not str or not key.isascii():
                return False
            # Most values are texts, and a call for each would cost more than writing them.
            if type(below) is not str and not _is_plain(below):
                return False
        return True
    if isinstance(value, (list, tuple)):
        # A verdict may name a thousand reports.
        return set(map(type, value)) <= {str} or all(map(_is_plain, value))
    if isinstance(value, float):
        return _LEAST_FLOAT <= abs(value) < _MOST_FLOAT and not value.is_integer()
    if isinstance(value, int):
        return -_LARGEST <= value <= _LARGEST
    return value is None or isinstance(value, str)


def _with_whole_numbers(value: Json) -> Json:
    """Write 1.0 as 1, as canonical JSON does: rates and durations are whole more often than not."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(below) for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [below if type(below) is str else _with_whole_numbers(below) for below in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def clean(text: str) -> str:
    """Replace what no JSON text may hold (lone surrogates, from file names) by question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def digest_of(data: bytes) -> str:
    """Name bytes by their SHA-256, written `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether a text is written as `digest_of` writes digests."""
    return _DIGEST.fullmatch(text) is not None
