"""One byte form for every value that is hashed, compared or signed, and the digest over it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# A number that Python may write in another way than ECMAScript, or that may be beyond what JSON holds: 1.0,
# 1e-07, 16 digits and more. The same inside a text is taken for one too, and only costs the slow way.
_NOT_PLAIN = re.compile(r"(?:^|[:,\[])-?(?:\d{16,}|\d+\.0|\d+(?:\.\d+)?e[+-]?\d+)(?=[,\]}]|$)")
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
        if not _has_plain_keys(value):
            return None
        text = _write(value)
        return None if _NOT_PLAIN.search(text) else text.encode()
    except (TypeError, ValueError, RecursionError):
        return None  # the slow way says what is wrong with it


def _has_plain_keys(value: Json) -> bool:
    """Tell whether every key is a text of ASCII, whose order is the same in every encoding."""
    if isinstance(value, dict):
        for key, below in value.items():
            if type(key) is not str or not key.isascii():
                return False
            if isinstance(below, (dict, list, tuple)) and not _has_plain_keys(below):
                return False
    elif isinstance(value, (list, tuple)):
        for below in value:
            if isinstance(below, (dict, list, tuple)) and not _has_plain_keys(below):
                return False
    return True


def clean(text: str) -> str:
    """Replace what no JSON text may hold (lone surrogates, from file names) by question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def digest_of(data: bytes) -> str:
    """Name bytes by their SHA-256, written `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether a text is written as `digest_of` writes digests."""
    return _DIGEST.fullmatch(text) is not None
