"""SpotBugs' XML, and that of FindBugs before it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.secret_words import is_about_secrets, secret_message
from tidegate.readers.own_times import epoch_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts
from tidegate.readers.xml import (
    Attributes,
    OnEnd,
    OnStart,
    XmlDocument,
    XmlFault,
    declared,
    feed,
    printable,
    whole_number,
)
from tidegate.readers.xml_root import root_of

FORMAT = "spotbugs"
_REMAKE = "`spotbugs -textui -xml:withMessages -output spotbugs.xml CLASSES`"
# What a reviewer says of a bug that is none; the other designations leave it a bug.
_NO_BUG = frozenset({"NOT_A_BUG", "BAD_ANALYSIS"})
_PRIORITIES = {"1": Severity.HIGH, "2": Severity.MEDIUM, "3": Severity.LOW}
# SpotBugs takes the methods of lambdas for classes (`apply`, `makeConcatWithConstants`), and misses them.
_NO_CLASS = re.compile(r"[a-z][A-Za-z0-9]*")


@dataclass(slots=True)
class _Bug:
    """An open `<BugInstance>`: the best place that it names so far, and its text."""

    attributes: Attributes
    depth: int
    place: Attributes
    is_own: bool = False  # the place is the bug's, not that of its class or method
    class_name: str = ""
    method: str = ""
    designation: str = ""


class _BugCollection(XmlDocument):
    """Bugs, errors, missing classes and the summary of one analysis."""

    roots = frozenset({"BugCollection"})

    def __init__(self, limits: Limits, items: bool) -> None:
        super().__init__()
        self.limits = limits
        self.keeps = items
        self.found: list[Finding] = []
        self.counts = SeverityCounts()
        self.priorities: Counter[str] = Counter()
        self.root: Attributes = {}
        self.summary: Attributes | None = None
        self.errors = self.missing = 0
        self.first_missing = ""
        self.declared_errors = self.declared_missing = 0
        self.tells_errors = False
        self._bug: _Bug | None = None
        self._text: list[str] = []
        self._message = ""

    def starts(self) -> dict[str, OnStart]:
        return {
            "BugCollection": self._opens,
            "BugInstance": self._bug_starts,
            "Class": self._names_class,
            "Method": self._names_method,
            "SourceLine": self._names_line,
            "UserAnnotation": self._is_reviewed,
            "LongMessage": self._text_starts,
            "ShortMessage": self._text_starts,
            "Errors": self._errors_start,
            "Error": self._error,
            "AnalysisError": self._error,
            "MissingClass": self._text_starts,
            "FindBugsSummary": self._sums_up,
        }

    def ends(self) -> dict[str, OnEnd]:
        return {
            "BugInstance": self._bug_ends,
            "LongMessage": self._message_ends,
            "ShortMessage": self._message_ends,
            "MissingClass": self._missing_ends,
        }

    def _opens(self, attributes: Attributes) -> None:
        self.root = attributes

    def _bug_starts(self, attributes: Attributes) -> None:
        if self._bug is not None:
            raise XmlFault("a <BugInstance> inside another one", f"Write the report with {_REMAKE}")
        if not attributes.get("type"):
            raise XmlFault("a <BugInstance> without a type", f"Write the report with {_REMAKE}")
        self._bug = _Bug(attributes, self.depth(), {})
        self._message = ""

    def _names_class(self, attributes: Attributes) -> None:
        if self._bug is not None and not self._bug.class_name:
            self._bug.class_name = attributes.get("classname", "")

    def _names_method(self, attributes: Attributes) -> None:
        if self._bug is not None and not self._bug.method:
            self._bug.method = attributes.get("name", "")

    def _names_line(self, attributes: Attributes) -> None:
        bug = self._bug
        if bug is None or bug.is_own:
            return
        own = self.depth() == bug.depth + 1
        # A method's lines are nearer than its class's, which come first.
        if own or not bug.place or "start" not in bug.place or bug.method:
            bug.place, bug.is_own = attributes, own

    def _is_reviewed(self, attributes: Attributes) -> None:
        if self._bug is not None:
            self._bug.designation = attributes.get("designation", "")

    def _text_starts(self, _: Attributes) -> None:
        self._text = []
        self.listen(self._hear)

    def _hear(self, text: str) -> None:
        if sum(map(len, self._text)) < self.limits.max_text:
            self._text.append(text)

    def _heard(self) -> str:
        self.listen(None)
        return "".join(self._text).strip()[: self.limits.max_text]

    def _message_ends(self) -> None:
        text = self._heard()
        if self._bug is not None:
            self._message = text  # the long one comes second

    def _errors_start(self, attributes: Attributes) -> None:
        self.tells_errors = True
        for name in ("errors", "missingClasses"):
            if name in attributes:
                whole_number(attributes[name], f"{name} of <Errors>")
        self.declared_errors = declared(attributes, "errors") or 0
        self.declared_missing = declared(attributes, "missingClasses") or 0

    def _error(self, _: Attributes) -> None:
        self.errors += 1

    def _missing_ends(self) -> None:
        name = self._heard()
        if _NO_CLASS.fullmatch(name):
            self.declared_missing = max(0, self.declared_missing - 1)
            return
        self.missing += 1
        self.first_missing = self.first_missing or name

    def _sums_up(self, attributes: Attributes) -> None:
        self.summary = attributes

    def _bug_ends(self) -> None:
        bug, self._bug = self._bug, None
        if bug is None or bug.attributes.get("last", "-1") != "-1":
            return  # `last` is of a bug that a later version of the code no longer has
        suppressed = bug.designation in _NO_BUG
        severity = _severity(bug.attributes)
        self.counts.add(severity, suppressed)
        self.priorities[bug.attributes.get("priority", "")] += 1
        if self.keeps:
            self.found.append(self._finding(bug, severity, suppressed))

    def _finding(self, bug: _Bug, severity: Severity, suppressed: bool) -> Finding:
        rule, place = bug.attributes["type"], bug.place
        path = (
            place.get("relSourcepath") or place.get("sourcepath") or place.get("sourcefile") or bug.class_name
        )
        start = declared(place, "start")
        place_name = ".".join(part for part in (bug.class_name, bug.method) if part)
        message = self._message or f"{rule} in {place_name or 'a class that is not named'}"
        most = self.limits.max_text
        return Finding(
            "spotbugs",
            rule[:most],
            secret_message(rule[:most]) if is_about_secrets(rule) else message[:most],
            severity,
            path[:most],
            start or None,
            suppressed,
            bug.attributes.get("instanceHash", "")[:most],
        )

    def why_not(self) -> str | None:
        """Say how the report shows that not everything was analysed, or that it does not list all."""
        errors = max(self.errors, self.declared_errors)
        if errors:
            return f"SpotBugs met {errors} error(s) in its analysis: see `<Errors>`, and analyse again."
        missing = max(self.missing, self.declared_missing)
        if missing:
            return (
                f"SpotBugs missed {missing} class(es) that it needed, the first is"
                f" {printable(self.first_missing) or 'not named'}: give it what the code is compiled against,"
                " with `-auxclasspath`, and analyse again."
            )
        if not self.tells_errors or self.summary is None or declared(self.summary, "total_classes") is None:
            return (
                "The report has no `<Errors>` or no `<FindBugsSummary>` that says what was analysed: write"
                f" it with {_REMAKE}; of Maven's plugin, submit `target/spotbugsXml.xml`."
            )
        if not declared(self.summary, "total_classes"):
            return "SpotBugs analysed no class: compile first, and give it the folder of the classes."
        return self._disagreement(self.summary)

    def _disagreement(self, summary: Attributes) -> str | None:
        listed = self.priorities.total()
        total = declared(summary, "total_bugs")
        by_priority = all(
            declared(summary, f"priority_{priority}") == self.priorities[priority]
            for priority in _PRIORITIES
            if f"priority_{priority}" in summary
        )
        if total == listed and by_priority:
            return None
        return (
            f"SpotBugs counted {'an unknown number of' if total is None else total} bugs and lists {listed},"
            " or their priorities differ: the report was filtered or edited. Write it whole, with the filter"
            " given to the analysis (`-exclude`)."
        )


def _severity(attributes: Attributes) -> Severity:
    """Rate by rank, 1 to 20, as SpotBugs' own SARIF does; by priority where there is none."""
    if "rank" not in attributes:
        return _PRIORITIES.get(attributes.get("priority", ""), Severity.UNRATED)
    rank = declared(attributes, "rank")
    if rank is None or not 1 <= rank <= 20:
        return Severity.UNRATED
    return Severity.HIGH if rank < 10 else Severity.MEDIUM if rank < 15 else Severity.LOW


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name == "BugCollection"


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = _BugCollection(limits, items)
    for _ in feed(source, limits, document):
        yield from document.found
        document.found.clear()
    why_not = document.why_not()
    counts = document.counts
    return Reading(
        FORMAT,
        Kind.SAST,
        "spotbugs",
        counts.measures(tells_suppressed=counts.suppressed > 0),
        document.root.get("version", "")[:100],
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(document.root.get("analysisTimestamp")),
    )


READER = Reader(
    format=FORMAT,
    title="SpotBugs XML",
    kind=Kind.SAST,
    source="https://github.com/spotbugs/spotbugs/blob/master/spotbugs/etc/bugcollection.xsd",
    follows={
        "tool.ran": (
            "False where `<Errors>` tells of an error or a missing class, no class was analysed, or"
            " `<FindBugsSummary>` is absent or counts other bugs than are listed."
        ),
        "findings.total": "`<BugInstance>` elements without `last` that nobody has designated as no bug.",
        "findings.suppressed": (
            "`<BugInstance>` elements designated as NOT_A_BUG or BAD_ANALYSIS; left out where there are none."
        ),
        **RATED_FOLLOWS,
        "findings.critical": "Always 0 while everything is rated.",
        "findings.high": "Bugs of rank 1 to 9 (scariest and scary); without ranks, of priority 1.",
        "findings.medium": "Bugs of rank 10 to 14 (troubling); without ranks, of priority 2.",
        "findings.low": "Bugs of rank 15 to 20 (of concern); without ranks, of priority 3.",
        "findings.info": "Always 0 while everything is rated.",
        "findings.unrated": "Bugs of any other rank or priority.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "The rank is how bad a bug is, the priority how sure SpotBugs is of it: its own SARIF rates by"
            " the rank, peers (DefectDojo, Jenkins) by the priority."
        ),
        (
            "Missing classes mean that the code which uses them was not analysed through: SpotBugs has an"
            " exit status for it. Names such as `apply`, methods of lambdas that it takes for classes, are"
            " none."
        ),
        "A bug with `last` is gone from the code: histories list it, and SpotBugs' own totals do not.",
        "What `@SuppressFBWarnings` and filters suppress is not in the report: it is not measured.",
    ),
)
