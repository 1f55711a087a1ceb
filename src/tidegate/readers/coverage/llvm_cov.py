"""LLVM's JSON, as `llvm-cov export` and cargo-llvm-cov write it, and Swift's tests: what LLVM counted."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import (
    MAX_COUNT,
    NO_LINES,
    LazyLines,
    Limits,
    Reader,
    Reading,
    Source,
    Stream,
    Unreadable,
)
from tidegate.readers.coverage.coverage_summaries import CoverageSummary, Share
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load

_REMAKE = "`llvm-cov export PROGRAM -instr-profile=FILE > llvm-cov.json`"
_TYPE = "llvm.coverage.json.export"
_KNOWN = re.compile(r"[23]\.\d{1,3}\.\d{1,3}", re.ASCII)
_ROUNDING = 0.01  # per cent; LLVM writes all digits

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class _LlvmShare(msgspec.Struct, gc=False):
    count: _Count
    covered: _Count
    percent: float | None = None


class _LlvmSummary(msgspec.Struct, gc=False):
    lines: _LlvmShare
    functions: _LlvmShare
    branches: _LlvmShare | None = None  # since LLVM 12


class _LlvmFile(msgspec.Struct):
    filename: str
    summary: _LlvmSummary


class _LlvmExport(msgspec.Struct):
    files: list[msgspec.Raw]
    totals: _LlvmSummary


class _LlvmReport(msgspec.Struct):
    type: str
    version: str
    data: list[_LlvmExport]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.keys.get("type") == _TYPE:
        return True
    # The type stands behind all else: a report that is cut off has none.
    return seen.has("data") and "files" in seen.inner and b'"segments"' in source.head


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    report = load(source, limits, _LlvmReport, remake=_REMAKE)
    if report.type != _TYPE or not _KNOWN.fullmatch(report.version):
        raise Unreadable(
            f"The report is {report.type[:40]!r} of version {report.version[:20]!r}, known are {_TYPE} 2 and"
            f" 3. Write it again with {_REMAKE}."
        )
    if len(report.data) != 1:
        raise Unreadable(
            f"The report holds {len(report.data)} exports, and LLVM writes one: submit each as a report of"
            f" its own, written with {_REMAKE}."
        )
    summary = _summary(report.data[0])
    why_not = summary.why_not(_REMAKE)
    measures = summary.measures()
    if not measures.get("coverage.branches_total"):  # most compilers do not look for branches
        measures = {name: value for name, value in measures.items() if "branches" not in name}
    return Reading(
        "llvm-cov",
        Kind.COVERAGE,
        "llvm-cov",
        measures,
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: summary.source_lines("llvm-cov")) if why_not is None else NO_LINES,
    )


def _summary(export: _LlvmExport) -> CoverageSummary:
    """Take what LLVM counted of each file, one at a time: what it lists of them is long."""
    files: dict[str, dict[str, Share]] = {}
    for index, raw in enumerate(export.files):
        file = decode(raw, _LlvmFile, remake=_REMAKE, at=f"$.data[0].files[{index}]")
        if file.filename in files:
            raise Unreadable(
                f"The file {file.filename[:60]!r} stands twice in the report. Write it again with {_REMAKE}."
            )
        files[file.filename] = _shares(file.summary)
    return CoverageSummary(_shares(export.totals), _ROUNDING, files)


def _shares(summary: _LlvmSummary) -> dict[str, Share]:
    counted = {"lines": summary.lines, "branches": summary.branches, "functions": summary.functions}
    return {
        about: Share(share.covered, share.count, share.percent)
        for about, share in counted.items()
        if share is not None
    }


READER = Reader(
    format="llvm-cov",
    title="LLVM coverage JSON",
    kind=Kind.COVERAGE,
    source="https://llvm.org/docs/CommandGuide/llvm-cov.html#llvm-cov-export",
    follows={
        "coverage.lines_total": "`totals.lines.count`, which the files must add up to",
        "coverage.lines_covered": "`totals.lines.covered`, which the files must add up to",
        "coverage.branches_total": (
            "`totals.branches.count`; not measured where it is 0, as of compilers that do not look for"
            " branches"
        ),
        "coverage.branches_covered": "`totals.branches.covered`",
        "coverage.functions_total": "`totals.functions.count`, each once, however often it is instantiated",
        "coverage.functions_covered": "`totals.functions.covered`",
        "coverage.files": "files by their name",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "The counts are LLVM's own, of each file and of all, as `llvm-cov report` shows them: a line that"
            " belongs to two functions counts twice. Files have to add up to the totals, and percentages to"
            " follow from the counts; where they do not, the report counts as not run."
        ),
        (
            "Segments and regions are not read, so the report has no lines to join: together with others the"
            " least that it can mean counts. Write LCOV (`llvm-cov export -format=lcov`) to join lines."
        ),
    ),
)
