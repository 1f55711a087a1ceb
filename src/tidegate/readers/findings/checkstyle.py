"""Checkstyle XML, as Checkstyle writes it and many linters that borrow its format."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.borrowed_formats import BorrowedRun, owner_of, words
from tidegate.readers.findings.sarif_tools import kind_of_tool
from tidegate.readers.jsons import cut
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts
from tidegate.readers.xml import Attributes, OnOther, OnStart, XmlDocument, declared, feed, printable
from tidegate.readers.xml_root import root_of

FORMAT = "checkstyle"
UNKNOWN_TOOL = "checkstyle-xml"
_SEVERITIES: Mapping[str | None, Severity] = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "style": Severity.LOW,
    "info": Severity.INFO,
}
_KTLINTS_VERSION = "8.0"
_FIRST_OWN = 6  # borrowers write 1.0, 4.3 or 5.0; ktlint 8.0


class _CheckstyleDocument(XmlDocument):
    """Counts the errors of all files, and keeps them where they are asked for."""

    roots = frozenset({"checkstyle"})

    def __init__(self, limits: Limits, items: bool) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self.counts = SeverityCounts()
        self.run = BorrowedRun()
        self.version = ""
        self.files = 0
        self.java = 0
        self.exceptions = 0
        self.first_exception = ""
        self.strange = ""
        self._path = ""
        self._limits = limits
        self._items = items

    def starts(self) -> dict[str, OnStart]:
        """Listen to the root, files, errors and exceptions."""
        return {
            "checkstyle": self._on_root,
            "file": self._on_file,
            "error": self._on_error,
            "exception": self._on_exception,
        }

    def ends(self) -> Mapping[str, object]:  # type: ignore[override]
        """Forget the file at its end."""
        return {"file": self._on_file_end}

    def others(self) -> OnOther:
        """Remember the first element that the format does not have."""
        return self._on_other

    def _on_root(self, attributes: Attributes) -> None:
        self.version = attributes.get("version", "").strip()

    def _on_file(self, attributes: Attributes) -> None:
        self._path = attributes.get("name", "")
        self.files += 1
        self.java += self._path.endswith(".java")

    def _on_file_end(self) -> None:
        self._path = ""

    def _on_error(self, attributes: Attributes) -> None:
        severity = _SEVERITIES.get(attributes.get("severity", "").strip().lower(), Severity.UNRATED)
        tool, rule = owner_of(attributes.get("source", "").strip())
        message = attributes.get("message", "")
        self.counts.add(severity)
        self.run.add(tool, rule, message, self._path)
        if self._items:
            text, line = cut(words(tool, rule, message), self._limits), declared(attributes, "line")
            self.found.append(Finding(tool or UNKNOWN_TOOL, rule, text, severity, self._path, line or None))

    def _on_exception(self, _: Attributes) -> None:
        self.exceptions += 1
        self.first_exception = self.first_exception or self._path

    def _on_other(self, name: str, _: Attributes) -> None:
        self.strange = self.strange or printable(name)

    @property
    def tool(self) -> str:
        """Name the tool that wrote the report; empty where nothing tells."""
        if self.counts.total:
            return self.run.tool
        major = self.version.partition(".")[0]
        own = major.isdigit() and int(major[:9]) >= _FIRST_OWN and self.version != _KTLINTS_VERSION
        return "checkstyle" if own and self.java else ""

    def why_not(self) -> str | None:
        """Say how the report shows that its tool did not do its work, if it does."""
        name = self.tool or "the tool"
        if self.exceptions:
            return (
                f"{name} met {self.exceptions} exception(s), the first in"
                f" {self.first_exception or 'no file'}:"
                " repair or exclude what it names and run it again."
            )
        if self.strange:
            return (
                f"The report holds <{self.strange}>, which Checkstyle XML does not have: it may say anything."
            )
        if not self.files:
            return (
                "No <file> is listed, so nothing shows that anything was checked: let the tool list clean"
                " files"
                " too, or write SARIF."
            )
        return self.run.why_not_checked()


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name == "checkstyle"


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = _CheckstyleDocument(limits, items)
    for _ in feed(source, limits, document):
        yield from document.found
        document.found.clear()
    tool = document.tool
    why_not = document.why_not()
    return Reading(
        FORMAT,
        kind_of_tool(tool) if tool else Kind.ANALYSIS,
        tool or UNKNOWN_TOOL,
        document.counts.measures(tells_suppressed=False),
        tool_version=document.version if tool == "checkstyle" else "",
        ran=why_not is None,
        why_not=why_not,
    )


READER = Reader(
    format=FORMAT,
    title="Checkstyle XML",
    kind=Kind.ANALYSIS,
    source="https://checkstyle.org/apidocs/com/puppycrawl/tools/checkstyle/XMLLogger.html",
    follows={
        "tool.ran": (
            "False where an `<exception>` or an unknown element stands in the report, no file is listed,"
            " or an"
            " error says that a file was not parsed: it has no `source`, or one that the tool uses for that."
        ),
        "findings.total": "`<error>` elements.",
        **RATED_FOLLOWS,
        "findings.critical": "Always 0 while everything is rated: the format's worst severity is `error`.",
        "findings.high": "Errors with `severity` `error`.",
        "findings.medium": "Errors with `severity` `warning`.",
        "findings.low": "Errors with `severity` `style`, which Hadolint writes.",
        "findings.info": "Errors with `severity` `info`.",
        "findings.unrated": "Errors with any other `severity`, or none; then no severity is measured.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "Whose a report is follows from `source` (com.puppycrawl: Checkstyle, eslint.rules: ESLint, and so"
        " on);"
        " where nothing tells, or several tools share the report, it is evidence of `analysis`.",
        "A clean report names no source: it is Checkstyle's where it lists a Java file and its version is one"
        " that borrowers do not write, else it is evidence of `analysis`; the tool's own format tells more.",
        "Tools that list no clean file write a report without any when they find nothing, and when they were"
        " given nothing: that is no evidence of work.",
    ),
)
