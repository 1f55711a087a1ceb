"""Cobertura XML: line and branch coverage as coverage.py, gcovr, istanbul and Cobertura write it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import ABOUT, Counts, added
from tidegate.readers.base import NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.cobertura_lines import PLAIN_LINE, LineList
from tidegate.readers.coverage.cobertura_totals import (
    CoberturaPackage,
    Declared,
    held,
    held_rate,
    is_phpunit,
    number_of,
    read_declared,
)
from tidegate.readers.coverage.union import FileUnion, Union, counted
from tidegate.readers.own_times import epoch_time
from tidegate.readers.xml import Attributes, OnEnd, OnStart, XmlDocument, XmlFault, feed, printable
from tidegate.readers.xml_root import root_of

_LONGEST_FOLDER = 4096  # characters of a <source>


@dataclass(slots=True)
class _Method:
    """An open method; its own lines tell whether it was called, and only without any what it declares."""

    name: str
    signature: str
    declared: bool
    lines: LineList = field(default_factory=LineList)


class _CoberturaReport(XmlDocument):
    """The lines of one report, each counted once."""

    roots = frozenset({"coverage"})
    holder: str | None = "lines"

    def __init__(self) -> None:
        super().__init__()
        self.union = Union()
        self.root: Attributes = {}
        self.file: FileUnion | None = None
        self.method: _Method | None = None
        self.lines = self.own_lines = self.method_lines = LineList()
        self.listed: dict[str, Counts] = dict.fromkeys(("lines", "branches"), (0, 0))  # with repetitions
        self.totals: dict[str, Declared] = {}
        self.sources: list[str] = []
        self.package: CoberturaPackage | None = None
        self.class_name = ""
        self.declared_rate: str | None = None
        self.contradiction: str | None = None
        self.classes: dict[int, str | None] = {}  # by file: what its only class contradicts
        self._starts: dict[str, OnStart] = {
            "coverage": self.root_starts,
            "source": self.source_starts,
            "package": self.package_starts,
            "class": self.class_starts,
            "method": self.method_starts,
            "line": _nothing,
        }

    def starts(self) -> dict[str, OnStart]:
        return self._starts

    def ends(self) -> dict[str, OnEnd]:
        return {
            "source": self.source_ends,
            "package": self.package_ends,
            "class": self.class_ends,
            "method": self.method_ends,
        }

    def root_starts(self, attributes: Attributes) -> None:
        self.root.update(attributes)
        for about in ("lines", "branches"):
            self.totals[about] = read_declared(attributes, about)

    def source_starts(self, _: Attributes) -> None:
        self.sources.append("")
        self.listen(self.source_text)

    def source_text(self, text: str) -> None:
        if len(self.sources[-1]) < _LONGEST_FOLDER:
            self.sources[-1] += text

    def source_ends(self) -> None:
        self.listen(None)

    def package_starts(self, attributes: Attributes) -> None:
        self.package = CoberturaPackage(attributes.get("name", ""), attributes.get("line-rate"))

    def package_ends(self) -> None:
        package, self.package = self.package, None
        if package is not None:
            told = held_rate(
                f"package {printable(package.name)!r}", package.rate, package.listed, package.once()
            )
            self.contradiction = self.contradiction or told

    def class_starts(self, attributes: Attributes) -> None:
        if self.file is not None:
            raise XmlFault("a class inside a class")
        name = attributes.get("filename")
        if name is None:
            raise XmlFault(f"the class {printable(attributes.get('name'))!r} names no file")
        self.file, self.class_name = self.union.file(name), attributes.get("name", "")
        self.declared_rate = attributes.get("line-rate")
        self.own_lines, self.method_lines = LineList(), LineList()
        self._hear(self.own_lines)

    def method_starts(self, attributes: Attributes) -> None:
        if self.file is not None:
            hits = attributes.get("hits", "")
            called = number_of(attributes.get("line-rate", "")) > 0 or (hits.isdigit() and int(hits[:18]) > 0)
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
        counts = len(lines.covered), len(lines.numbers)
        self.listed["lines"] = added((counts, self.listed["lines"]))
        for number, covered, total in lines.branches:
            file.add_branches(number, covered, total)
        self.listed["branches"] = added(
            (self.listed["branches"], *((covered, total) for _, covered, total in lines.branches))
        )
        self._hold_class(file, lines)
        if self.package is not None:
            self.package.add(file, lines)

    def _hold_class(self, file: FileUnion, lines: LineList) -> None:
        """Hold the rate of a class against its lines; one of several may list all those of their file."""
        known, told = id(file) in self.classes, None
        if self.declared_rate is not None and not known:
            listed = len(lines.covered), len(lines.numbers)
            once = len(set(lines.covered)), len(set(lines.numbers))
            told = held_rate(f"class {printable(self.class_name)!r}", self.declared_rate, listed, once)
        self.classes[id(file)] = told

    def settle(self) -> None:
        self.lines.settle()

    def take(self, run: bytes) -> bool:
        run = run.lstrip(b" \t\r\n")
        # What stands before, between and after the lines, and of each line its number, hits and conditions.
        parts = PLAIN_LINE.split(run)
        numbers, hits, conditions = parts[1::4], parts[2::4], parts[3::4]
        if any(parts[::4]) or not self.skip(len(numbers)):
            return False
        if self.file is not None:
            self.lines.settle()
            self.lines.add_plain(numbers, hits, conditions)
        return True

    def _hear(self, lines: LineList) -> None:
        self.lines = lines
        self._starts["line"] = lines.pending.append

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or contradicts itself; None where it is whole."""
        if not self.listed["lines"][1]:
            valid = self.totals["lines"][0]
            what = f"declares {valid} lines but lists none" if valid else "lists no line"
            return f"The report {what}: no coverage was measured."
        total = self._held("lines") or self._held("branches")
        if total or is_phpunit(self.root):
            return total
        return next(filter(None, self.classes.values()), self.contradiction)

    def _held(self, about: str) -> str | None:
        return held(self.root, self.totals[about], self.listed[about], self.union, about)

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where none is listed."""
        values: dict[str, Value] = {"coverage.files": len(self.union.files)}
        for about in ABOUT:
            counts = self.union.count(about)
            not_counted = about == "branches" and self.totals[about][0] == 0
            if (counts[1] or about == "lines") and not not_counted:
                values |= counted(about, counts)
        return values

    def folder(self) -> str:
        """Return where relative names begin: of several sources none can be chosen."""
        sources = {source.strip() for source in self.sources} - {""}
        return sources.pop() if len(sources) == 1 else ""


def _nothing(_: Attributes) -> None:
    """Pass over a line that stands in no class."""


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
    report = _CoberturaReport()
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
        printable(version),
        ran=why_not is None,
        why_not=why_not,
        lines=(
            LazyLines(lambda: report.union.lines("cobertura", limits, report.folder()))
            if why_not is None
            else NO_LINES
        ),
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
            "the totals in `condition-coverage`, once a line, or `branches-valid` where that is more and its"
            " rate worse; not measured where no line has one, or `branches-valid` is 0"
        ),
        "coverage.branches_covered": (
            "the covered numbers in `condition-coverage`, the largest of a line's mentions, or"
            " `branches-covered`"
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
        (
            "istanbul declares more branches than it lists on lines: the worse of the two rates counts. A"
            " better declared branch rate than the listed one does no harm: tools count copies their own way."
        ),
        (
            "PHPUnit (`version` 0.4) counts lines outside of classes and functions and lists none: its"
            " own totals count, those of classes and packages do not. A class that shares its file with"
            " others may list all lines of it, as converters from JaCoCo do: its rate is not held either."
        ),
        (
            "What is declared (`lines-valid`, `lines-covered`, `line-rate`, of classes and packages too) has"
            " to lie between what is listed with repetitions and each line once, rates within the digits that"
            " they are written with (a fiftieth for classes and packages). More declared than listed means"
            " lost lines: files of one name in two source folders overwrite one another in coverage.py's XML."
        ),
        (
            "Refused as numbers that cannot be: line 0, hits below zero or from 2^63 (a counter below zero"
            " without its sign), totals that are no counts, rates beyond 0 to 1, `150% (3/2)`, and a"
            " percentage that contradicts its fraction by a whole per cent."
        ),
        (
            "Joined with other reports, files are named below `<source>` where there is exactly one; branches"
            " are known by their number alone."
        ),
        "A report without lines measured nothing. A file without lines still counts as a file.",
    ),
)
