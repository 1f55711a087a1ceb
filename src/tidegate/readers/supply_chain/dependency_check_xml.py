"""OWASP Dependency-Check's XML report, of every version of its schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Source, Stream, Unreadable
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.dependency_check import (
    NOTES,
    Dependency,
    DependencyCheck,
    Rating,
    follows,
    joined,
)
from tidegate.readers.xml import Attributes, OnEnd, OnStart, XmlDocument, XmlFault, feed
from tidegate.readers.xml_root import root_of

FORMAT = "dependency-check-xml"
_REMAKE = "`dependency-check --scan . --format XML --out dependency-check.xml`"
_CHILDREN = frozenset({"scanInfo", "projectInfo", "dependencies"})
_MOST_PIECES = 1000  # of one text; what is longer is cut
# Elements of which a child's text matters, and which child: the same names stand elsewhere as well.
_WANTED: Mapping[str, frozenset[str]] = {
    holder: frozenset(names.split())
    for holder, names in {
        "scanInfo": "engineVersion",
        "dataSource": "name timestamp",
        "exception": "message",
        "projectInfo": "reportDate",
        "dependency": "fileName",
        "relatedDependency": "",
        "package": "id",
        "vulnerability": "name severity cvssScore",
        "suppressedVulnerability": "name severity cvssScore",
        "cvssV2": "score severity",
        "cvssV3": "baseScore baseSeverity",
        "cvssV4": "baseScore baseSeverity",
    }.items()
}
# What a dependency is recognised by is most of a report, and nothing of it is read: it is passed over where
# it stands as Dependency-Check writes it, in ASCII and with plain entities.
_PLAIN = rb"(?:[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]++|&(?:amp|apos|gt|lt|quot);)*+"
_SPACE = rb"[ \t\r\n]*+"
_EVIDENCE = re.compile(
    rb"(?:" + _SPACE + rb"<evidence type=\"[a-z]++\" confidence=\"[A-Z]++\">" + _SPACE
    + _SPACE.join(b"<%b>%b</%b>" % (name, _PLAIN, name) for name in (b"source", b"name", b"value"))
    + _SPACE + rb"</evidence>)*+" + _SPACE
)  # fmt: skip
_TEXTS = frozenset().union(*_WANTED.values())


class _DependencyCheckAnalysis(XmlDocument):
    """The dependencies of one report, each with its vulnerabilities."""

    roots = frozenset({"analysis"})
    holder = "evidenceCollected"

    def __init__(self) -> None:
        super().__init__()
        self.check = DependencyCheck(FORMAT, _REMAKE)
        self.met: list[Finding] = []
        self.has_dependencies = False
        self._holders: list[tuple[str, int]] = []  # that are open, with their depth
        self._pieces: list[str] | None = None
        self._dependency = Dependency()
        self._rating = Rating()
        self._source = ""

    def starts(self) -> dict[str, OnStart]:
        starts: dict[str, OnStart] = {name: partial(self._begin, name) for name in _WANTED}
        starts |= {name: partial(self._listen, name) for name in _TEXTS}
        return starts | {"dependencies": self._begin_dependencies}

    def ends(self) -> Mapping[str, OnEnd]:
        ends: dict[str, OnEnd] = {name: partial(self._end, name) for name in _WANTED}
        return ends | {name: partial(self._heard, name) for name in _TEXTS}

    def take(self, run: bytes) -> bool:
        """Pass over evidence that is written as Dependency-Check writes it."""
        return _EVIDENCE.fullmatch(run) is not None and self.skip(4 * run.count(b"<evidence "))

    def _begin_dependencies(self, _: Attributes) -> None:
        self.has_dependencies = self.has_dependencies or self.depth() == 2

    def _begin(self, name: str, _: Attributes) -> None:
        if name == "dependency":
            self._dependency = Dependency()
            self.check.dependencies += 1
        elif name in ("vulnerability", "suppressedVulnerability"):
            self._rating = Rating()
            if not self._inside("dependency"):
                raise XmlFault(f"a <{name}> outside of a <dependency>")
        elif name == "exception":
            self.check.faults.append("")
        self._holders.append((name, self.depth()))

    def _end(self, name: str) -> None:
        self._holders.pop()
        if name in ("vulnerability", "suppressedVulnerability"):
            suppressed = name == "suppressedVulnerability"
            self.met.append(self.check.add(self._dependency, self._rating, suppressed=suppressed))

    def _inside(self, name: str) -> bool:
        return bool(self._holders) and self._holders[-1][0] == name

    def _listen(self, name: str, _: Attributes) -> None:
        holder, depth = self._holders[-1] if self._holders else ("", 0)
        if depth == self.depth() - 1 and name in _WANTED.get(holder, ()):
            self._pieces = []
            self.listen(self._hear)

    def _hear(self, piece: str) -> None:
        if self._pieces is not None and len(self._pieces) < _MOST_PIECES:
            self._pieces.append(piece)

    def _heard(self, name: str) -> None:
        if self._pieces is None:
            return
        text, self._pieces = joined(self._pieces), None
        self.listen(None)
        self._take(self._holders[-1][0], name, text)

    def _take(self, holder: str, name: str, text: str) -> None:
        """Keep the text of an element."""
        rating = self._rating
        if holder == "dependency":
            self._dependency.file = text
        elif holder == "package":
            if text.startswith("pkg:") and not self._dependency.purl and self._holders[-2:-1]:
                of_itself = self._holders[-2][0] == "dependency"
                self._dependency.purl = text if of_itself else ""
        elif holder in ("vulnerability", "suppressedVulnerability"):
            if name == "cvssScore":
                rating.older = rating.older[0], _score(text)
            elif name == "name":
                rating.name = text
            else:
                rating.severity = text
        elif holder == "cvssV2":
            rating.older = _with(rating.older, name, text)
        elif holder in ("cvssV3", "cvssV4"):
            rating.newer = _with(rating.newer, name, text)
        elif holder == "exception":
            self.check.faults[-1] = text
        elif holder == "dataSource":
            if name == "timestamp":
                self.check.source(self._source, text)
            self._source = text
        elif holder == "scanInfo":
            self.check.version = text
        else:
            self.check.made_at = own_time(text)


def _with(rated: tuple[str | None, float | None], name: str, text: str) -> tuple[str | None, float | None]:
    word, score = rated
    return (word, _score(text)) if name.casefold().endswith("score") else (text, score)


def _score(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name != "analysis":
        return False
    return "dependency-check" in root.attributes.get("xmlns", "") or root.child in _CHILDREN


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = _DependencyCheckAnalysis()
    for _ in feed(source, limits, document):
        if items:
            yield from document.met
        document.met.clear()
    if not document.has_dependencies:
        raise Unreadable(
            "The report has no <dependencies>, so it is no report of Dependency-Check. Write it again with"
            f" {_REMAKE}."
        )
    return document.check.reading()


READER = Reader(
    format=FORMAT,
    title="OWASP Dependency-Check XML",
    kind=Kind.DEPENDENCIES,
    source="https://dependency-check.github.io/DependencyCheck/general/thereport.html",
    follows=follows(
        "`<vulnerability>` of all dependencies.", "`<suppressedVulnerability>` of all dependencies."
    ),
    sniff=_sniff,
    read=_read,
    notes=NOTES,
)
