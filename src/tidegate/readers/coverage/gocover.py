"""Go cover profiles: blocks of statements, as `go test -coverprofile` writes them, merged ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from tidegate.domain.measures import Kind
from tidegate.domain.source_lines import Counts, SourceFile, SourceLines, added, bits_of, cost_of
from tidegate.domain.source_names import source_name
from tidegate.readers.base import (
    NO_LINES,
    LazyLines,
    Limits,
    Reader,
    Reading,
    Source,
    Stream,
    Unreadable,
)
from tidegate.readers.coverage.union import counted
from tidegate.readers.lines import read_all_lines

_MODES = frozenset({"set", "count", "atomic"})
_BLOCK = re.compile(r"(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,9})", re.ASCII)
_LONGEST_COUNT = 19  # digits; a counter below zero, written without its sign, has 20
_AGAIN = "Make the profile again with `go test -coverprofile=cover.out ./...`"

Block: TypeAlias = tuple[int, int, int, int]
"""First line and column, last line and column."""


class _GoFile:
    """The blocks of one source file: positions and statements as they are written, and whether they ran."""

    __slots__ = ("covered", "ran", "total")

    def __init__(self) -> None:
        self.ran: dict[str, bool] = {}
        self.covered = self.total = 0  # statements

    def add(self, place: str, statements: int, ran: bool) -> None:
        """Add a block that was not there before."""
        self.ran[place] = ran
        self.total += statements
        self.covered += statements * ran

    def runs(self, place: str) -> None:
        """Note that a block ran that did not so far."""
        self.ran[place] = True
        self.covered += int(place.rpartition(" ")[2])

    def is_of_one_source(self) -> bool:
        """Tell whether no block has two numbers of statements."""
        return len({place.partition(" ")[0] for place in self.ran}) == len(self.ran)

    def blocks(self) -> Iterator[tuple[Block, int, bool]]:
        """Give each block with its statements and whether it ran."""
        for text, ran in self.ran.items():
            found = _BLOCK.fullmatch(text)
            if found is not None:  # each was matched before
                first, column, last, end, statements = map(int, found.groups())
                yield (first, column, last, end), statements, ran

    def to_source(self) -> SourceFile:
        """Give each statement a line of its block, so that profiles can be joined; the rest is unlisted."""
        free = _FreeLines()
        lines: list[int] = []
        hits: list[int] = []
        unlisted = (0, 0)
        # The block that ends first takes its lines first: what follows has more to choose from.
        for (first, _, last, _), statements, ran in sorted(
            self.blocks(), key=lambda one: (one[0][2], one[0])
        ):
            taken = free.take(first, last, statements)
            lines += taken
            hits += taken if ran else ()
            rest = statements - len(taken)
            unlisted = added((unlisted, (rest * ran, rest)))
        return SourceFile(bits_of(lines), bits_of(hits), unlisted={"lines": unlisted} if unlisted[1] else {})

    def cost(self) -> int:
        """Tell how much the lines take."""
        highest = max((min(last, first + statements) for (first, _, last, _), statements, _ in self.blocks()))
        return cost_of(highest, 0)


class _FreeLines:
    """The lines of a file that no statement was given yet."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def take(self, first: int, last: int, most: int) -> list[int]:
        """Take the first free lines from one to another."""
        taken: list[int] = []
        line = self._find(first)
        while line <= last and len(taken) < most:
            taken.append(line)
            self._next[line] = line + 1
            line = self._find(line)
        return taken

    def _find(self, line: int) -> int:
        passed = []
        while line in self._next:
            passed.append(line)
            line = self._next[line]
        for one in passed:
            self._next[one] = line
        return line


class _Profile:
    """All blocks of a report, each once, however many profiles were put together."""

    def __init__(self, source: Source) -> None:
        self._name = source.name
        self._begun = False
        self.files: dict[str, _GoFile] = {}

    def take(self, number: int, line: str) -> None:
        """Take one line that is not blank; raises `Unreadable`."""
        if line.startswith("mode:"):
            mode = line.removeprefix("mode:").strip()
            if mode not in _MODES:
                raise self._refusal(number, f"the mode {mode[:20]!r} is not known")
            self._begun = True
            return
        block, _, count = line.rpartition(" ")
        name, _, place = block.rpartition(":")
        if not (count.isascii() and count.isdigit() and len(count) <= _LONGEST_COUNT):
            raise self._refusal(number, _wrong_count(count, line))
        ran = count.strip("0") != ""
        file = self.files.get(name)
        known = file.ran.get(place) if file is not None else None
        if file is None or known is None:
            self._begin(number, line, name, place, ran)
        elif ran and not known:
            file.runs(place)

    def _begin(self, number: int, line: str, name: str, place: str, ran: bool) -> None:
        """Check a block that was not there before, and add it."""
        if not self._begun:
            raise self._refusal(number, "the profile does not begin with `mode: set`, `count` or `atomic`")
        found = _BLOCK.fullmatch(place)
        if found is None or not name:
            raise self._refusal(number, f"{line[:60]!r} is no block of a profile")
        first, _, last, _, statements = found.groups()
        if not int(first) or not int(last):
            raise self._refusal(number, "there is no line 0 in a source file")
        self.files.setdefault(name, _GoFile()).add(place, int(statements), ran)

    def count(self) -> Counts:
        """Count the statements that ran, and all, of all files; raises `Unreadable`."""
        for name, file in self.files.items():
            if not file.is_of_one_source():
                raise Unreadable(
                    f"{self._name}: a block of {name[:60]!r} has two numbers of statements: profiles of"
                    f" different sources were put together. {_AGAIN}."
                )
        return added((file.covered, file.total) for file in self.files.values())

    def source_lines(self, limits: Limits) -> SourceLines | None:
        """Return the statements as lines, to be joined with other reports; None where that takes too much."""
        if sum(file.cost() for file in self.files.values()) > 2 * limits.max_lines:
            return None
        names = {name: source_name(name) for name in self.files}
        if len(set(names.values())) < len(names):
            names = {name: name for name in names}
        return SourceLines("gocover", {names[name]: file.to_source() for name, file in self.files.items()})

    def _refusal(self, number: int, what: str) -> Unreadable:
        return Unreadable(f"{self._name}, line {number}: {what}. {_AGAIN}.")


def _wrong_count(count: str, line: str) -> str:
    digits = count.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        return f"{count[:24]} is no count: a counter fell below zero"
    return f"{line[:60]!r} is no block of a profile: it does not end with a count"


def _sniff(source: Source) -> bool:
    first = source.head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    key, _, mode = first.partition(b":")
    return key == b"mode" and mode.strip() in {known.encode() for known in _MODES}


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    profile = _Profile(source)
    for number, line in read_all_lines(source, limits):
        text = line.strip()
        if text:
            profile.take(number, text)
    counts = profile.count()
    why_not = None
    if not counts[1]:
        what = "no statement" if profile.files else "no block"
        why_not = (
            f"The profile lists {what}: no coverage was measured. Look at the packages and `-coverpkg` of"
            " `go test`."
        )
    return Reading(
        "gocover",
        Kind.COVERAGE,
        "go",
        counted("lines", counts) | {"coverage.files": len(profile.files)},
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: profile.source_lines(limits)) if why_not is None else NO_LINES,
    )


READER = Reader(
    format="gocover",
    title="Go cover profile",
    kind=Kind.COVERAGE,
    source="https://pkg.go.dev/golang.org/x/tools/cover",
    follows={
        "coverage.lines_total": (
            "statements of the distinct blocks of each file, as `go tool cover -func`" " counts"
        ),
        "coverage.lines_covered": "statements of the blocks of which any mention has a count above 0",
        "coverage.files": "distinct file names",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A profile cut off between two lines looks complete: it has neither an end nor a total.",
        (
            "Lines are statements, since a block tells how many it has and not where: so is the percentage of"
            " `go test -cover`. Peers that count the lines from a block's first to its last count blank lines"
            " and braces too (33 lines where there are 21 statements)."
        ),
        (
            "A block that stands in the profile several times (`-coverpkg`, or profiles put together, of any"
            " modes) counts once, and ran if any mention did; Go's own tools merge them so. One peer counts"
            " such a block as covered and again as missed."
        ),
        (
            "Refused: a block with two numbers of statements, as Go's own tools do; counts below zero, and"
            " from 10^19 (below zero without its sign)."
        ),
        (
            "Joined with other reports, each statement of a block takes one of its lines; what does not fit"
            " counts at the least that it can mean. Branches and functions are not in a profile."
        ),
    ),
)
