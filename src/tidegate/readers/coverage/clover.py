"""Clover XML: coverage as PHPUnit, Istanbul (nyc, Jest, c8), gcovr and Clover itself write it."""

from __future__ import annotations

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import Counts, added
from tidegate.readers.base import NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.clover_files import CloverFile
from tidegate.readers.coverage.union import Union, counted
from tidegate.readers.own_times import epoch_time
from tidegate.readers.xml import (
    Attributes,
    OnEnd,
    OnStart,
    XmlDocument,
    XmlFault,
    feed,
    printable,
    whole_number,
)
from tidegate.readers.xml_root import root_of

# What is counted, and the attributes of <metrics> that declare it.
_DECLARED = {
    "lines": ("statements", "coveredstatements"),
    "branches": ("conditionals", "coveredconditionals"),
    "functions": ("methods", "coveredmethods"),
}
_TYPES = frozenset({"stmt", "cond", "method"})
_AGAIN = "Make the report again with the tool itself"


class _CloverReport(XmlDocument):
    """The lines of one report, each counted once, and held against the metrics of files and project."""

    roots = frozenset({"coverage"})

    def __init__(self) -> None:
        super().__init__()
        self.union = Union()
        self.root: Attributes = {}
        self.file: CloverFile | None = None
        self.sums: dict[str, Counts] = dict.fromkeys(_DECLARED, (0, 0))  # of what the files declare
        self.declared: dict[str, Counts] = {}
        self.number_of_files: int | None = None
        self.listed_files = 0
        self.all_declare = True
        self.has_conditions = self.has_methods = False
        self.contradiction: str | None = None
        self._open: list[str] = []

    def starts(self) -> dict[str, OnStart]:
        return {
            "coverage": self.root.update,
            "project": lambda _: self._open.append("project"),
            "testproject": lambda _: self._open.append("testproject"),
            "class": lambda _: self._open.append("class"),
            "package": lambda _: self._open.append("package"),
            "file": self.file_starts,
            "metrics": self.metrics,
            "line": self.line,
        }

    def ends(self) -> dict[str, OnEnd]:
        closing: dict[str, OnEnd] = dict.fromkeys(("project", "testproject", "class", "package"), self.closes)
        return closing | {"file": self.file_ends}

    def closes(self) -> None:
        self._open.pop()

    def file_starts(self, attributes: Attributes) -> None:
        if self.file is not None:
            raise XmlFault("a file inside a file")
        name = attributes.get("path") or attributes.get("name")
        if not name:
            raise XmlFault("a <file> has no name")
        if "testproject" not in self._open:  # tests are not what is tested
            self.listed_files += 1
            self.file = CloverFile(name, self.union.file(name))

    def metrics(self, attributes: Attributes) -> None:
        place = self._open[-1] if self._open else ""
        if place == "class" or (self.file is None and place != "project"):
            return
        declared = {
            about: (whole_number(attributes[covered], covered), whole_number(attributes[total], total))
            for about, (total, covered) in _DECLARED.items()
            if total in attributes and covered in attributes
        }
        if self.file is not None:
            self.file.declared = declared
            return
        self.declared = declared
        if "files" in attributes:
            self.number_of_files = whole_number(attributes["files"], "files")

    def line(self, attributes: Attributes) -> None:
        file = self.file
        if file is None:
            return
        number = whole_number(attributes.get("num"), "num of a <line>")
        if number < 1:
            raise XmlFault("there is no line 0 in a source file", _AGAIN)
        type_ = attributes.get("type", "stmt")
        if type_ not in _TYPES:
            raise XmlFault(f"a <line> of the type {printable(type_)!r}", "Name the report's true format")
        if type_ == "cond" and "truecount" in attributes:
            true = whole_number(attributes["truecount"], "truecount of a <line>")
            false = whole_number(attributes.get("falsecount"), "falsecount of a <line>")
            file.conditions.add(number, true, false)
            if "count" not in attributes:
                return  # Clover's own: the statement has a <line> of its own
        hit = whole_number(attributes.get("count"), "count of a <line>") > 0
        if type_ == "method":
            key = number, attributes.get("signature") or attributes.get("name", "")
            file.methods[key] = hit or file.methods.get(key, False)
        else:
            file.lines[number] = hit or file.lines.get(number, False)

    def file_ends(self) -> None:
        file, self.file = self.file, None
        if file is None:
            return
        file.union.add_lines(file.lines, (number for number, hit in file.lines.items() if hit))
        for key, called in file.methods.items():
            file.union.add_function(key, called)
        branches = file.conditions.chosen(file.declared.get("branches"))
        for number, (covered, total) in branches.items():
            file.union.add_branches(number, covered, total)
        self.has_conditions = self.has_conditions or bool(branches)
        self.has_methods = self.has_methods or bool(file.methods)
        self.all_declare = self.all_declare and "lines" in file.declared
        listed = {
            "lines": (sum(file.lines.values()), len(file.lines)),
            "branches": added(branches.values()),
            "functions": (sum(file.methods.values()), len(file.methods)),
        }
        for about, declared in file.declared.items():
            self.sums[about] = added((self.sums[about], declared))
            fault = self._held(file, about, declared, listed[about])
            self.contradiction = self.contradiction or fault

    def _held(self, file: CloverFile, about: str, declared: Counts, listed: Counts) -> str | None:
        """Hold what a file declares against what it lists; take over what it has reason not to list."""
        more_covered, more = declared[0] - listed[0], declared[1] - listed[1]
        said = f"The file {file.name[-60:]!r} declares {declared[0]} covered of {declared[1]} {about}"
        if declared[0] > declared[1]:
            return f"{said}: it was edited or is damaged. {_AGAIN}."
        if about == "functions":
            # PHPUnit calls a method covered when all of its lines are: what its lines say is what counts.
            if more < 0:
                return _fault(said, listed)
            covered = min(max(more_covered, 0), more)
            if more:
                file.union.add_unlisted(about, (covered, more))
            return None
        if about == "lines":
            return self._held_lines(file, said, (more_covered, more), listed)
        if not 0 <= more_covered <= more:
            return _fault(said, listed)
        if more and (not listed[1] or declared[0] * listed[1] < listed[0] * declared[1]):
            file.union.add_unlisted(about, (more_covered, more))
        return None

    def _held_lines(self, file: CloverFile, said: str, more: Counts, listed: Counts) -> str | None:
        """Hold statements against lines, on each of which several statements may begin."""
        hidden = file.hidden_lines()
        if more[1] > hidden and not listed[1]:
            return f"{said} and lists none: lines are missing. {_AGAIN}."
        if not 0 <= more[0] <= more[1]:
            return _fault(said, listed)
        if not more[1]:
            return None
        if "clover" not in self.root:
            if more[1] > hidden:
                return f"{said} and lists {listed[1]}: lines are missing. {_AGAIN}."
            file.union.add_unlisted("lines", more)
        elif not listed[1] or (listed[0] + more[0]) * listed[1] < listed[0] * (listed[1] + more[1]):
            # Written by PHPUnit or with several statements on a line, which cannot be told: the lower rate.
            taken = min(more[1], hidden)
            file.union.add_unlisted("lines", (max(0, more[0] - (more[1] - taken)), taken))
        return None

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or contradicts itself; None where it is whole."""
        if not self.union.count("lines")[1]:
            total = self.declared.get("lines", (0, 0))[1]
            what = f"declares {total} statements but lists no line" if total else "lists no line"
            return self.contradiction or f"The report {what}: no coverage was measured."
        return self.contradiction or self._wrong_totals()

    def _wrong_totals(self) -> str | None:
        if self.number_of_files is not None and self.number_of_files != self.listed_files:
            return (
                f"The report declares {self.number_of_files} files and lists {self.listed_files}: it was cut"
                f" or filtered after it was made. {_AGAIN}."
            )
        for about, declared in self.declared.items():
            if self.all_declare and declared != self.sums[about]:
                covered, total = self.sums[about]
                return (
                    f"The report declares {declared[0]} covered of {declared[1]} {about} and its files"
                    f" {covered} of {total}: it was cut or edited after it was made. {_AGAIN}."
                )
        return None

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where nothing tells of them."""
        values: dict[str, Value] = {"coverage.files": len(self.union.files)}
        values |= counted("lines", self.union.count("lines"))
        if self.has_conditions or self.sums["branches"][1]:
            values |= counted("branches", self.union.count("branches"))
        if self.has_methods or self.sums["functions"][1]:
            values |= counted("functions", self.union.count("functions"))
        return values


def _fault(said: str, listed: Counts) -> str:
    return f"{said} and lists {listed[0]} of {listed[1]}: it was edited or is damaged. {_AGAIN}."


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name != "coverage" or "line-rate" in root.attributes:
        return False
    return root.child == "project" or "clover" in root.attributes or set(root.attributes) == {"generated"}


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _CloverReport()
    for _ in feed(source, limits, report):
        yield from ()
    why_not = report.why_not()
    return Reading(
        "clover",
        Kind.COVERAGE,
        "clover",
        report.measures(),
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(report.root.get("generated")),
        lines=LazyLines(lambda: report.union.lines("clover", limits)) if why_not is None else NO_LINES,
    )


READER = Reader(
    format="clover",
    title="Clover XML",
    kind=Kind.COVERAGE,
    source="https://bitbucket.org/atlassian/clover/src/default/etc/schema/clover.xsd",
    follows={
        "coverage.lines_total": (
            "distinct `<line>` numbers of each file, of the types `stmt` and `cond`; and of PHPUnit"
            " statements that stand on the line of a method"
        ),
        "coverage.lines_covered": "lines of which any mention has a `count` above 0",
        "coverage.branches_total": (
            "`truecount` and `falsecount` of lines of the type `cond`, or `conditionals` where that is more"
            " and its rate worse; not measured where there are neither"
        ),
        "coverage.branches_covered": (
            "of Clover itself sides of a condition with a count above 0, of Istanbul `truecount`; or"
            " `coveredconditionals`"
        ),
        "coverage.functions_total": (
            "distinct lines of the type `method`, or `methods` where that is more; not measured where there"
            " are neither"
        ),
        "coverage.functions_covered": "methods with a `count` above 0, or `coveredmethods`",
        "coverage.files": "distinct files by `path`, else by `name`",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Lines are lines, not statements, so that reports can be joined: several statements may begin on"
            " one line, and the tools' own percentage is of statements."
        ),
        (
            "Clover counts in `truecount` how often a condition was true, Istanbul how many of a line's"
            " branches were taken: what the file declares (`conditionals`) tells which is meant, and else the"
            " lower rate counts."
        ),
        (
            "A method is covered when it was called at all; PHPUnit's `coveredmethods` counts those of which"
            " every line ran."
        ),
        "Files of a `<testproject>` are tests and do not count.",
        (
            "PHPUnit lists one line where a method and a statement begin on the same one, as a method: such"
            " statements count by what the file declares, in OpenClover's form where that lowers the rate."
        ),
        (
            "What a file declares has to fit what it lists, and its sums what the project declares, in files"
            " too; where they do not, the report counts as not run. A report without `clover` in its root"
            " (PHPUnit) may hide no more statements than there are methods."
        ),
    ),
)
