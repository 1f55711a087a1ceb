"""Cobertura XML: line and branch coverage as coverage.py, gcovr, istanbul and Cobertura write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from operator import itemgetter

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.own_times import epoch_time
from tidegate.readers.union import FileUnion, Union, counted
from tidegate.readers.xml import Attributes, Document, Fault, OnEnd, OnStart, declared, feed, shown
from tidegate.readers.xml_root import root_of

_CONDITIONS = re.compile(r"\((\d{1,9})/(\d{1,9})\)")
# A <line> as most tools write it: its number, its hits without leading zeros, its conditions. ASCII
# alone, so that the bytes mean the same in every encoding that the parser knows.
_PLAIN = re.compile(
    rb"<line number=\"(\d{1,9}+)\" hits=\"(?=\d)0*+(\d{0,18}+)\"(?:/>|(?: branch=\"[a-zA-Z]*+\")?"
    rb"(?: condition-coverage=\"([0-9.%()/ ]*+)\")?(?: missing-branches=\"[\w, >-]*+\")? ?/>)[ \t\r\n]*+"
)
_NUMBER, _HITS, _ABOVE_ZERO = itemgetter("number"), itemgetter("hits"), (0).__lt__
_ROUNDING = 0.01  # tools round the declared rate to two digits at the worst


@dataclass(slots=True)
class _Lines:
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
            raise Fault("a <line> before here without a whole number or without hits") from None
        self.numbers += numbers
        self.covered += covered
        conditions = [line for line in pending if "condition-coverage" in line]
        self.branches += [(int(line["number"]), *_counts(line["condition-coverage"])) for line in conditions]
        pending.clear()

    def add_plain(
        self, numbers: Sequence[bytes], hits: Sequence[bytes], conditions: Sequence[bytes | None]
    ) -> None:
        """Add lines that are told by their bytes; `hits` without leading zeros."""
        known = list(map(int, numbers))
        self.numbers += known
        self.covered += compress(known, hits)
        branching = zip(compress(known, conditions), filter(None, conditions), strict=True)
        self.branches += [(number, *_counts(told.decode())) for number, told in branching]

    def extend(self, other: _Lines) -> None:
        """Add lines that were understood."""
        self.numbers += other.numbers
        self.covered += other.covered
        self.branches += other.branches


@lru_cache(maxsize=1024)  # few differ: '50% (1/2)' stands on every second branch
def _counts(conditions: str) -> tuple[int, int]:
    match = _CONDITIONS.search(conditions)
    if match is None:
        raise Fault(f"a condition-coverage before here is {shown(conditions)!r}, not like '50% (1/2)'")
    return int(match[1]), int(match[2])


@dataclass(slots=True)
class _Method:
    """An open method; its own lines tell whether it was called, and only without any what it declares."""

    name: str
    signature: str
    declared: bool
    lines: _Lines = field(default_factory=_Lines)


class _Report(Document):
    """The lines of one report, each counted once."""

    roots = frozenset({"coverage"})
    holder: str | None = "lines"

    def __init__(self) -> None:
        super().__init__()
        self.union = Union()
        self.root: Attributes = {}
        self.file: FileUnion | None = None
        self.method: _Method | None = None
        self.lines = self.own_lines = self.method_lines = _Lines()
        self.listed = self.listed_covered = 0
        self._starts: dict[str, OnStart] = {
            "coverage": self.root.update,
            "class": self.class_starts,
            "method": self.method_starts,
            "line": _nothing,
        }

    def starts(self) -> dict[str, OnStart]:
        return self._starts

    def ends(self) -> dict[str, OnEnd]:
        return {"class": self.class_ends, "method": self.method_ends}

    def class_starts(self, attributes: Attributes) -> None:
        if self.file is not None:
            raise Fault("a class inside a class")
        name = attributes.get("filename")
        if name is None:
            raise Fault(f"the class {shown(attributes.get('name'))!r} names no file")
        self.file = self.union.file(name)
        self.own_lines, self.method_lines = _Lines(), _Lines()
        self._hear(self.own_lines)

    def method_starts(self, attributes: Attributes) -> None:
        if self.file is not None:
            rate, hits = attributes.get("line-rate", ""), attributes.get("hits", "")
            called = _rate(rate) not in (None, 0.0) or (hits.isdigit() and int(hits[:18]) > 0)
            self.method = _Method(attributes.get("name", ""), attributes.get("signature", ""), called)
            self._hear(self.method.lines)

    def method_ends(self) -> None:
        method, self.method = self.method, None
        if method is None or self.file is None:
            return
        lines = method.lines
        lines.settle()
        called = bool(lines.covered) if lines.numbers else method.declared
        self.file.add_function((method.name, method.signature, *lines.numbers[:1]), called)
        self.method_lines.extend(lines)
        self._hear(self.own_lines)

    def class_ends(self) -> None:
        file, self.file = self.file or FileUnion(), None
        self._starts["line"] = _nothing
        self.own_lines.settle()
        lines = self.own_lines if self.own_lines.numbers else self.method_lines
        file.add_lines(lines.numbers, lines.covered)
        self.listed += len(lines.numbers)
        self.listed_covered += len(lines.covered)
        for number, covered, total in lines.branches:
            file.add_branches(number, covered, total)

    def settle(self) -> None:
        self.lines.settle()

    def take(self, run: bytes) -> bool:
        run = run.lstrip(b" \t\r\n")
        # What stands before, between and after the lines, and of each line its number, hits and conditions.
        parts = _PLAIN.split(run)
        numbers, hits, conditions = parts[1::4], parts[2::4], parts[3::4]
        if any(parts[::4]) or not self.skip(len(numbers)):
            return False
        if self.file is not None:
            self.lines.settle()
            self.lines.add_plain(numbers, hits, conditions)
        return True

    def _hear(self, lines: _Lines) -> None:
        self.lines = lines
        self._starts["line"] = lines.pending.append

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or lacks lines; None where it is whole."""
        valid = declared(self.root, "lines-valid")
        if not self.listed:
            told = f"declares {valid} lines but lists none" if valid else "lists no line"
            return f"The report {told}: no coverage was measured."
        if valid is not None:
            if valid > self.listed:
                return f"The report declares {valid} lines but lists {self.listed}: lines are missing."
            return None
        rate = _rate(self.root.get("line-rate", ""))
        covered, total = self.union.lines()
        listed = min(covered / total, self.listed_covered / self.listed)
        if rate is not None and rate < listed - _ROUNDING:
            return (
                f"The report declares a line rate of {rate:.4f} but its listed lines give {listed:.4f}: "
                "uncovered lines are missing."
            )
        return None

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where none is listed."""
        values = counted("lines", self.union.lines()) | {"coverage.files": len(self.union.files)}
        for name, counts in (("branches", self.union.branches()), ("functions", self.union.functions())):
            if counts[1]:
                values |= counted(name, counts)
        return values


def _nothing(_: Attributes) -> None:
    """Pass over a line that stands in no class."""


def _rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0.0 <= rate <= 1.0 else None


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name != "coverage":
        return False
    # Clover and SonarQube's generic format have the same root, but neither of these.
    return (
        "line-rate" in root.attributes
        or root.child in ("packages", "sources")
        or "cobertura" in root.doctype.lower()
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _Report()
    for _ in feed(source, limits, report):
        yield from ()
    tool, version = "cobertura", report.root.get("version", "")
    if version.startswith("gcovr "):
        tool, version = "gcovr", version.removeprefix("gcovr ")
    elif b"Generated by coverage.py" in source.head:
        tool = "coverage.py"
    why_not = report.why_not()
    return Reading(
        "cobertura",
        Kind.COVERAGE,
        tool,
        report.measures(),
        shown(version),
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(report.root.get("timestamp")),
    )


READER = Reader(
    format="cobertura",
    title="Cobertura XML",
    kind=Kind.COVERAGE,
    source="https://github.com/cobertura/cobertura/blob/master/cobertura/src/site/htdocs/xml/coverage-04.dtd",
    follows={
        "coverage.lines_total": (
            "distinct line numbers of each file; a class's own `<lines>`, or its methods' where it has none"
        ),
        "coverage.lines_covered": "lines of which any mention has `hits` above 0",
        "coverage.branches_total": (
            "the totals in `condition-coverage`, once a line; not measured where no line has one"
        ),
        "coverage.branches_covered": (
            "the covered numbers in `condition-coverage`, the largest of a line's mentions"
        ),
        "coverage.functions_total": (
            "distinct `<method>` elements of each file, by name, signature and first line; not "
            "measured where none is listed"
        ),
        "coverage.functions_covered": "methods of which a listed line has `hits` above 0",
        "coverage.files": "distinct `filename` values of the classes",
    },
    sniff=_sniff,
    read=_read,
    tools=("coverage/cobertura", "coverage/gcovr", "coverage/coverage.py"),
    notes=(
        (
            "A line that is listed several times (template instances, constructor copies, inner classes)"
            " counts once, with its largest hits: gcovr counts every copy (19 lines where the source file has"
            " 17)."
        ),
        (
            "A line with hits is covered even where none of its branches was taken; the branches are counted"
            " apart."
        ),
        (
            "A method is covered by its own lines' hits alone: the line where it is declared may be hit when"
            " it is not called."
        ),
        (
            '`branch="true"` without `condition-coverage` does not say how many branches there are: none is'
            " counted."
        ),
        "Declared branch totals are not compared: istanbul declares more branches than it lists on lines.",
        (
            "More lines declared (`lines-valid`) than listed, or, where that is absent, a declared rate more"
            " than a hundredth below that of the listed lines, means that lines are missing: the tool's work"
            " is not all there."
        ),
        "A report without lines measured nothing. A file without lines still counts as a file.",
    ),
)
