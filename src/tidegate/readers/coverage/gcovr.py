"""gcovr's JSON: its report of lines, branches and functions, and its summary."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from tidegate.domain.measures import Kind, Value
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
from tidegate.readers.coverage.union import FileUnion, Union, counted
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load

_REMAKE = "`gcovr --json coverage.json`"
_FORMAT, _SUMMARY = "gcovr/format_version", "gcovr/summary_format_version"
_KNOWN = re.compile(r"0\.\d{1,3}", re.ASCII)
_LAST_LINE = 2**31

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Line = Annotated[int, msgspec.Meta(ge=1, le=_LAST_LINE)]


class _Branch(msgspec.Struct, gc=False):
    count: _Count
    branchno: int | None = None
    source_block_id: int | None = None
    destination_block_id: int | None = None
    excluded: bool = msgspec.field(name="gcovr/excluded", default=False)


class _GcovrLine(msgspec.Struct, gc=False):
    number: _Line = msgspec.field(name="line_number")
    count: _Count
    branches: list[_Branch] = []
    excluded: bool = msgspec.field(name="gcovr/excluded", default=False)
    noncode: bool = msgspec.field(name="gcovr/noncode", default=False)


class _GcovrFunction(msgspec.Struct, gc=False):
    line: int = msgspec.field(name="lineno", default=0)
    name: str = ""
    demangled: str = msgspec.field(name="demangled_name", default="")
    count: _Count = msgspec.field(name="execution_count", default=0)
    excluded: bool = msgspec.field(name="gcovr/excluded", default=False)


class _GcovrFile(msgspec.Struct):
    name: str = msgspec.field(name="file")
    lines: list[_GcovrLine]
    functions: list[_GcovrFunction] | None = None


class _Shares(msgspec.Struct, gc=False, kw_only=True):
    line_total: _Count
    line_covered: _Count
    line_percent: float | None = None
    branch_total: _Count | None = None
    branch_covered: _Count | None = None
    branch_percent: float | None = None
    function_total: _Count | None = None
    function_covered: _Count | None = None
    function_percent: float | None = None


class _FileShares(_Shares, gc=False, kw_only=True):
    filename: str


class _GcovrReport(_Shares, kw_only=True):
    """Either of the two documents: a report has no totals, a summary has them."""

    line_total: _Count = 0
    line_covered: _Count = 0
    files: list[msgspec.Raw]
    format_version: Any = msgspec.field(name=_FORMAT, default=None)
    summary_version: Any = msgspec.field(name=_SUMMARY, default=None)


def _sniff(source: Source) -> bool:
    keys = preview(source).keys
    return _FORMAT in keys or _SUMMARY in keys


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    report = load(source, limits, _GcovrReport, remake=_REMAKE)
    version = str(report.format_version or report.summary_version)
    if not _KNOWN.fullmatch(version):
        raise Unreadable(
            f"The report is of format {version[:20]!r} of gcovr's JSON, known are 0.1 and on."
            f" Write it again with {_REMAKE}."
        )
    if report.format_version is None:
        return _read_summary(report)
    union, has_branches, has_functions = _union(report.files)
    measures: dict[str, Value] = {"coverage.files": len(union.files)} | counted("lines", union.count("lines"))
    if has_branches:
        measures |= counted("branches", union.count("branches"))
    if has_functions:
        measures |= counted("functions", union.count("functions"))
    why_not = None if measures["coverage.lines_total"] else _NOTHING
    return Reading(
        "gcovr",
        Kind.COVERAGE,
        "gcovr",
        measures,
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: union.lines("gcovr", limits)) if why_not is None else NO_LINES,
    )


_NOTHING = "The report lists no line: no coverage was measured. Look at gcovr's `--root` and `--filter`."


def _union(files: list[msgspec.Raw]) -> tuple[Union, bool, bool]:
    """Join what is listed, one file at a time; tell whether branches and functions are listed at all."""
    union = Union()
    has_branches = has_functions = False
    for index, raw in enumerate(files):
        file = decode(raw, _GcovrFile, remake=_REMAKE, at=f"$.files[{index}]")
        of_file = union.file(file.name)
        has_branches = _add_lines(of_file, file.lines) or has_branches
        for function in file.functions or ():
            has_functions = True
            if not function.excluded:
                of_file.add_function((function.line, function.name or function.demangled), function.count > 0)
    return union, has_branches, has_functions


def _add_lines(file: FileUnion, lines: list[_GcovrLine]) -> bool:
    """Add lines that count, and their branches; tell whether any line lists branches."""
    has_branches = False
    for line in lines:
        has_branches = has_branches or bool(line.branches)
        if line.excluded or line.noncode:
            continue
        file.add_lines((line.number,), (line.number,) if line.count else ())
        taken = {
            _name(branch, index): branch.count > 0
            for index, branch in enumerate(line.branches)
            if not branch.excluded
        }
        if taken:
            file.add_named_branches(line.number, taken)
    return has_branches


def _name(branch: _Branch, index: int) -> str:
    """Name a branch of a line: copies of templated code have the same ones."""
    number = index if branch.branchno is None else branch.branchno
    return f"{number},{branch.source_block_id},{branch.destination_block_id}"


def _read_summary(report: _GcovrReport) -> Reading:
    files: dict[str, dict[str, Share]] = {}
    for index, raw in enumerate(report.files):
        file = decode(raw, _FileShares, remake=_REMAKE, at=f"$.files[{index}]")
        if file.filename in files:
            raise Unreadable(
                f"The file {file.filename[:60]!r} stands twice in the summary. Write it again with {_REMAKE}."
            )
        files[file.filename] = _shares(file)
    summary = CoverageSummary(_shares(report), 0.101, files)
    why_not = summary.why_not(_REMAKE)
    return Reading(
        "gcovr",
        Kind.COVERAGE,
        "gcovr",
        summary.measures(),
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: summary.source_lines("gcovr")) if why_not is None else NO_LINES,
    )


def _shares(counts: _Shares) -> dict[str, Share]:
    found: dict[str, Share] = {"lines": Share(counts.line_covered, counts.line_total, counts.line_percent)}
    if counts.branch_total is not None and counts.branch_covered is not None:
        found["branches"] = Share(counts.branch_covered, counts.branch_total, counts.branch_percent)
    if counts.function_total is not None and counts.function_covered is not None:
        found["functions"] = Share(counts.function_covered, counts.function_total, counts.function_percent)
    return found


READER = Reader(
    format="gcovr",
    title="gcovr JSON",
    kind=Kind.COVERAGE,
    source="https://gcovr.com/en/stable/output/json.html",
    follows={
        "coverage.lines_total": (
            "distinct `line_number`s of each file, without those that are excluded or no code; of a summary"
            " `line_total`"
        ),
        "coverage.lines_covered": (
            "lines of which any mention has a `count` above 0; of a summary" " `line_covered`"
        ),
        "coverage.branches_total": (
            "distinct `branches` of each line, without excluded ones; of a summary `branch_total`; not"
            " measured where no line lists any"
        ),
        "coverage.branches_covered": (
            "branches of which any mention has a `count` above 0; of a summary `branch_covered`"
        ),
        "coverage.functions_total": (
            "distinct `functions` of each file by line and name, without excluded ones; of a summary"
            " `function_total`; not measured where the format is too old to list them"
        ),
        "coverage.functions_covered": (
            "functions with an `execution_count` above 0; of a summary `function_covered`"
        ),
        "coverage.files": "distinct file names",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A line that is listed several times (instances of a template) counts once, as in gcovr's LCOV"
            " and Cobertura; a summary counts as gcovr does."
        ),
        "A summary's files have to add up to its totals; where they do not, it counts as not run.",
        (
            "Joined with other reports, a summary has no lines to join: the least that it and others can mean"
            " together counts, so one that is submitted beside the report of the same run lowers the rate."
        ),
    ),
)
