"""One byte form for every value that is hashed, compared or signed, and the digest over it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"


def canonical_json(value: Json) -> bytes:
    """Write a value as canonical JSON (RFC 8785), so that equal values are equal bytes.

    Raises `ValueError` for what JSON cannot hold exactly: NaN, infinities and integers beyond 2**53.
    """
    return rfc8785.dumps(value)


def clean(text: str) -> str:
    """Replace what no JSON text may hold (lone surrogates, from file names) by question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def digest_of(data: bytes) -> str:
    """Name bytes by their SHA-256, written `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether a text is written as `digest_of` writes digests."""
    return _DIGEST.fullmatch(text) is not None
