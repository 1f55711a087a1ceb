"""PMD's XML, which PHPMD and OCLint borrow: violations, and errors that say what was not checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.pmd_words import FOLLOWS, NOTES, SEVERITIES, PmdErrors
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.xml import Attributes, OnEnd, OnOther, OnStart, XmlDocument, declared, feed, printable
from tidegate.readers.xml_root import root_of

FORMAT = "pmd"
_PHPMD_BEFORE = 4  # PHPMD is at version 2, or writes a place holder; PMD was at 4 when it began


class _PmdDocument(XmlDocument):
    """Counts violations, and keeps them where they are asked for; their text is the message."""

    roots = frozenset({"pmd"})

    def __init__(self, limits: Limits, items: bool) -> None:
        super().__init__()
        self.found: list[Finding] = []
        self.counts = SeverityCounts()
        self.version = ""
        self.made_at: datetime | None = None
        self.errors = PmdErrors()
        self.strange = ""
        self._php = False
        self._path = ""
        self._violation: Attributes = {}
        self._text: list[str] = []
        self._length = 0
        self._limits = limits
        self._items = items

    def starts(self) -> dict[str, OnStart]:
        """Listen to everything that the format has."""
        return {
            "pmd": self._on_root,
            "file": self._on_file,
            "violation": self._on_violation,
            "suppressedviolation": self._on_suppressed,
            "error": self._on_error,
            "configerror": self._on_setting,
        }

    def ends(self) -> Mapping[str, OnEnd]:
        """Make a finding at the end of its violation."""
        ends: dict[str, Callable[[], None]] = {"file": self._on_file_end}
        if self._items:
            ends["violation"] = self._on_violation_end
        return ends

    def others(self) -> OnOther:
        """Remember the first element that the format does not have."""
        return self._on_other

    @property
    def tool(self) -> str:
        """Tell PMD from PHPMD, by its files or by its version, and from OCLint, which puts its name there."""
        if self.version.casefold().startswith("oclint"):
            return "oclint"
        major = self.version.partition(".")[0]
        early = not major.isdigit() or int(major[:9]) < _PHPMD_BEFORE
        return "phpmd" if self._php or (self.version and early) else "pmd"

    def _on_root(self, attributes: Attributes) -> None:
        self.version = attributes.get("version", "").strip()
        self.made_at = own_time(attributes.get("timestamp"))

    def _on_file(self, attributes: Attributes) -> None:
        self._path = attributes.get("name", "")
        self._php = self._php or self._path.endswith(".php")

    def _on_file_end(self) -> None:
        self._path = ""

    def _on_violation(self, attributes: Attributes) -> None:
        self.counts.add(SEVERITIES.get(attributes.get("priority", "").strip(), Severity.UNRATED))
        if self._items:
            self._violation, self._text, self._length = attributes, [], 0
            self.listen(self._on_text)

    def _on_text(self, text: str) -> None:
        if self._length < self._limits.max_text:
            self._text.append(text)
            self._length += len(text)

    def _on_violation_end(self) -> None:
        self.listen(None)
        about, message = self._violation, "".join(self._text).strip()[: self._limits.max_text]
        severity = SEVERITIES.get(about.get("priority", "").strip(), Severity.UNRATED)
        line = declared(about, "beginline") or None
        self.found.append(Finding(self.tool, about.get("rule", ""), message, severity, self._path, line))

    def _on_suppressed(self, attributes: Attributes) -> None:
        self.counts.add(Severity.UNRATED, suppressed=True)
        if self._items:
            rule, path = attributes.get("rule", ""), attributes.get("filename", "")
            message = attributes.get("msg", "")[: self._limits.max_text]
            self.found.append(Finding(self.tool, rule, message, Severity.UNRATED, path, suppressed=True))

    def _on_error(self, attributes: Attributes) -> None:
        self.errors.add_file(attributes.get("filename"))

    def _on_setting(self, attributes: Attributes) -> None:
        self.errors.add_rule(attributes.get("rule"))

    def _on_other(self, name: str, _: Attributes) -> None:
        self.strange = self.strange or printable(name)

    def why_not(self) -> str | None:
        """Say how the report shows that its tool did not do its work, if it does."""
        why_not = self.errors.why_not(self.tool, self.version)
        if why_not is None and self.strange:
            return f"The report holds <{self.strange}>, which PMD's XML does not have: it may say anything."
        return why_not


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return root is not None and root.name == "pmd"


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = _PmdDocument(limits, items)
    for _ in feed(source, limits, document):
        yield from document.found
        document.found.clear()
    why_not = document.why_not()
    return Reading(
        FORMAT,
        Kind.LINT,
        document.tool,
        document.counts.measures(tells_suppressed=document.counts.suppressed > 0),
        tool_version=document.version,
        ran=why_not is None,
        why_not=why_not,
        made_at=document.made_at,
    )


READER = Reader(
    format=FORMAT,
    title="PMD XML",
    kind=Kind.LINT,
    source="https://docs.pmd-code.org/latest/pmd_userdocs_report_formats.html#xml",
    follows={
        "tool.ran": (
            "False where a file was not processed (`<error>`) or a rule not used (`<configerror>`), where an"
            " unknown element stands in the report, or it names no version."
        ),
        "findings.total": "`<violation>` elements.",
        **FOLLOWS,
        "findings.suppressed": "`<suppressedviolation>` elements; not measured where there is none.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        *NOTES,
        "PHPMD is told from PMD by `.php` files, or by its version, which is below 4; OCLint has its name in"
        " the version.",
    ),
)
