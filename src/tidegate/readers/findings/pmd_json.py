"""PMD's JSON: violations by file, and lists of what was suppressed, not processed and not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.pmd_words import FOLLOWS, NOTES, SEVERITIES, PmdErrors
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode_each, load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "pmd-json"
_REMAKE = "`pmd check -d src -R RULES -f json -r pmd.json`"
_VERSION = 0  # of the format: the only one that there is


class _PmdViolation(msgspec.Struct, gc=False):
    rule: str
    description: str | None = None
    priority: int | None = None
    beginline: int | None = None


class _PmdFile(msgspec.Struct, gc=False):
    filename: str
    violations: list[_PmdViolation]


class _PmdNotProcessed(msgspec.Struct, gc=False):
    """A file that was not processed; its messages are left out: they quote the source."""

    filename: str | None = None


class _PmdNotUsed(msgspec.Struct, gc=False):
    rule: str | None = None


class _PmdReport(msgspec.Struct):
    """All of it is written in every report: one that lacks a list was cut or edited."""

    formatVersion: int
    pmdVersion: str
    files: list[msgspec.Raw]
    suppressedViolations: list[msgspec.Raw]
    processingErrors: list[_PmdNotProcessed]
    configurationErrors: list[_PmdNotUsed]
    timestamp: object = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("pmdVersion") or seen.has("formatVersion", "processingErrors")


def _findings(
    parts: Iterable[msgspec.Raw], at: str, limits: Limits, *, suppressed: bool
) -> Iterator[Finding]:
    for file in decode_each(parts, _PmdFile, remake=_REMAKE, at=at):
        for said in file.violations:
            severity = SEVERITIES.get(str(said.priority), Severity.UNRATED)
            line = said.beginline if said.beginline and said.beginline > 0 else None
            text = cut((said.description or "").strip(), limits)
            yield Finding("pmd", said.rule, text, severity, file.filename, line, suppressed)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _PmdReport, remake=_REMAKE)
    if report.formatVersion != _VERSION:
        raise Unreadable(
            f"The report has format {report.formatVersion} of PMD's JSON, read is {_VERSION}: let PMD write"
            " XML (`-f xml`), or update Tidegate."
        )
    counts = SeverityCounts()
    for parts, at, suppressed in (
        (report.files, "$.files", False),
        (report.suppressedViolations, "$.suppressedViolations", True),
    ):
        for finding in _findings(parts, at, limits, suppressed=suppressed):
            counts.add(finding.severity, suppressed)
            if items:
                yield finding
    why_not = _why_not(report)
    return Reading(
        FORMAT,
        Kind.LINT,
        "pmd",
        counts.measures(tells_suppressed=counts.suppressed > 0),
        tool_version=cut(report.pmdVersion, limits),
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(report.timestamp),
    )


def _why_not(report: _PmdReport) -> str | None:
    errors = PmdErrors()
    for file in report.processingErrors:
        errors.add_file(file.filename)
    for rule in report.configurationErrors:
        errors.add_rule(rule.rule)
    return errors.why_not("pmd", report.pmdVersion.strip())


READER = Reader(
    format=FORMAT,
    title="PMD JSON",
    kind=Kind.LINT,
    source="https://docs.pmd-code.org/latest/pmd_userdocs_report_formats.html#json",
    follows={
        "tool.ran": (
            "False where a file was not processed (`processingErrors`) or a rule not used"
            " (`configurationErrors`), or no version is named."
        ),
        "findings.total": "Entries of `violations` of all `files`.",
        **FOLLOWS,
        "findings.suppressed": (
            "Violations of all `suppressedViolations`; not measured where there are none."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=NOTES,
)
