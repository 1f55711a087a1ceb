"""The `<line>` elements of Cobertura XML: read one by one, or as runs of bytes where they are plain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from operator import itemgetter

from tidegate.domain.source_lines import Counts
from tidegate.readers.xml import Attributes, XmlFault, printable

_CONDITIONS = re.compile(r"\s*(?:(\d{1,3}(?:[.,]\d+)?)\s*%\s*)?\((\d{1,9})/(\d{1,9})\)\s*")
# A <line> as most tools write it: its number, its hits without leading zeros, its conditions. ASCII
# alone, so that the bytes mean the same in every encoding that the parser knows.
PLAIN_LINE = re.compile(
    rb"<line number=\"(\d{1,9}+)\" hits=\"(?=\d)0*+(\d{0,18}+)\"(?:/>|(?: branch=\"[a-zA-Z]*+\")?"
    rb"(?: condition-coverage=\"([0-9.%()/ ]*+)\")?(?: missing-branches=\"[\w, >-]*+\")? ?/>)[ \t\r\n]*+"
)
_NUMBER, _HITS, _ABOVE_ZERO = itemgetter("number"), itemgetter("hits"), (0).__lt__
_WRAPPED = 2**63  # what a counter that fell below zero gives, written without its sign
_ONE_PERCENT = 1.0  # some tools cut a percentage to a whole number
_OVERFLOWN = (
    "Counters of threads overwrote one another: build with -fprofile-update=atomic, run the tests again and"
    " make the report again"
)


@dataclass(slots=True)
class LineList:
    """Lines of a class or a method: kept as they come, and understood a chunk at a time, which is faster."""

    pending: list[Attributes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    covered: list[int] = field(default_factory=list)
    branches: list[tuple[int, int, int]] = field(default_factory=list)  # line, covered, all

    def settle(self) -> None:
        """Understand the elements that came since the last time."""
        pending = self.pending
        try:
            numbers = list(map(int, map(_NUMBER, pending)))
            covered = list(compress(numbers, map(_ABOVE_ZERO, map(int, map(_HITS, pending)))))
        except (KeyError, ValueError):
            raise XmlFault("a <line> before here without a whole number or without hits") from None
        _check(numbers, map(int, map(_HITS, pending)))
        self.numbers += numbers
        self.covered += covered
        conditions = [line for line in pending if "condition-coverage" in line]
        self.branches += [(int(line["number"]), *_counts(line["condition-coverage"])) for line in conditions]
        pending.clear()

    def add_plain(
        self, numbers: Sequence[bytes], hits: Sequence[bytes], conditions: Sequence[bytes | None]
    ) -> None:
        """Add lines that are given as bytes; `hits` without leading zeros."""
        known = list(map(int, numbers))
        _check(known, ())  # hits of at most 18 digits, without a sign
        self.numbers += known
        self.covered += compress(known, hits)
        branching = zip(compress(known, conditions), filter(None, conditions), strict=True)
        self.branches += [(number, *_counts(text.decode())) for number, text in branching]

    def extend(self, other: LineList) -> None:
        """Add lines that were understood."""
        self.numbers += other.numbers
        self.covered += other.covered
        self.branches += other.branches


def _check(numbers: Sequence[int], hits: Iterable[int]) -> None:
    """Refuse numbers that no line and no counter can have."""
    if numbers and min(numbers) < 1:
        raise XmlFault(
            f"a <line> before here has the number {min(numbers)}, and there is no such line in a source file",
            "Update the tool that wrote it, and make the report again",
        )
    for count in hits:
        if not 0 <= count < _WRAPPED:
            raise XmlFault(f"a <line> before here has {count} hits, which is no count", _OVERFLOWN)


@lru_cache(maxsize=1024)  # few differ: '50% (1/2)' stands on every second branch
def _counts(conditions: str) -> Counts:
    match = _CONDITIONS.fullmatch(conditions)
    if match is None:
        raise XmlFault(f"a condition-coverage before here is {printable(conditions)!r}, not like '50% (1/2)'")
    covered, total = int(match[2]), int(match[3])
    if covered > total:
        raise XmlFault(
            f"a condition-coverage before here is {printable(conditions)!r}: more taken than there are"
        )
    if match[1] and total and abs(float(match[1].replace(",", ".")) - 100 * covered / total) >= _ONE_PERCENT:
        raise XmlFault(
            f"a condition-coverage before here is {printable(conditions)!r}, whose two parts disagree"
        )
    return covered, total
