"""Texts that must match a pattern as a whole, by patterns that the regex engines of all clients read."""

from __future__ import annotations

import re
from typing import overload

from marshmallow import ValidationError, validate

from tidegate.domain.catalog import NAME_PATTERN


class FullMatch(validate.Regexp):
    """A text that matches from its first character to its last; Python's `$` alone lets a newline follow."""

    def __init__(self, pattern: str, *, error: str | None = None) -> None:
        super().__init__(f"^(?:{pattern})$", error=error)
        self._pattern = re.compile(pattern)

    @overload
    def __call__(self, value: str) -> str: ...

    @overload
    def __call__(self, value: bytes) -> bytes: ...

    def __call__(self, value: str | bytes) -> str | bytes:
        """Return the value; raises `ValidationError` for any other, bytes included: JSON holds none."""
        if isinstance(value, bytes) or self._pattern.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


NAME = FullMatch(NAME_PATTERN, error="Not a name: lower-case letters, digits, '.', '_', '-'.")
# Git prints hashes in lower case; people paste them in any.
COMMIT = FullMatch(
    "[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", error="Not the full hash of a commit: 40 or 64 hexadecimal digits."
)
DIGEST = FullMatch("sha256:[0-9a-f]{64}", error="Not a digest: sha256: and 64 hexadecimal digits.")
CURSOR = FullMatch("[A-Za-z0-9_-]+", error="Not a cursor: send `next_cursor` of the page before as it is.")
NO_CONTROLS = FullMatch(r"[^\x00-\x1f]+", error="Holds a control character.")
