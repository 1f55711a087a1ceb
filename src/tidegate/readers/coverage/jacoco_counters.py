"""The levels of a JaCoCo report while they are open: their counters, and where these do not add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.domain.source_lines import Counts
from tidegate.readers.coverage.union import FileUnion
from tidegate.readers.xml import printable

ABOUT = {"LINE": "lines", "BRANCH": "branches", "METHOD": "functions"}
AGAIN = "Make the report again from the build's own execution data"


@dataclass(slots=True)
class Node:
    """An open element: its own counters as (covered, total), and the sums of its parts'.

    `classes` holds the sums of a package's classes by source file, `methods` which of them were called;
    `uncounted` are the methods of a class that have no counter of their own, by whether a line of them ran.
    """

    kind: str
    name: str
    source: str = ""
    own: dict[str, Counts] = field(default_factory=dict)
    parts: dict[str, Counts] = field(default_factory=dict)
    has_parts: bool = False
    classes: dict[str, dict[str, Counts]] = field(default_factory=dict)
    methods: dict[str, dict[tuple[str, str, str], bool]] = field(default_factory=dict)
    uncounted: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    signature: tuple[str, str] = ("", "")
    file: FileUnion | None = None

    def counters(self) -> dict[str, Counts]:
        """Give its own counters, or its parts' where it has none."""
        return self.own or self.parts

    def add(self, counters: Mapping[str, Counts]) -> None:
        """Add a part's counters."""
        self.has_parts = True
        add_counters(self.parts, counters)


def add_counters(sums: dict[str, Counts], counters: Mapping[str, Counts]) -> None:
    """Add counters to sums of them."""
    for type_, (covered, total) in counters.items():
        known_covered, known_total = sums.get(type_, (0, 0))
        sums[type_] = (known_covered + covered, known_total + total)


def shortfall(node: Node) -> str | None:
    """Tell where a level's counter is not that of its parts; None where it adds up."""
    for type_, about in ABOUT.items():
        own, parts = node.own.get(type_), node.parts.get(type_, (0, 0))
        if own is None:
            own = (0, 0)
            if not node.own or type_ not in node.parts:
                continue
        if node.kind == "package":
            # A class that names no source file may stand in one all the same: parts may be more, never less.
            adds_up = own[0] <= parts[0] and own[1] <= parts[1]
        else:
            adds_up = own == parts
        if not adds_up:
            return disagreement(node, own, about, "parts", parts)
    return None


def disagreement(node: Node, own: Counts, about: str, what: str, parts: Counts) -> str:
    cause = "parts are missing" if own[1] > parts[1] else "it was edited or is damaged"
    return (
        f"The {node.kind} {printable(node.name)!r} counts {own[0]} of {own[1]} {about} but its {what} "
        f"{parts[0]} of {parts[1]}: {cause}. {AGAIN}."
    )
