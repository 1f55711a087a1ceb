"""API tokens as text: `tdg_`, who it is, the secret, and a checksum by which scanners find leaked ones."""

from __future__ import annotations

import hashlib
import re
import string
import zlib
from dataclasses import dataclass

PREFIX = "tdg_"
ID_LENGTH = 12
SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LENGTH = ID_LENGTH + SECRET_LENGTH + _CHECKSUM_LENGTH
PATTERN = f"{PREFIX}[0-9A-Za-z]{{{_LENGTH}}}"
"""What scanners look for; the last six characters tell a token from what only looks like one."""

_TOKEN = re.compile(PATTERN)


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token as it is presented: `id` names it and may be shown, `text` is the secret as a whole."""

    id: str
    text: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"TokenText(id={self.id!r})"

    def digest(self) -> str:
        """Return what is kept of it: the secret has 256 random bits, so a plain SHA-256 tells nothing."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()


def write_token(identifier: int, secret: int) -> TokenText:
    """Write a token of two random numbers: below 62^12, and of 256 bits."""
    name = _written(identifier, ID_LENGTH)
    body = name + _written(secret, SECRET_LENGTH)
    return TokenText(name, PREFIX + body + _checksum(body))


def read_token(text: str) -> TokenText | None:
    """Read a token that `write_token` wrote; None where it cannot be one."""
    if not _TOKEN.fullmatch(text):
        return None
    body, checksum = text[len(PREFIX) : -_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return TokenText(body[:ID_LENGTH], text) if _checksum(body) == checksum else None


def _checksum(body: str) -> str:
    return _written(zlib.crc32(body.encode("ascii")), _CHECKSUM_LENGTH)


def _written(number: int, length: int) -> str:
    """Write a number in base 62, filled up with zeros."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
