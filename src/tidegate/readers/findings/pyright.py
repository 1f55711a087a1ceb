"""Pyright's JSON, as `pyright --outputjson` writes it: diagnostics, and a summary that they must fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode_each, load
from tidegate.readers.own_times import epoch_time
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "pyright"
_REMAKE = "`pyright --outputjson > pyright.json`"
_SEVERITIES: Mapping[str, Severity] = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "information": Severity.INFO,
}


class _PyrightPosition(msgspec.Struct, gc=False):
    line: int


class _Range(msgspec.Struct, gc=False):
    start: _PyrightPosition


class _Diagnostic(msgspec.Struct, gc=False):
    severity: str
    message: str
    file: str = ""
    rule: str | None = None
    range: _Range | None = None


class _PyrightSummary(msgspec.Struct):
    filesAnalyzed: int
    errorCount: int
    warningCount: int
    informationCount: int = 0  # older versions do not count them


class _PyrightReport(msgspec.Struct):
    generalDiagnostics: list[msgspec.Raw]
    summary: _PyrightSummary
    version: str = ""
    time: object = None
    typeCompleteness: object = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("generalDiagnostics")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _PyrightReport, remake=_REMAKE)
    counts = SeverityCounts()
    words: Counter[str] = Counter()
    at = "$.generalDiagnostics"
    for said in decode_each(report.generalDiagnostics, _Diagnostic, remake=_REMAKE, at=at):
        severity = _SEVERITIES.get(said.severity, Severity.UNRATED)
        words[said.severity] += 1
        counts.add(severity)
        if items:
            # Pyright counts lines from 0.
            line = said.range.start.line + 1 if said.range and said.range.start.line >= 0 else None
            yield Finding("pyright", said.rule or "", cut(said.message, limits), severity, said.file, line)
    why_not = _why_not(report, words)
    return Reading(
        FORMAT,
        Kind.TYPES,
        "pyright",
        counts.measures(tells_suppressed=False),
        tool_version=report.version,
        ran=why_not is None,
        why_not=why_not,
        made_at=epoch_time(report.time),
    )


def _why_not(report: _PyrightReport, words: Mapping[str, int]) -> str | None:
    summary = report.summary
    if report.typeCompleteness is not None:
        return f"This is what `--verifytypes` says of a package's interface: write it with {_REMAKE}."
    if summary.filesAnalyzed < 1:
        return "Pyright says that it analyzed no file: give it the folder of the sources."
    declared = {
        "error": summary.errorCount,
        "warning": summary.warningCount,
        "information": summary.informationCount,
    }
    if any(words.get(word, 0) != count for word, count in declared.items()):
        said = ", ".join(f"{count} {word}" for word, count in declared.items())
        return (
            f"Pyright counted {said}, and lists {sum(words.values())} diagnostics that do not fit this: the"
            f" report was filtered or edited. Write it again with {_REMAKE}."
        )
    return None


READER = Reader(
    format=FORMAT,
    title="Pyright JSON",
    kind=Kind.TYPES,
    source="https://microsoft.github.io/pyright/#/command-line?id=json-output",
    follows={
        "tool.ran": (
            "False where `summary` says that no file was analyzed or does not fit the diagnostics listed, and"
            " for what `--verifytypes` writes."
        ),
        "findings.total": "Entries of `generalDiagnostics`.",
        "findings.critical": "Always 0 while everything is rated: Pyright's worst severity is `error`.",
        "findings.high": "Entries with `severity` `error`.",
        "findings.medium": "Entries with `severity` `warning`.",
        "findings.low": "Always 0 while everything is rated.",
        "findings.info": "Entries with `severity` `information`.",
        "findings.unrated": "Entries with any other `severity`; then no severity is measured.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A syntax error is a finding and does not say that the file was not checked: unlike mypy, Pyright"
        " goes"
        " on behind it.",
        "basedpyright writes the same, and nothing in it tells the two apart: its tool is `pyright` as well.",
    ),
)
