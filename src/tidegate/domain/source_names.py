"""Which names of several coverage reports mean the same source file: surely, perhaps, or surely not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from tidegate.domain.source_lines import SourceFile

Move: TypeAlias = "tuple[str, str]"
"""Two folders that are one and the same in two checkouts: the folder there, the folder here."""

_DRIVE = re.compile(r"[A-Za-z]:/")
_PLAIN = re.compile(r"(?:[^./\\][^/\\]*/)*[^./\\][^/\\]*")  # nothing to simplify
_HOMES = frozenset({"home", "Users", "builds", "tmp"})  # two machines may have these in common
_FEW_LINES = 20
_AGREE = 0.8  # share of the smaller file's lines that the larger lists too, of one source file
_MOST_PAIRS = 10_000


def source_name(name: str, folder: str = "") -> str:
    """Write a name as every report is compared: with slashes, and without `.`, `..` and empty parts.

    A relative name is one below `folder`, where that is given.
    """
    if folder in ("", ".", "./") and _PLAIN.fullmatch(name):
        return name
    path = _slashes(name.strip())
    if folder not in ("", ".", "./") and not is_absolute(path):
        path = f"{_slashes(folder)}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def is_absolute(name: str) -> bool:
    """Tell whether a name begins at the root of a file system, of whichever kind."""
    return name.startswith("/") or _DRIVE.match(name) is not None


def lines_agree(one: SourceFile, other: SourceFile) -> bool:
    """Tell whether two reports may speak of the same source file, by the lines that they list.

    Versions of a language and a compiler's options differ in a few lines. Two files that only have the name
    in common, as each `src/index.js` of a repository with many packages, differ in many.
    """
    smaller = min(one.lines.bit_count(), other.lines.bit_count())
    return smaller < _FEW_LINES or (one.lines & other.lines).bit_count() >= _AGREE * smaller


def surely_agree(one: SourceFile, other: SourceFile) -> bool:
    """Tell whether lines show that it is one source file: few lines do only where they are the very same."""
    return one.lines == other.lines or (_tells(one, other) and lines_agree(one, other))


def share_root(there: Mapping[str, SourceFile], here: Mapping[str, SourceFile]) -> bool:
    """Tell whether two reports surely name files from one folder: long files show it, and none denies it."""
    found = False
    for name in there.keys() & here.keys():
        if _tells(there[name], here[name]):
            if not lines_agree(there[name], here[name]):
                return False
            found = True
    return found


def _tells(one: SourceFile, other: SourceFile) -> bool:
    return min(one.lines.bit_count(), other.lines.bit_count()) >= _FEW_LINES


def may_be_same(one: str, other: str) -> bool:
    """Tell whether two different names can belong to one file.

    Both absolute: in two checkouts. Else one has to end like the other, which is decided from further up.
    """
    if is_absolute(one) and is_absolute(other):
        return _base(one) == _base(other)
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return not is_absolute(short) and long.endswith(f"/{short}")


def find_move(there: Mapping[str, SourceFile], here: Mapping[str, SourceFile]) -> Move | None:
    """Find the folder of one report that is surely another folder of a report without a name in common."""
    support: Counter[Move] = Counter()
    lines: Counter[Move] = Counter()
    with_folder: set[Move] = set()
    for one, other in _pairs(there, here):
        if may_be_same(one, other) and surely_agree(there[one], here[other]):
            move = _move(one, other)
            if is_absolute(one) and is_absolute(other) and not all(move):
                continue  # the root of a file system is no checkout
            support[move] += 1
            if one.count("/") - move[0].count("/") > 1:
                with_folder.add(move)
            lines[move] += min(there[one].lines.bit_count(), here[other].lines.bit_count())
    ranked = support.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    move, count = ranked[0]
    return move if _is_sure(move, count, lines[move], with_folder=move in with_folder) else None


def moved(name: str, move: Move) -> str:
    """Write a name as the other report writes it."""
    old, new = move
    if not old:
        return name if is_absolute(name) else f"{new}/{name}"
    if not name.startswith(f"{old}/"):
        return name
    rest = name[len(old) + 1 :]
    return f"{new}/{rest}" if new else rest


def perhaps_same(one: Iterable[str], other: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each pair of different names that can belong to one file."""
    for first, second in _pairs(one, other):
        if first != second and may_be_same(first, second):
            yield first, second


def _is_sure(move: Move, count: int, lines: int, *, with_folder: bool) -> bool:
    old, new = move
    if not old or not new:
        # Written from further up. Of two relative names the shorter may be a file of its own.
        return count > 1 or is_absolute(old or new)
    if with_folder and not _folders(old) & _folders(new):
        return True  # two machines
    # Two checkouts beside each other, or two packages in one: only like files, line for line, tell.
    return count > 1 and lines >= _FEW_LINES


def _folders(path: str) -> set[str]:
    first, *rest = path.strip("/").split("/")
    return set(rest) if first in _HOMES else {first, *rest}


def _pairs(one: Iterable[str], other: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair the names that end in the same file name, as far as they are not far too many."""
    by_base: dict[str, list[str]] = {}
    for name in other:
        by_base.setdefault(_base(name), []).append(name)
    left = _MOST_PAIRS
    for name in sorted(one, key=lambda name: (len(by_base.get(_base(name), ())), name)):
        for candidate in by_base.get(_base(name), ()):
            left -= 1
            if left < 0:
                raise TooManyPairs
            yield name, candidate


class TooManyPairs(Exception):
    """Two reports have so many files of one name that comparing them would take too long."""


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _move(there: str, here: str) -> Move:
    """Cut off what two names have in common at their ends."""
    old, new = there.split("/"), here.split("/")
    common = 0
    while common < min(len(old), len(new)) and old[-1 - common] == new[-1 - common]:
        common += 1
    return "/".join(old[: len(old) - common]), "/".join(new[: len(new) - common])


def _slashes(path: str) -> str:
    return path.replace("\\", "/")
