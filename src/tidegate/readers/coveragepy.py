"""coverage.py's JSON report, formats 1 to 3."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import MAX_COUNT, Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.own_times import own_time

_REMAKE = "`coverage json -o coverage.json`"
_PRIVATE = b"!coverage.py:"
_NEWEST = 3


_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class _Summary(msgspec.Struct, gc=False):
    covered_lines: _Count
    num_statements: _Count
    missing_lines: _Count
    num_branches: _Count | None = None
    covered_branches: _Count | None = None


class _Region(msgspec.Struct, gc=False):
    summary: _Summary


class _File(msgspec.Struct):
    missing_lines: list[int]
    summary: _Summary
    functions: dict[str, _Region] | None = None


class _Meta(msgspec.Struct, gc=False):
    version: str
    format: int = 1  # the first format did not name itself
    branch_coverage: bool = False
    timestamp: object = None


class _Report(msgspec.Struct):
    meta: _Meta
    files: dict[str, _File]
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
    report = load(source, limits, _Report, remake=_REMAKE)
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
    if report.meta.format >= _NEWEST:
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
        made_at=own_time(report.meta.timestamp),
    )


def _functions(report: _Report) -> dict[str, Value]:
    """Count functions with statements, and those of which at least one statement ran."""
    total = covered = 0
    for file in report.files.values():
        for name, region in (file.functions or {}).items():
            if name and region.summary.num_statements:
                total += 1
                covered += region.summary.covered_lines > 0
    return {"coverage.functions_total": total, "coverage.functions_covered": covered}


def _why_not(report: _Report) -> str | None:
    if not report.files:
        return (
            "The report lists no file: nothing was measured. Look at coverage's `source` and at the tests'"
            " run."
        )
    for name, file in report.files.items():
        summary = file.summary
        # Not compared with `executed_lines`: those hold lines that are no statements, such as docstrings.
        missing = len(file.missing_lines)
        if missing != summary.missing_lines or summary.covered_lines + missing != summary.num_statements:
            return (
                f"The summary of {name} contradicts the lines listed for it: the report was edited or is"
                " damaged."
            )
    summaries = [file.summary for file in report.files.values()]
    if any((one.covered_branches or 0) > (one.num_branches or 0) for one in summaries):
        return "The report has more covered branches than branches: it was edited or is damaged."
    for field in ("num_statements", "covered_lines", "missing_lines", "num_branches", "covered_branches"):
        declared = getattr(report.totals, field)
        counted = sum(getattr(summary, field) or 0 for summary in summaries)
        if declared is not None and declared != counted:
            return (
                f"`totals.{field}` says {declared}, the files add up to {counted}: the report was edited or"
                " is damaged."
            )
    return None


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
        "coverage.functions_total": "Functions with statements, in format 3.",
        "coverage.functions_covered": "Functions of which at least one statement ran, in format 3.",
    },
    sniff=_sniff,
    read=_read,
    tools=("coverage/coverage.py",),
    notes=(
        (
            "`coverage.line_rate` is lines alone; `percent_covered` of coverage.py mixes lines and branches"
            " where branches were measured, so the two differ then."
        ),
        (
            "The totals are counted again from the files; where they disagree, nothing can be believed and"
            " the report counts as not run."
        ),
    ),
)
