"""Who wrote a report in flake8's formats: ruff writes both, and each has codes and texts of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

EITHER = "flake8 or ruff"

# Rules of no plugin of flake8.
_RUFFS = re.compile(r"(?:AIR|FAST|FLY|FURB|NPY|PERF|PGH|PL[CEWR]|RUF|UP)\d{3,4}")
_MAYBE = "E9"  # quotes Python in both, and says in both that a file was not checked
# Rules of flake8 itself and of pep8-naming, which ruff words anew.
_REWORDED = re.compile(r"(?:E[1-7]|F[1-9]|N8|W[1-6])\d{2}|C901")
_RUFFS_TEXT = re.compile(r"[A-Z`]|f-string without any placeholders")


def writer_of(code: str, message: str) -> str:
    """Tell whose a finding is; empty where both may write it, `E9` where flake8 does more likely."""
    if _RUFFS.fullmatch(code):
        return "ruff"
    if not _REWORDED.fullmatch(code):
        return _MAYBE if code.startswith(_MAYBE) else ""
    return "ruff" if _RUFFS_TEXT.match(message) else "flake8"


def writer(each: Iterable[str]) -> str:
    """Name the tool of a report by the writers of its findings; either where nothing tells, or both do."""
    names = set(each)
    sure = names - {"", _MAYBE}
    if names == {_MAYBE}:
        return "flake8"
    return sure.pop() if len(sure) == 1 else EITHER
