"""OpenCover XML: coverage of .NET code, as OpenCover, Coverlet and AltCover write it."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import ABOUT, Counts, added
from tidegate.readers.base import NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.union import FileUnion, Union, counted
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

_HIDDEN = range(0xF00000, 0xFEEFEF)  # lines that the compiler gives code of no source line
_DECLARED = {
    "lines": ("numSequencePoints", "visitedSequencePoints"),
    "branches": ("numBranchPoints", "visitedBranchPoints"),
}
_LONGEST_NAME = 64 * 1024
_AGAIN = "Make the report again with the tool itself"


@dataclass(slots=True)
class _NetMethod:
    """An open method: its points are in `file`, unless they name another one."""

    name: str = ""
    visited: bool = False
    file: FileUnion | None = None
    first: int = 0  # its first line
    has_points: bool = False
    ran: bool = False


class _OpenCoverReport(XmlDocument):
    """The points of one report by line, each counted once, and held against the declared sums."""

    roots = frozenset({"CoverageSession"})

    def __init__(self) -> None:
        super().__init__()
        self.union = Union()
        self.files: dict[str, FileUnion] = {}  # of the module, by their id
        self.method: _NetMethod | None = None
        self.class_name = ""
        self.text = ""
        self.declared: dict[str, Counts] = {}
        self.listed: dict[str, Counts] = dict.fromkeys(_DECLARED, (0, 0))  # with repetitions
        self.methods = 0

    def starts(self) -> dict[str, OnStart]:
        return {
            "Summary": self.summary,
            "Module": self.module_starts,
            "File": self.file_starts,
            "FullName": self.name_starts,
            "Name": self.name_starts,
            "Method": self.method_starts,
            "FileRef": self.file_reference,
            "SequencePoint": self.sequence_point,
            "BranchPoint": self.branch_point,
        }

    def ends(self) -> dict[str, OnEnd]:
        return {"FullName": self.class_name_ends, "Name": self.method_name_ends, "Method": self.method_ends}

    def summary(self, attributes: Attributes) -> None:
        if self.depth() != 2:
            return  # of a module, a class or a method
        for about, (total, covered) in _DECLARED.items():
            if total in attributes and covered in attributes:
                self.declared[about] = (
                    whole_number(attributes[covered], covered),
                    whole_number(attributes[total], total),
                )

    def module_starts(self, _: Attributes) -> None:
        self.files = {}

    def file_starts(self, attributes: Attributes) -> None:
        uid, name = attributes.get("uid"), attributes.get("fullPath")
        if not uid or not name:
            raise XmlFault("a <File> without uid or fullPath", _AGAIN)
        self.files[uid] = self.union.file(name)

    def name_starts(self, _: Attributes) -> None:
        self.text = ""
        self.listen(self.name_text)

    def name_text(self, text: str) -> None:
        if len(self.text) < _LONGEST_NAME:
            self.text += text

    def class_name_ends(self) -> None:
        self.listen(None)
        self.class_name = self.text.strip()

    def method_name_ends(self) -> None:
        self.listen(None)
        if self.method is not None:
            self.method.name = self.text.strip()

    def method_starts(self, attributes: Attributes) -> None:
        self.method = _NetMethod()

    def file_reference(self, attributes: Attributes) -> None:
        if self.method is not None:
            self.method.file = self._file(attributes.get("uid", ""))

    def _file(self, uid: str) -> FileUnion:
        file = self.files.get(uid)
        if file is None:
            raise XmlFault(f"the file {printable(uid)!r} is none of the module's", _AGAIN)
        return file

    def sequence_point(self, attributes: Attributes) -> None:
        method = self.method
        if method is None:
            raise XmlFault("a <SequencePoint> outside a <Method>", _AGAIN)
        line = whole_number(attributes.get("sl"), "sl of a <SequencePoint>")
        hit = whole_number(attributes.get("vc"), "vc of a <SequencePoint>") > 0
        self.listed["lines"] = added((self.listed["lines"], (hit, 1)))
        if line in _HIDDEN:
            return
        if line < 1:
            raise XmlFault("there is no line 0 in a source file", _AGAIN)
        method.first = min(method.first or line, line)
        method.has_points, method.ran = True, method.ran or hit
        file = self._file_of(method, attributes)
        if file is None:
            self._add_unlisted("lines", hit)
        else:
            file.add_lines((line,), (line,) if hit else ())

    def branch_point(self, attributes: Attributes) -> None:
        method = self.method
        if method is None:
            raise XmlFault("a <BranchPoint> outside a <Method>", _AGAIN)
        taken = whole_number(attributes.get("vc"), "vc of a <BranchPoint>") > 0
        self.listed["branches"] = added((self.listed["branches"], (taken, 1)))
        line = whole_number(attributes.get("sl", "0"), "sl of a <BranchPoint>")
        line = method.first if line in _HIDDEN or not line else line  # old versions do not say it
        file = self._file_of(method, attributes)
        if file is None or not line:
            self._add_unlisted("branches", taken)
            return
        name = "/".join(attributes.get(part, "") for part in ("offset", "path", "offsetend", "ordinal"))
        file.add_named_branches(line, {f"{self.class_name}::{method.name}/{name}": taken})

    def _add_unlisted(self, about: str, covered: bool) -> None:
        self.union.unlisted[about] = added((self.union.unlisted.get(about, (0, 0)), (covered, 1)))

    def _file_of(self, method: _NetMethod, attributes: Attributes) -> FileUnion | None:
        """Find the file of a point; None for code that stands in none."""
        uid = attributes.get("fileid", "0")
        return method.file if uid == "0" else self._file(uid)

    def method_ends(self) -> None:
        method, self.method = self.method, None
        if method is None:
            return
        self.methods += 1
        if method.has_points and method.file is not None:
            method.file.add_function((self.class_name, method.name), method.ran)

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or contradicts itself; None where it is whole."""
        if not self.union.count("lines")[1]:
            total = self.declared.get("lines", (0, 0))[1]
            what = f"declares {total} sequence points but lists none" if total else "lists no sequence point"
            return (
                f"The report {what}: no coverage was measured. Look at the filters, and whether the modules'"
                " PDB files were there."
            )
        return self._held("lines", "sequence points", 0) or self._held(
            "branches", "branch points", self.methods
        )

    def _held(self, about: str, what: str, more: int) -> str | None:
        """Hold the report's sums against the points; OpenCover counts one branch more of each method."""
        if about not in self.declared:
            return None
        declared, listed, once = self.declared[about], self.listed[about], self.union.count(about)
        said = (
            f"The report declares {declared[0]} visited of {declared[1]} {what} and lists {listed[0]} of"
            f" {listed[1]}"
        )
        if declared[1] > listed[1] + more:
            return f"{said}: points are missing. It was cut or filtered after it was made: make it again."
        if declared[1] < once[1] or not once[0] <= declared[0] <= min(listed[0] + more, declared[1]):
            return f"{said}: it was edited or is damaged. {_AGAIN}."
        return None

    def measures(self) -> dict[str, Value]:
        """Give the values; .NET's tools look for branches and methods wherever there are points."""
        values: dict[str, Value] = {"coverage.files": len(self.union.files)}
        for about in ABOUT:
            values |= counted(about, self.union.count(about))
        return values


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name == "CoverageSession"


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _OpenCoverReport()
    for _ in feed(source, limits, report):
        yield from ()
    why_not = report.why_not()
    return Reading(
        "opencover",
        Kind.COVERAGE,
        "opencover",
        report.measures(),
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: report.union.lines("opencover", limits)) if why_not is None else NO_LINES,
    )


READER = Reader(
    format="opencover",
    title="OpenCover XML",
    kind=Kind.COVERAGE,
    source="https://github.com/OpenCover/opencover/wiki/Reports",
    follows={
        "coverage.lines_total": (
            "distinct first lines (`sl`) of the `<SequencePoint>` elements of each file; those of no source"
            " line left out"
        ),
        "coverage.lines_covered": "lines of which any point has a `vc` above 0",
        "coverage.branches_total": (
            "distinct `<BranchPoint>` elements of each line, by method, offset and" " path"
        ),
        "coverage.branches_covered": "branch points with a `vc` above 0",
        "coverage.functions_total": "distinct methods with sequence points, by class and name",
        "coverage.functions_covered": "methods of which any sequence point was visited",
        "coverage.files": "distinct `fullPath` values of the modules' files",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Lines are lines, not sequence points, so that reports can be joined: several points may begin on"
            " one line, and OpenCover's own percentage is of points. Lines between a point's first and last"
            " are not counted, as one peer does."
        ),
        (
            "OpenCover's own sum of branches counts one more for each method, which no branch point stands"
            " for: the branch points that are listed count."
        ),
        (
            "What the report declares (`numSequencePoints`, `visitedSequencePoints`, and of branches) has to"
            " lie between what it lists and each line once; where it does not, the report counts as not run."
        ),
        "A module that stands in the report for several targets counts its source lines once.",
        "Points in no source file count, and are joined with nothing.",
    ),
)
