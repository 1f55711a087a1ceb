"""Who wrote a report in flake8's formats: ruff writes both, and each has codes and texts of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

EITHER = "flake8 or ruff"

# Rules of no plugin of flake8.
_RUFFS = re.compile(r"(?:AIR|FAST|FLY|FURB|NPY|PERF|PGH|PL[CEWR]|RUF|UP)\d{3,4}")
# Rules of flake8 itself and of pep8-naming, which ruff words anew. E9 quotes Python in both.
_REWORDED = re.compile(r"(?:E[1-7]|F[1-9]|N8|W[1-6])\d{2}|C901")
_RUFFS_TEXT = re.compile(r"[A-Z`]|f-string without any placeholders")


def writer_of(code: str, message: str) -> str:
    """Tell whose a finding is; empty where both may write it."""
    if _RUFFS.fullmatch(code):
        return "ruff"
    if not _REWORDED.fullmatch(code):
        return ""
    return "ruff" if _RUFFS_TEXT.match(message) else "flake8"


def writer(each: Iterable[str]) -> str:
    """Name the tool of a report by the writers of its findings; either where nothing tells, or both do."""
    names = set(each) - {""}
    return names.pop() if len(names) == 1 else EITHER
