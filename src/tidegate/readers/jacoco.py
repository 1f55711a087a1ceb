"""JaCoCo XML: coverage counters of JVM code, and of what gcovr and Pester write in the same form."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.union import counted
from tidegate.readers.xml import Attributes, Document, OnEnd, OnStart, feed, shown, whole_number
from tidegate.readers.xml_root import root_of

_COUNTED = frozenset({"LINE", "BRANCH", "METHOD", "COMPLEXITY"})


@dataclass(slots=True)
class _Node:
    """An open element: its own counters as (covered, total), and the sums of its parts'."""

    kind: str
    name: str
    own: dict[str, tuple[int, int]] = field(default_factory=dict)
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    sourced: bool = True

    def counters(self) -> dict[str, tuple[int, int]]:
        """Give its own counters, or its parts' where it has none."""
        return self.own or self.parts

    def add(self, counters: dict[str, tuple[int, int]]) -> None:
        """Add a part's counters."""
        for type_, (covered, total) in counters.items():
            known_covered, known_total = self.parts.get(type_, (0, 0))
            self.parts[type_] = (known_covered + covered, known_total + total)


class _Report(Document):
    """The counters of one report, level by level."""

    roots = frozenset({"report"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[_Node] = []
        self.files: set[tuple[str, ...]] = set()
        self.totals: dict[str, tuple[int, int]] = {}
        self.shortfall: str | None = None

    def starts(self) -> dict[str, OnStart]:
        starts: dict[str, OnStart] = {kind: self._opening(kind) for kind in _LEVELS}
        return starts | {"counter": self.counter}

    def ends(self) -> dict[str, OnEnd]:
        return dict.fromkeys(_LEVELS, self.closes)

    def _opening(self, kind: str) -> OnStart:
        def opens(attributes: Attributes) -> None:
            node = _Node(kind, attributes.get("name", ""), sourced=bool(attributes.get("sourcefilename")))
            if kind == "sourcefile":
                self.files.add((*(parent.name for parent in self.open), node.name))
            self.open.append(node)

        return opens

    def counter(self, attributes: Attributes) -> None:
        type_ = attributes.get("type", "")
        if type_ in _COUNTED and self.open:
            covered = whole_number(attributes.get("covered"), f"covered of a {type_} counter")
            missed = whole_number(attributes.get("missed"), f"missed of a {type_} counter")
            self.open[-1].own[type_] = (covered, covered + missed)

    def closes(self) -> None:
        node = self.open.pop()
        if node.kind in ("report", "group", "package"):
            self.shortfall = self.shortfall or _shortfall(node)
        if not self.open:
            self.totals = node.counters()
        elif node.kind in ("group", "package", "sourcefile") or (node.kind == "class" and not node.sourced):
            self.open[-1].add(node.counters())

    def why_not(self) -> str | None:
        """Tell why this report measures nothing or lacks parts; None where it is whole."""
        if not self.totals.get("LINE", (0, 0))[1]:
            return "The report has no line counter above zero: no coverage was measured."
        return self.shortfall

    def measures(self) -> dict[str, Value]:
        """Give the values; branches and functions are left out where the report does not count them."""
        values = counted("lines", self.totals.get("LINE", (0, 0))) | {"coverage.files": len(self.files)}
        if "METHOD" in self.totals:
            values |= counted("functions", self.totals["METHOD"])
        # JaCoCo leaves out counters of nothing; that it counted complexity shows that it looked for branches.
        if "BRANCH" in self.totals or "COMPLEXITY" in self.totals:
            values |= counted("branches", self.totals.get("BRANCH", (0, 0)))
        return values


_LEVELS = ("report", "group", "package", "class", "method", "sourcefile")


def _shortfall(node: _Node) -> str | None:
    """Tell where a level's line counter is not that of its parts; None where it adds up."""
    if "LINE" not in node.own:
        return None
    covered, total = node.own["LINE"]
    part_covered, part_total = node.parts.get("LINE", (0, 0))
    if node.kind == "package":
        # A class that names no source file may stand in one all the same: the parts may be more, never less.
        adds_up = total <= part_total
    else:
        adds_up = (covered, total) == (part_covered, part_total)
    if adds_up:
        return None
    return (
        f"The {node.kind} {shown(node.name)!r} counts {covered} of {total} lines but its parts {part_covered}"
        f" of {part_total}: parts are missing."
    )


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name != "report":
        return False
    return "jacoco" in root.doctype.lower() or root.child in ("sessioninfo", "group", "package")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _Report()
    for _ in feed(source, limits, report):
        yield from ()
    why_not = report.why_not()
    return Reading("jacoco", Kind.COVERAGE, "jacoco", report.measures(), ran=why_not is None, why_not=why_not)


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
    tools=("coverage/jacoco",),
    notes=(
        (
            "The report's own counters count, not the sum of the leaves: a method that shares a line with"
            " another counts that line again, and a class without debug data has methods but no lines. They"
            " are believed only where they equal the sum of the groups and packages below them; otherwise"
            " parts are missing, as in a report that was cut."
        ),
        (
            "`<line>` elements are not counted: they are optional, and gcovr writes them without their hits,"
            " so its copies of a function count as often as gcovr counts them (19 lines where the source file"
            " has 17)."
        ),
        "An empty report measured nothing; a peer takes it for 100 %.",
    ),
)
