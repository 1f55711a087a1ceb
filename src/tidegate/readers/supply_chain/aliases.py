"""One vulnerability under several names: a CVE, a GHSA and a database's own number for the same problem."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

Entry = TypeVar("Entry")


def grouped(entries: Iterable[Entry], names: Callable[[Entry], Iterable[Hashable]]) -> Iterator[list[Entry]]:
    """Put together the entries that share a name, directly or through others, in the order of the first."""
    groups: list[list[Entry]] = []
    by_name: dict[Hashable, int] = {}
    for entry in entries:
        own = list(names(entry))
        joined = sorted({by_name[name] for name in own if name in by_name})
        first = joined[0] if joined else len(groups)
        if not joined:
            groups.append([])
        for other in joined[1:]:  # groups that this entry shows to be one
            groups[first] += groups[other]
            groups[other] = []
            by_name.update((name, first) for name, place in list(by_name.items()) if place == other)
        groups[first].append(entry)
        by_name.update(dict.fromkeys(own, first))
    return (group for group in groups if group)


def best_name(names: Iterable[str]) -> str:
    """Choose the name that a problem is known by: its CVE, which no database changes, else the first."""
    return min(
        (name for name in names if name), key=lambda name: (not name.startswith("CVE-"), name), default=""
    )
