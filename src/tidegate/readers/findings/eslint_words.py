"""What ESLint says in messages without a rule, in its own formats and in borrowed ones."""

from __future__ import annotations

# Of a file that was checked; all others say that it was not parsed, or was ignored.
_CHECKED = (
    "Unused eslint-disable directive",
    "Unused eslint-enable directive",
    "Unused inline config",
    "/* eslint-env */ comments are no longer supported",
)
_NO_EFFECT = "has no effect because you have"
IGNORED = "File ignored "


def is_of_checked_file(text: str) -> bool:
    """Tell whether a message without a rule is about comments in a file that ESLint did check."""
    return text.startswith(_CHECKED) or _NO_EFFECT in text
