"""What one coverage report lists of each source file, in a form small enough to keep and to join."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import repeat
from typing import TypeAlias

Counts: TypeAlias = "tuple[int, int]"
"""Covered and total."""

LineBranches: TypeAlias = "tuple[int, int, int, int]"
"""Covered, total, and, where the report names the branches of a line, what names them and a bit for each.

Both are 0 where the report tells no more than how many there are.
"""

ABOUT = ("lines", "branches", "functions")

_MOST_NAMED = 60  # branches of one line; a generated switch has more, and then only their number is kept
_COST_OF_AN_ENTRY = 64  # bits, about: a branching line, a function, a name


@dataclass(slots=True)
class SourceFile:
    """One source file: the n-th bit of `lines` is its line n, and of `hits` where a test came by.

    `unlisted` counts what the report declares of the file and does not list. `extra` counts lines that are
    listed as hit and are none that count (coverage.py once listed docstrings).
    """

    lines: int = 0
    hits: int = 0
    extra: int = 0
    branches: Mapping[int, LineBranches] = field(default_factory=dict)
    functions: Mapping[int, bool] = field(default_factory=dict)
    unlisted: Mapping[str, Counts] = field(default_factory=dict)


@dataclass(slots=True)
class SourceLines:
    """All files of one report by name; `unlisted` counts what is declared of no file in particular."""

    format: str
    files: dict[str, SourceFile] = field(default_factory=dict)
    unlisted: dict[str, Counts] = field(default_factory=dict)


def cost_of(highest: int, entries: int) -> int:
    """Tell about how many bits a file takes that has this highest line, branching lines and functions."""
    return 2 * highest + _COST_OF_AN_ENTRY * (entries + 1)


def bits_of(numbers: Collection[int]) -> int:
    """Set the n-th bit for each number n; some 30 ns a number, where shifting and adding takes a square."""
    if not numbers:
        return 0
    highest = max(numbers)
    flags = bytearray(b"0") * (highest + 1)
    deque(map(flags.__setitem__, map(highest.__sub__, numbers), repeat(ord("1"))), maxlen=0)
    return int(flags, 2)


def function_key(*parts: object) -> int:
    """Name a function by a number, so that long signatures cost nothing to keep."""
    return int.from_bytes(
        blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).digest()
    )


def named_branches(taken: Mapping[str, bool]) -> LineBranches:
    """Count the branches of a line, each of which has a name."""
    if len(taken) > _MOST_NAMED:
        return sum(taken.values()), len(taken), 0, 0
    names = sorted(taken)
    covered = bits = 0
    for place, name in enumerate(names):
        if taken[name]:
            covered, bits = covered + 1, bits | 1 << place
    return covered, len(names), zlib.crc32("\0".join(names).encode("utf-8", "replace")) or 1, bits


def added(counts: Iterable[Counts]) -> Counts:
    """Add covered to covered and total to total."""
    covered = total = 0
    for one_covered, one_total in counts:
        covered, total = covered + one_covered, total + one_total
    return covered, total


def least(counts: Iterable[Counts]) -> Counts:
    """Return what several counts mean together at the least: they may all cover the same.

    Covered is the largest of them, and what is not covered adds up, so that no union of any lines that give
    these counts has a lower rate, and none a better one is promised.
    """
    covered = missed = 0
    for one_covered, one_total in counts:
        covered, missed = max(covered, one_covered), missed + one_total - one_covered
    return covered, covered + missed
