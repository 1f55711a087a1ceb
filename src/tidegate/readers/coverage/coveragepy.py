"""coverage.py's JSON report, formats 1 to 3."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import (
    SourceFile,
    SourceLines,
    bits_of,
    cost_of,
    function_key,
    named_branches,
)
from tidegate.domain.source_names import source_name
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
from tidegate.readers.coverage.union import completed
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.own_times import own_time

_REMAKE = "`coverage json -o coverage.json`"
_PRIVATE = b"!coverage.py:"
_NEWEST = 3
_LAST_LINE = 2**31
_ROUNDING = 0.01  # per cent; coverage.py writes all digits


_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


_Line = Annotated[int, msgspec.Meta(ge=1, le=_LAST_LINE)]
_Arc = tuple[int, int]  # below zero: into or out of the code that begins there
_LINES, _ARCS = msgspec.json.Decoder(list[_Line]), msgspec.json.Decoder(list[_Arc])
_LIST_OF_NUMBERS = b"0123456789,[] \t\r\n"
_ZEROES = (b"[0", b",0", b" 0", b"\t0", b"\n0")  # JSON has no number that begins with one


class _Summary(msgspec.Struct, gc=False):
    covered_lines: _Count
    num_statements: _Count
    missing_lines: _Count
    percent_covered: float | None = None
    num_branches: _Count | None = None
    covered_branches: _Count | None = None
    missing_branches: _Count | None = None


class _Counts(msgspec.Struct, gc=False):
    covered_lines: _Count
    num_statements: _Count


class _Region(msgspec.Struct, gc=False):
    summary: _Counts


class _CoveragePyFile(msgspec.Struct):
    """One file; its longest lists stay as they are written: to count them is all that most need."""

    missing_lines: list[_Line]
    summary: _Summary
    executed_lines: msgspec.Raw = msgspec.Raw(b"[]")
    executed_branches: msgspec.Raw = msgspec.Raw(b"[]")
    missing_branches: msgspec.Raw = msgspec.Raw(b"[]")
    functions: dict[str, _Region] | None = None


class _Meta(msgspec.Struct, gc=False):
    version: str
    format: int = 1  # the first format did not name itself
    branch_coverage: bool = False
    timestamp: object = None


class _CoveragePyReport(msgspec.Struct):
    meta: _Meta
    files: dict[str, _CoveragePyFile]
    totals: _Summary


def _sniff(source: Source) -> bool:
    if source.head.startswith(_PRIVATE):
        return True
    seen = preview(source)
    return seen.has("meta", "files") and bool(seen.inner & {"branch_coverage", "executed_lines"})


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    if source.head.startswith(_PRIVATE):
        raise Unreadable(
            "This is coverage.py's data file, which only coverage.py may read: make a report of it with"
            f" {_REMAKE}."
        )
    report = load(source, limits, _CoveragePyReport, remake=_REMAKE)
    if not 1 <= report.meta.format <= _NEWEST:
        raise Unreadable(
            f"The report has format {report.meta.format} of coverage.py, known are 1 to {_NEWEST}."
        )
    measures: dict[str, Value] = {
        "coverage.files": len(report.files),
        "coverage.lines_total": report.totals.num_statements,
        "coverage.lines_covered": report.totals.covered_lines,
    }
    if report.meta.branch_coverage and report.totals.num_branches is not None:
        measures["coverage.branches_total"] = report.totals.num_branches
        if report.totals.covered_branches is not None:
            measures["coverage.branches_covered"] = report.totals.covered_branches
    measures |= _functions(report)
    why_not = _why_not(report)
    yield from ()  # coverage has neither findings nor cases
    return Reading(
        "coveragepy",
        Kind.COVERAGE,
        "coverage.py",
        measures,
        report.meta.version,
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: _source_lines(report, limits, measures)) if why_not is None else NO_LINES,
        made_at=own_time(report.meta.timestamp),
    )


def _functions(report: _CoveragePyReport) -> dict[str, Value]:
    """Count functions with statements, and those of which at least one statement ran.

    Format 3 may leave them out, and then nothing is known of them.
    """
    if report.meta.format < _NEWEST or any(file.functions is None for file in report.files.values()):
        return {}
    total = covered = 0
    for file in report.files.values():
        for name, region in (file.functions or {}).items():
            if name and region.summary.num_statements:
                total += 1
                covered += region.summary.covered_lines > 0
    return {"coverage.functions_total": total, "coverage.functions_covered": covered}


def _why_not(report: _CoveragePyReport) -> str | None:
    if not report.files:
        return (
            "The report lists no file: nothing was measured. Look at coverage's `source` and at the tests'"
            " run."
        )
    for name, file in report.files.items():
        why = _why_not_of_file(file, report.meta.format)
        if why is not None:
            return f"{name}: {why}: the report was edited or is damaged. Make it again with {_REMAKE}."
    summaries = [file.summary for file in report.files.values()]
    for field in (
        "num_statements",
        "covered_lines",
        "missing_lines",
        "num_branches",
        "covered_branches",
        "missing_branches",
    ):
        declared = getattr(report.totals, field)
        counted = sum(getattr(summary, field) or 0 for summary in summaries)
        if declared is not None and declared != counted:
            return (
                f"`totals.{field}` says {declared}, the files add up to {counted}: the report was edited or"
                f" is damaged. Make it again with {_REMAKE}."
            )
    percent = _wrong_percent(report.totals)
    return (
        None if percent is None else f"`totals` contradicts itself: {percent}. Make it again with {_REMAKE}."
    )


def _why_not_of_file(file: _CoveragePyFile, format: int) -> str | None:
    """Hold a file's summary against the lines and branches that are listed for it."""
    summary = file.summary
    missing = len(set(file.missing_lines))
    if missing != summary.missing_lines or summary.covered_lines + missing != summary.num_statements:
        return "its summary contradicts the lines listed for it"
    run = bytes(file.executed_lines)
    if run.translate(None, _LIST_OF_NUMBERS) or any(zero in run for zero in _ZEROES):
        return "the lines that ran are not numbers from 1"
    # Lines that ran may be no statements: coverage.py once listed docstrings too.
    if _length(run) < summary.covered_lines:
        return f"{summary.covered_lines} lines are covered and {_length(run)} are listed as run"
    branches, covered = summary.num_branches or 0, summary.covered_branches
    if (covered or 0) > branches:
        return "more branches are covered than there are"
    if covered is not None and summary.missing_branches not in (None, branches - covered):
        return "its covered and missing branches are not all of its branches"
    arcs = file.executed_branches, file.missing_branches
    listed = tuple(max(bytes(each).count(b"[") - 1, 0) for each in arcs)
    if any(listed) and covered is not None and listed != (covered, branches - covered):
        return "its summary contradicts the branches listed for it"
    return _wrong_percent(summary) or (_wrong_functions(file) if format >= _NEWEST else None)


def _length(numbers: bytes) -> int:
    """Count a list of numbers as it is written."""
    return numbers.count(b",") + 1 if len(numbers) > 2 else 0


def _wrong_percent(summary: _Summary) -> str | None:
    """Tell where `percent_covered` is not what the counts give."""
    total = summary.num_statements + (summary.num_branches or 0)
    covered = summary.covered_lines + (summary.covered_branches or 0)
    percent = 100.0 * covered / total if total else 100.0
    if summary.percent_covered is None or (summary.num_branches and summary.covered_branches is None):
        return None
    if abs(summary.percent_covered - percent) <= _ROUNDING:
        return None
    return f"its percent_covered is {summary.percent_covered:.2f}, and its counts give {percent:.2f}"


def _wrong_functions(file: _CoveragePyFile) -> str | None:
    """Tell where the functions, and what stands outside of them, are not the file."""
    if file.functions is None:
        return None
    regions = [region.summary for region in file.functions.values()]
    for field in ("num_statements", "covered_lines"):
        if sum(getattr(region, field) for region in regions) != getattr(file.summary, field):
            return f"its functions do not add up to its {field}"
    return None


def _source_lines(
    report: _CoveragePyReport, limits: Limits, measures: dict[str, Value]
) -> SourceLines | None:
    """Return what the report lists, to be joined with other reports; None where that takes too much."""
    files: dict[str, SourceFile] = {}
    cost = 0
    for name, file in report.files.items():
        try:
            run, arcs = _LINES.decode(file.executed_lines), []
            for raw, taken in ((file.executed_branches, True), (file.missing_branches, False)):
                arcs += [(begin, end, taken) for begin, end in _ARCS.decode(raw)]
        except msgspec.MsgspecError:
            return None
        highest = max(max(run, default=0), max(file.missing_lines, default=0))
        cost += cost_of(highest, len(arcs) + len(file.functions or {}))
        if cost > 2 * limits.max_lines:
            return None
        files[source_name(name)] = _source_file(file, run, arcs)
    return completed(SourceLines("coveragepy", files), measures)


def _source_file(file: _CoveragePyFile, run: list[int], arcs: list[tuple[int, int, bool]]) -> SourceFile:
    missing = bits_of(file.missing_lines)
    hits = bits_of(run) & ~missing
    lines = hits | missing
    named: dict[int, dict[str, bool]] = {}
    for begin, end, taken in arcs:
        named.setdefault(begin, {})[str(end)] = taken
    return SourceFile(
        lines,
        hits,
        lines.bit_count() - file.summary.num_statements,
        {line: named_branches(branches) for line, branches in named.items()},
        {
            function_key(name): region.summary.covered_lines > 0
            for name, region in (file.functions or {}).items()
            if name and region.summary.num_statements
        },
    )


READER = Reader(
    format="coveragepy",
    title="coverage.py JSON",
    kind=Kind.COVERAGE,
    source="https://coverage.readthedocs.io/en/latest/commands/cmd_json.html",
    follows={
        "coverage.files": "Entries of `files`.",
        "coverage.lines_total": "`totals.num_statements`, which the files must add up to.",
        "coverage.lines_covered": "`totals.covered_lines`, which the files must add up to.",
        "coverage.branches_total": "`totals.num_branches`, where branches were measured.",
        "coverage.branches_covered": (
            "`totals.covered_branches`, where branches were measured and the version says it."
        ),
        "coverage.functions_total": (
            "Functions with statements, in format 3; not measured where it leaves them out."
        ),
        "coverage.functions_covered": "Functions of which at least one statement ran, in format 3.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "`coverage.line_rate` is lines alone; `percent_covered` of coverage.py mixes lines and branches"
            " where branches were measured, so the two differ then."
        ),
        (
            "Totals are counted again from the files, and each file's summary, percentage and functions from"
            " its lists; where they disagree, nothing can be believed and the report counts as not run. Lines"
            " that ran may be more than those that count: older versions list docstrings."
        ),
        "Joined with other reports, branches are distinguished by where they lead, functions by their names.",
    ),
)
