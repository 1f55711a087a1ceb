"""JaCoCo XML: coverage counters of JVM code, and of what Kover, gcovr and Pester write in the same form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import compress

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import Counts, SourceLines
from tidegate.readers.base import MAX_COUNT, NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.jacoco_counters import (
    ABOUT,
    AGAIN,
    Node,
    add_counters,
    disagreement,
    shortfall,
)
from tidegate.readers.coverage.union import FileUnion, Union, completed, counted
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

_COUNTED = frozenset({*ABOUT, "COMPLEXITY"})
# A <line> and a <counter> as JaCoCo writes them, ASCII alone.
_PLAIN_LINE = re.compile(
    rb"<line nr=\"(\d{1,9}+)\" mi=\"\d{1,9}+\" ci=\"(0|[1-9]\d{0,8}+)\" mb=\"(0|[1-9]\d{0,8}+)\""
    rb" cb=\"(0|[1-9]\d{0,8}+)\"/>[ \t\r\n]*+"
)
_NOTHING_COUNTED = b'mi="0" ci="0"'
_PLAIN_COUNTER = re.compile(
    rb"<counter type=\"([A-Z]+)\" missed=\"(\d{1,9}+)\" covered=\"(\d{1,9}+)\"/>[ \t\r\n]*+"
)


class _JaCoCoReport(XmlDocument):
    """The counters of one report, level by level, held against each other and against the lines."""

    roots = frozenset({"report"})
    holder: str | None = "sourcefile"

    def __init__(self) -> None:
        super().__init__()
        self.open: list[Node] = []
        self.union = Union()
        self.repeated = self.has_hits = self.has_branches = False
        self.is_kover = False
        self.totals: dict[str, Counts] = {}
        self.contradiction: str | None = None
        self.made_at: datetime | None = None

    def starts(self) -> dict[str, OnStart]:
        starts: dict[str, OnStart] = {kind: self._opening(kind) for kind in _LEVELS}
        return starts | {"counter": self.counter, "line": self.line, "sessioninfo": self.session}

    def ends(self) -> dict[str, OnEnd]:
        return dict.fromkeys(_LEVELS, self.closes)

    def _opening(self, kind: str) -> OnStart:
        def opens(attributes: Attributes) -> None:
            get = attributes.get
            node = Node(kind, get("name", ""), get("sourcefilename", ""))
            if kind == "method":
                node.signature = node.name, get("desc", "")
            elif kind == "sourcefile":
                node.file = FileUnion()
                self.has_hits = self.has_branches = False
            self.open.append(node)

        return opens

    def session(self, attributes: Attributes) -> None:
        """Note when the first of the runs that were measured was over."""
        ended = epoch_time(attributes.get("dump"))
        if ended is not None:
            self.made_at = ended if self.made_at is None else min(self.made_at, ended)

    def line(self, attributes: Attributes) -> None:
        file = self.open[-1].file if self.open else None
        if file is None:
            return
        number = whole_number(attributes.get("nr"), "nr of a <line>")
        _check(number, number)
        covered = whole_number(attributes.get("ci", "0"), "ci of a <line>") > 0
        # Kover lists lines of which it counted no instruction: what of them ran, the counters alone tell.
        if covered or attributes.get("mi") != "0":
            file.add_lines((number,), (number,) if covered else ())
        taken = whole_number(attributes.get("cb", "0"), "cb of a <line>")
        missed = whole_number(attributes.get("mb", "0"), "mb of a <line>")
        _add_branches(file, number, taken, missed)
        self.has_hits = self.has_hits or "ci" in attributes
        self.has_branches = self.has_branches or "cb" in attributes

    def take(self, run: bytes) -> bool:
        """Read lines, and the counters after them, as JaCoCo itself writes them."""
        parts = _PLAIN_LINE.split(run.lstrip())
        between, numbers = parts[::5], parts[1::5]
        counters = _PLAIN_COUNTER.split(between[-1])
        file = self.open[-1].file if self.open else None
        found = len(numbers) + len(counters[1::4])
        if (
            file is None
            or _NOTHING_COUNTED in run
            or any(between[:-1])
            or any(counters[::4])
            or not self.skip(found)
        ):
            return False
        if numbers:
            known = list(map(int, numbers))
            _check(min(known), max(known))
            file.add_lines(known, compress(known, map(b"0".__ne__, parts[2::5])))
            missed, taken = parts[3::5], parts[4::5]
            for number, left, went in zip(known, missed, taken, strict=True):
                if left != b"0" or went != b"0":
                    _add_branches(file, number, int(went), int(left))
            self.has_hits = self.has_branches = True
        for type_, missed_text, covered_text in zip(
            counters[1::4], counters[2::4], counters[3::4], strict=True
        ):
            self._count(type_.decode(), int(covered_text), int(missed_text))
        return True

    def counter(self, attributes: Attributes) -> None:
        type_ = attributes.get("type", "")
        if type_ in _COUNTED and self.open:
            covered = whole_number(attributes.get("covered"), f"covered of a {type_} counter")
            missed = whole_number(attributes.get("missed"), f"missed of a {type_} counter")
            self._count(type_, covered, missed)

    def _count(self, type_: str, covered: int, missed: int) -> None:
        node = self.open[-1]
        if type_ in node.own:
            raise XmlFault(f"the {node.kind} {printable(node.name)!r} has two {type_} counters", AGAIN)
        if type_ in _COUNTED:
            node.own[type_] = covered, covered + missed

    def closes(self) -> None:
        node = self.open.pop()
        parent = self.open[-1] if self.open else None
        if parent is not None and node.file is not None:
            self._close_file(node, node.file, parent)
        elif parent is not None and node.kind == "method":
            self._close_method(node, parent)
        elif parent is not None and node.kind == "class":
            self._close_class(node, parent)
        else:
            self.contradiction = self.contradiction or shortfall(node)
            if parent is None:
                self.totals = node.counters()
            else:
                parent.add(node.counters())

    def _close_method(self, method: Node, of_class: Node) -> None:
        of_class.add(method.own)
        covered, total = method.own.get("METHOD", (0, 0))
        name = of_class.name, *method.signature
        if total:
            of_class.methods.setdefault("", {})[name] = covered > 0
        elif "METHOD" not in method.own:
            of_class.uncounted[name] = method.own.get("LINE", (0, 0))[0] > 0

    def _close_class(self, node: Node, package: Node) -> None:
        if node.uncounted and "METHOD" in node.own and "METHOD" not in node.parts:
            # Kover counts methods in classes only: one was called if a line of it ran.
            self.is_kover = True
            node.methods[""] = node.uncounted
            node.parts["METHOD"] = sum(node.uncounted.values()), len(node.uncounted)
        if node.has_parts and node.own:
            self._hold(node, "methods", node.parts)
        if not node.source:
            package.add(node.counters())
            return
        add_counters(package.classes.setdefault(node.source, {}), node.counters())
        package.methods.setdefault(node.source, {}).update(node.methods.get("", {}))

    def _close_file(self, node: Node, file: FileUnion, package: Node) -> None:
        if self.is_kover and "METHOD" not in node.own and node.own:
            node.own["METHOD"] = package.classes.get(node.name, {}).get("METHOD", (0, 0))
        package.add(node.counters())
        if node.name in package.classes and node.own:
            self._hold(node, "classes", package.classes[node.name])
        for signature, called in package.methods.get(node.name, {}).items():
            file.add_function(signature, called)
        listed = self._listed(node, file)
        self.contradiction = self.contradiction or listed
        name = "/".join(filter(None, (*(parent.name for parent in self.open[1:]), node.name)))
        self.repeated = self.repeated or name in self.union.files
        self.union.files[name] = file

    def _hold(self, node: Node, what: str, parts: Mapping[str, Counts]) -> None:
        """Hold a counter against the sum of its parts; parts may share lines, and count them again."""
        for type_, about in ABOUT.items():
            own, sum_ = node.own.get(type_, (0, 0)), parts.get(type_, (0, 0))
            fits = own[0] <= sum_[0] and own[1] <= sum_[1] if type_ == "LINE" else own == sum_
            if not fits and self.contradiction is None:
                self.contradiction = disagreement(node, own, about, what, sum_)

    def _listed(self, node: Node, file: FileUnion) -> str | None:
        """Hold a source file's counters against its lines, which may be fewer: they are optional."""
        detailed = {"lines": self.has_hits, "branches": self.has_branches, "functions": False}
        for type_, about in ABOUT.items():
            own, listed = node.own.get(type_, (0, 0)), file.count(about)
            more = own[0] - listed[0], own[1] - listed[1]
            if not detailed[about]:
                if more != (0, 0):
                    _forget(file, about)
                    file.add_unlisted(about, own)
            elif not 0 <= more[0] <= more[1]:
                return disagreement(node, own, about, "lines", listed)
            elif more[1]:
                file.add_unlisted(about, more)
        return None

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or contradicts itself; None where it is whole."""
        if not self.totals.get("LINE", (0, 0))[1]:
            return "The report has no line counter above zero: no coverage was measured."
        return self.contradiction

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where the report does not count them."""
        values = counted("lines", self.totals.get("LINE", (0, 0))) | {"coverage.files": len(self.union.files)}
        if "METHOD" in self.totals:
            values |= counted("functions", self.totals["METHOD"])
        # JaCoCo leaves out counters of nothing; that it counted complexity shows that it looked for branches.
        if "BRANCH" in self.totals or "COMPLEXITY" in self.totals:
            values |= counted("branches", self.totals.get("BRANCH", (0, 0)))
        return values

    def source_lines(self, limits: Limits) -> SourceLines | None:
        """Return what the report lists, to be joined with other reports; None where it cannot be."""
        source = None if self.repeated else self.union.lines("jacoco", limits)
        return None if source is None else completed(source, self.measures())


_LEVELS = ("report", "group", "package", "class", "method", "sourcefile")


def _check(least: int, most: int) -> None:
    if least < 1 or most > MAX_COUNT:
        raise XmlFault(f"a <line> before here has the number {least if least < 1 else most}", AGAIN)


def _add_branches(file: FileUnion, number: int, taken: int, missed: int) -> None:
    if taken or missed:
        known_taken, known = file.branches.get(number, (0, 0))
        file.branches[number] = known_taken + taken, known + taken + missed


def _forget(file: FileUnion, about: str) -> None:
    """Drop what is listed without telling what is covered."""
    if about == "lines":
        file.lines, file.covered = set(), set()
    elif about == "branches":
        file.branches = {}
    else:
        file.functions = {}


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name != "report":
        return False
    return "jacoco" in root.doctype.lower() or root.child in ("sessioninfo", "group", "package")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _JaCoCoReport()
    for _ in feed(source, limits, report):
        yield from ()
    why_not = report.why_not()
    return Reading(
        "jacoco",
        Kind.COVERAGE,
        "jacoco",
        report.measures(),
        ran=why_not is None,
        why_not=why_not,
        made_at=report.made_at,
        lines=LazyLines(lambda: report.source_lines(limits)) if why_not is None else NO_LINES,
    )


_TOTAL = "of the report's own counter, or of the sum of its groups and packages where it has none"

READER = Reader(
    format="jacoco",
    title="JaCoCo XML",
    kind=Kind.COVERAGE,
    source="https://www.jacoco.org/jacoco/trunk/coverage/report.dtd",
    follows={
        "coverage.lines_total": f"`missed` and `covered` {_TOTAL}, type `LINE`",
        "coverage.lines_covered": f"`covered` {_TOTAL}, type `LINE`",
        "coverage.branches_total": (
            f"`missed` and `covered` {_TOTAL}, type `BRANCH`; 0 where JaCoCo found none; not measured "
            "where the report counts neither branches nor complexity"
        ),
        "coverage.branches_covered": f"`covered` {_TOTAL}, type `BRANCH`",
        "coverage.functions_total": f"`missed` and `covered` {_TOTAL}, type `METHOD`",
        "coverage.functions_covered": f"`covered` {_TOTAL}, type `METHOD`",
        "coverage.files": "`<sourcefile>` elements, distinct by group, package and name",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "The time at which the first of the measured runs was dumped (`sessioninfo`) counts for `max_age`"
            " where it is older than the file's."
        ),
        (
            "The report's own counters count, not the sum of the leaves: a method that shares a line with"
            " another counts that line again, and a class without debug data has methods but no lines. They"
            " are believed only where they equal the sum of the groups and packages below them; otherwise"
            " parts are missing, as in a report that was cut."
        ),
        (
            "Counters of lines, branches and methods are held against the parts at every level: methods in a"
            " class, classes in a source file (lines may be shared there), source files in a package, and"
            " each source file against its `<line>` elements, which may be fewer, never more or better"
            " covered. gcovr writes them without their hits, so its copies of a function count as often as"
            " gcovr counts them (19 lines where the source file has 17)."
        ),
        (
            "Joined with other reports, a file is its groups, package and name; branches are known by their"
            " number on a line, methods by class, name and types."
        ),
        (
            "Kover counts no methods in a method and in a source file: they follow from the lines of the"
            " method, and from the classes of the file. A line of which it counted no instruction does not"
            " tell whether it ran, and counts as its file's counter says."
        ),
        "An empty report measured nothing; a peer takes it for 100 %.",
    ),
)
