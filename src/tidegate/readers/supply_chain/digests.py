"""Digests as in-toto writes them: which of them stand for an artifact, and how long each is."""

from __future__ import annotations

import re
from collections.abc import Mapping

# https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
_HEX = {
    "sha224": (56,),
    "sha256": (64,),
    "sha384": (96,),
    "sha512": (128,),
    "sha512_224": (56,),
    "sha512_256": (64,),
    "sha3_224": (56,),
    "sha3_256": (64,),
    "sha3_384": (96,),
    "sha3_512": (128,),
    "blake2s": (64,),
    "blake2b": (128,),
    "sm3": (64,),
    "gitCommit": (40, 64),
    "gitTree": (40, 64),
    "gitBlob": (40, 64),
    "gitTag": (40, 64),
}
_DIGITS = re.compile(r"[0-9a-f]+")
_DIRECTORY = re.compile(r"h1:[A-Za-z0-9+/]{43}=")


def pins(digests: Mapping[str, str] | None) -> bool:
    """Tell whether one of the digests stands for the very bytes; MD5 and SHA-1 do not."""
    return any(_is_digest(name, digest) for name, digest in (digests or {}).items())


def malformed(digests: Mapping[str, str] | None) -> str | None:
    """Name a digest whose algorithm is known and whose value is none of it."""
    return next(
        (name for name, d in (digests or {}).items() if name in _HEX and not _is_digest(name, d)), None
    )


def _is_digest(name: str, digest: str) -> bool:
    if name == "dirHash":
        return _DIRECTORY.fullmatch(digest) is not None
    return len(digest) in _HEX.get(name, ()) and _DIGITS.fullmatch(digest) is not None
