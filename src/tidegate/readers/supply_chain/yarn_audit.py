"""What yarn writes of an audit, in lines of JSON: `yarn audit` of yarn 1, `yarn npm audit` of later ones."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_guard import check_content
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode
from tidegate.readers.lines import read_all_lines
from tidegate.readers.supply_chain.audits import FOLLOWS, Audit, added, own_words, severity_of
from tidegate.readers.supply_chain.npm_advisories import (
    Advisories,
    Advisory,
    NpmTotals,
    advisory_name,
    is_followed,
)

FORMAT = "yarn-audit"
_REMAKE = "`yarn audit --json > yarn-audit.json` (yarn 1)"
_LONGEST_LINE = 16 * 1024 * 1024  # an advisory of yarn 1 repeats all the ways to its package
# What yarn 1 says beside its results, and of its progress.
_HARMLESS = frozenset("""
    activityEnd activitySetEnd activitySetStart activitySetTick activityStart activityTick auditAction
    auditManualReview info progressFinish progressStart progressTick step verbose warning
    """.split())


class _Found(msgspec.Struct):
    advisory: Advisory


class _TreeEntry(msgspec.Struct):
    """What yarn 4 says of a package; a deprecated one has its own words for an id."""

    severity: str = msgspec.field(name="Severity")
    id: int | str | None = msgspec.field(name="ID", default=None)
    url: str | None = msgspec.field(name="URL", default=None)
    versions: list[str] = msgspec.field(name="Tree Versions", default_factory=list)


class _YarnLine(msgspec.Struct):
    """A line of any layout: of yarn 1, of yarn 4, or the service's answer as yarn 2 and 3 pass it on."""

    type: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    value: str | None = None
    children: msgspec.Raw = msgspec.Raw()
    advisories: dict[str, msgspec.Raw] | None = None
    metadata: NpmTotals | None = None


@dataclass(slots=True)
class _Read:
    """What the lines say together."""

    audit: Audit = field(default_factory=lambda: Audit(FORMAT))
    vulnerabilities: Counter[str] = field(default_factory=Counter)
    packages: int | None = None
    entries: int = 0  # of yarn 4, which writes no totals
    said: str | None = None  # by yarn, of why it failed

    def add_totals(self, totals: NpmTotals) -> None:
        self.vulnerabilities.update(totals.vulnerabilities or {})
        if totals.total_dependencies is not None and totals.vulnerabilities is not None:
            self.packages = added(self.packages or 0, totals.total_dependencies)


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("type", "data"):
        marks = b'"auditAdvisory"', b'"auditSummary"', b"/docs/cli/audit"
        return any(mark in source.head for mark in marks)
    if seen.has("value", "children"):
        return {"Severity", "Tree Versions"} <= seen.inner
    return seen.has("advisories", "metadata") and is_followed(source.head)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    read = _Read()
    advisories = Advisories(read.audit, "yarn")
    longest = min(_LONGEST_LINE, limits.max_bytes // 2)
    for number, line in read_all_lines(source, dataclasses.replace(limits, max_text=longest)):
        if not line or line.isspace():
            continue
        try:
            for finding in _line(_decoded(line, limits, longest), read, advisories):
                if items:
                    yield finding
        except Unreadable as error:
            raise Unreadable(f"{source.name}, line {number}: {error}") from None
    read.audit.looked_at = read.packages
    why_not = _why_not(read, advisories)
    measures = read.audit.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.DEPENDENCIES, FORMAT, measures, ran=why_not is None, why_not=why_not)


def _decoded(line: str, limits: Limits, longest: int) -> _YarnLine:
    data = line.encode()
    if len(data) >= longest:
        raise Unreadable(f"It has more than {longest:,} bytes. Write the report again with {_REMAKE}.")
    check_content(data, limits, remake=_REMAKE)
    return decode(data, _YarnLine, remake=_REMAKE)


def _line(line: _YarnLine, read: _Read, advisories: Advisories) -> Iterator[Finding]:
    if line.advisories is not None:
        yield from advisories.read(line.advisories, remake=_REMAKE)
        read.add_totals(line.metadata or NpmTotals())
    elif bytes(line.children):
        entry = decode(line.children, _TreeEntry, remake=_REMAKE, at="$.children")
        read.entries += 1
        package, severity = line.value or "", severity_of(entry.severity)
        read.audit.vulnerable.update((package, version) for version in entry.versions)
        of = (min(entry.versions, default=""),)
        yield read.audit.add(advisory_name(entry.id, entry.url), package, severity, of=of)
    elif line.type == "auditAdvisory":
        found = decode(line.data, _Found, remake=_REMAKE, at="$.data")
        yield advisories.add(found.advisory, 1)
    elif line.type == "auditSummary":
        read.add_totals(decode(line.data, NpmTotals, remake=_REMAKE, at="$.data"))
    elif line.type not in _HARMLESS and read.said is None:
        said = bytes(line.data).decode("utf-8", "replace").strip('"')
        read.said = own_words(f"{line.type or 'a line of no known type'}: {said}")


def _why_not(read: _Read, advisories: Advisories) -> str | None:
    if read.said is not None:
        return f"yarn says that it failed ({read.said}): see its log and run it again, with {_REMAKE}."
    if read.packages is None:
        if read.entries:
            return None
        return (
            "yarn wrote no summary (`auditSummary`), so its audit failed or was stopped: see its log and run"
            f" it again, with {_REMAKE}."
        )
    return advisories.why_not(NpmTotals(dict(read.vulnerabilities), read.packages))


READER = Reader(
    format=FORMAT,
    title="yarn audit JSON lines",
    kind=Kind.DEPENDENCIES,
    source="https://classic.yarnpkg.com/en/docs/cli/audit",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where yarn writes an error or no summary, no package was audited, or its totals are more"
            " than what is listed."
        ),
        "findings.total": (
            "Yarn 1: lines `auditAdvisory`, one for each way to a package, as its summary counts. Yarn 4:"
            " lines, one an advisory. Yarn 2 and 3: `advisories`."
        ),
        "findings.medium": "Those with the severity `moderate`.",
        "dependencies.total": "`totalDependencies`; yarn 4 does not tell.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "`yarn audit --level` leaves out lines and not their count: such a report lists less than it"
            " counted and does not count as run."
        ),
        (
            "Yarn 4 writes nothing at all where it finds nothing, which does not show that it looked: such a"
            " file is refused. Use `osv-scanner` or `npm audit` for a report that says none."
        ),
        (
            "Yarn 4 writes no totals either: its report that is cut at the end of a line looks complete. Of"
            " yarn 1 the summary is missing then."
        ),
        (
            "What yarn 2 and 3 pass on of the audit service is version 1 of npm's report, and recognised as"
            " `npm-audit` where no line of yarn's own follows it."
        ),
        "A deprecated package is a finding where yarn 4 lists it as one.",
    ),
)
