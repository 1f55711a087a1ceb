"""golangci-lint's JSON: issues, and a report of the linters that ran and of what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode_each, load
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "golangci-lint"
_REMAKE = (
    "`golangci-lint run --output.json.path=golangci.json --max-issues-per-linter=0 --max-same-issues=0`"
    " (version 1: `--out-format json:golangci.json`)"
)
_NOT_COMPILED = "typecheck"
_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "error": Severity.HIGH,
    "high": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.INFO,
}
# Of the warnings of a run those that say that something was not looked at; most tell of deprecated linters.
_UNDONE = re.compile(
    r"\b(?:can.?t|couldn.?t|cannot|could not|unable|fail\w*|panic\w*|timed? ?out|timeout|deadline|cancell?ed"
    r"|errors?|killed|skipped linter)\b",
    re.IGNORECASE,
)


class _GolangciPlace(msgspec.Struct, gc=False):
    Filename: str = ""
    Line: int | None = None


class _GolangciIssue(msgspec.Struct, gc=False):
    FromLinter: str
    Text: str
    Severity: str | None = None
    Pos: _GolangciPlace | None = None


class _Linter(msgspec.Struct, gc=False):
    Name: str
    Enabled: bool = False


class _Warning(msgspec.Struct, gc=False):
    Text: str = ""
    Tag: str = ""


class _AboutRun(msgspec.Struct):
    Warnings: list[_Warning] | None = None
    Linters: list[_Linter] | None = None
    Error: str | None = None


class _GolangciReport(msgspec.Struct):
    Issues: list[msgspec.Raw] | None
    Report: _AboutRun | None


def _sniff(source: Source) -> bool:
    return preview(source).has("Issues", "Report")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _GolangciReport, remake=_REMAKE)
    counts = SeverityCounts()
    not_compiled = 0
    for issue in decode_each(report.Issues or (), _GolangciIssue, remake=_REMAKE, at="$.Issues"):
        severity = _SEVERITIES.get((issue.Severity or "").lower(), Severity.UNRATED)
        counts.add(severity)
        not_compiled += issue.FromLinter == _NOT_COMPILED
        if items:
            place = issue.Pos or _GolangciPlace()
            line = place.Line if place.Line and place.Line > 0 else None
            text = cut(issue.Text, limits)
            yield Finding("golangci-lint", issue.FromLinter, text, severity, place.Filename, line)
    why_not = _why_not(report.Report, not_compiled)
    measures = counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.LINT, "golangci-lint", measures, ran=why_not is None, why_not=why_not)


def _why_not(report: _AboutRun | None, not_compiled: int) -> str | None:
    if report is None:
        return f"`Report` is missing, which says what golangci-lint did: write it again with {_REMAKE}."
    if report.Error:
        return f"golangci-lint says that it failed: {report.Error[:200]}."
    if not_compiled:
        return (
            f"{not_compiled} issues of `typecheck` say that the sources do not compile: linters did not check"
            " them. Make `go build ./...` succeed where golangci-lint runs."
        )
    undone = [warning.Text for warning in report.Warnings or () if _UNDONE.search(warning.Text)]
    if undone:
        return f"golangci-lint warns of work undone: {undone[0][:200]}."
    if not any(linter.Enabled for linter in report.Linters or ()):
        return "golangci-lint names no linter that was enabled: nothing says that anything was checked."
    return None


READER = Reader(
    format=FORMAT,
    title="golangci-lint JSON",
    kind=Kind.LINT,
    source="https://golangci-lint.run/docs/configuration/file/#output-configuration",
    follows={
        "tool.ran": (
            "False where `Report.Error` is set, an issue is of `typecheck`, a warning says that a linter"
            " could"
            " not run, or no linter was enabled."
        ),
        "findings.total": "Entries of `Issues`.",
        "findings.critical": "Issues with `Severity` `critical`.",
        "findings.high": "Issues with `Severity` `error` or `high`.",
        "findings.medium": "Issues with `Severity` `warning` or `medium`.",
        "findings.low": "Issues with `Severity` `low`.",
        "findings.info": "Issues with `Severity` `info`.",
        "findings.unrated": (
            "Issues with any other `Severity`, or none, as the default is; then no severity is measured."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "golangci-lint lists at most 50 issues of a linter and 3 of one text, and does not say what it left"
        " out: run it with `--max-issues-per-linter=0 --max-same-issues=0`.",
        "The rule is the linter's name, as in golangci-lint's SARIF.",
    ),
)
