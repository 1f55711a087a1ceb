"""Istanbul's JSON: coverage-final.json and coverage-summary.json, as nyc, c8, Jest and Vitest write them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import ABOUT
from tidegate.readers.base import MAX_COUNT, NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.coverage_summaries import CoverageSummary, Share
from tidegate.readers.coverage.union import FileUnion, Union, counted
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load

_REMAKE = "`npx nyc report --reporter=json` (Jest and Vitest: the reporter `json`)"
_TOTAL = "total"
_LAST_LINE = 2**31

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Line = Annotated[int, msgspec.Meta(ge=1, le=_LAST_LINE)]


class _IstanbulPosition(msgspec.Struct, gc=False):
    line: _Line


class _IstanbulStatement(msgspec.Struct, gc=False):
    start: _IstanbulPosition
    skip: bool = False  # how version 0 marked what a comment ignores


class _Function(msgspec.Struct, gc=False):
    name: str = ""
    line: _Line | None = None
    loc: _IstanbulStatement | None = None
    skip: bool = False


class _MaybePosition(msgspec.Struct, gc=False):
    line: _Line | None = None  # an `else` that is not written stands nowhere


class _IstanbulLocation(msgspec.Struct, gc=False):
    start: _MaybePosition | None = None
    skip: bool = False


class _Branches(msgspec.Struct, gc=False):
    locations: list[_IstanbulLocation]
    line: _Line | None = None
    loc: _IstanbulLocation | None = None


class _FileCoverage(msgspec.Struct, rename="camel"):
    statement_map: dict[str, _IstanbulStatement]
    fn_map: dict[str, _Function]
    branch_map: dict[str, _Branches]
    s: dict[str, _Count]
    f: dict[str, _Count]
    b: dict[str, list[_Count]]


class _Share(msgspec.Struct, gc=False):
    total: _Count
    covered: _Count
    pct: float | str | None = None  # "Unknown" of nothing


class _IstanbulSummary(msgspec.Struct, gc=False):
    lines: _Share
    branches: _Share
    functions: _Share


_RAWS = dict[str, msgspec.Raw]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root != "{":
        return False
    return "statementMap" in seen.inner or (
        _TOTAL in seen.keys and {"lines", "statements", "pct"} <= seen.inner
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    files = load(source, limits, _RAWS, remake=_REMAKE)
    return _read_summary(files) if _TOTAL in files else _read_final(files, limits)


def _read_summary(files: dict[str, msgspec.Raw]) -> Reading:
    """Read what Istanbul counted."""
    shares = {
        name: _shares(decode(raw, _IstanbulSummary, remake=_REMAKE, at=f"$[{name[:60]!r}]"))
        for name, raw in files.items()
    }
    summary = CoverageSummary(shares.pop(_TOTAL), 0.011, shares)
    why_not = summary.why_not(_REMAKE)
    return Reading(
        "istanbul",
        Kind.COVERAGE,
        "istanbul",
        summary.measures(),
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: summary.source_lines("istanbul")) if why_not is None else NO_LINES,
    )


def _shares(summary: _IstanbulSummary) -> dict[str, Share]:
    found = {about: getattr(summary, about) for about in ABOUT}
    return {
        about: Share(one.covered, one.total, one.pct if isinstance(one.pct, float) else None)
        for about, one in found.items()
    }


def _read_final(files: dict[str, msgspec.Raw], limits: Limits) -> Reading:
    """Count what Istanbul lists, one file at a time."""
    union = Union()
    contradiction: str | None = None
    for name, raw in files.items():
        file = decode(raw, _FileCoverage, remake=_REMAKE, at=f"$[{name[:60]!r}]")
        contradiction = contradiction or _contradiction(name, file)
        _add(union.file(name), file)
    measures: dict[str, Value] = {"coverage.files": len(union.files)}
    for about in ABOUT:
        measures |= counted(about, union.count(about))
    why_not = contradiction or _nothing(measures)
    return Reading(
        "istanbul",
        Kind.COVERAGE,
        "istanbul",
        measures,
        ran=why_not is None,
        why_not=why_not,
        lines=LazyLines(lambda: union.lines("istanbul", limits)) if why_not is None else NO_LINES,
    )


def _nothing(measures: dict[str, Value]) -> str | None:
    if measures["coverage.lines_total"]:
        return None
    what = "statement" if measures["coverage.files"] else "file"
    return (
        f"The report lists no {what}: no coverage was measured. Look at `include` and `exclude`, and at the"
        " tests' run."
    )


def _contradiction(name: str, file: _FileCoverage) -> str | None:
    """Hold the counts of a file against its maps, which have to name the same."""
    pairs = (
        ("statements", file.statement_map.keys() ^ file.s.keys()),
        ("functions", file.fn_map.keys() ^ file.f.keys()),
        ("branches", file.branch_map.keys() ^ file.b.keys()),
        (
            "branches",
            {
                key
                for key, one in file.branch_map.items()
                if len(one.locations) != len(file.b.get(key, one.locations))
            },
        ),
    )
    for about, different in pairs:
        if different:
            return (
                f"{name[-60:]}: its maps and its counts tell of different {about} ({min(different)[:20]!r}):"
                f" the report was edited or is damaged. Make it again with {_REMAKE}."
            )
    return None


def _add(union: FileUnion, file: _FileCoverage) -> None:
    """Add a file; what a comment ignores does not count."""
    lines: dict[int, bool] = {}
    for key, statement in file.statement_map.items():
        if not statement.skip:
            number = statement.start.line
            lines[number] = file.s.get(key, 0) > 0 or lines.get(number, False)
    union.add_lines(lines, (number for number, ran in lines.items() if ran))
    for key, function in file.fn_map.items():
        if not function.skip:
            start = function.loc.start.line if function.loc else 0
            union.add_function((function.line or start, function.name, key), file.f.get(key, 0) > 0)
    for key, branches in file.branch_map.items():
        taken = {
            f"{key},{index}": count > 0
            for index, (count, location) in enumerate(
                zip(file.b.get(key, ()), branches.locations, strict=False)
            )
            if not location.skip
        }
        line = _line_of(branches)
        if line is None:
            union.add_unlisted("branches", (sum(taken.values()), len(taken)))
        elif taken:
            union.add_named_branches(line, taken)


def _line_of(branches: _Branches) -> int | None:
    """Tell where branches begin, as Istanbul's LCOV does; None where the report does not say."""
    if branches.loc is not None and branches.loc.start is not None and branches.loc.start.line:
        return branches.loc.start.line
    starts = (location.start.line for location in branches.locations if location.start is not None)
    return branches.line or next(filter(None, starts), None)


READER = Reader(
    format="istanbul",
    title="Istanbul JSON",
    kind=Kind.COVERAGE,
    source="https://github.com/gotwarlost/istanbul/blob/master/coverage.json.md",
    follows={
        "coverage.lines_total": (
            "distinct lines on which a statement of `statementMap` begins, as Istanbul counts lines; of a"
            " summary `total.lines.total`"
        ),
        "coverage.lines_covered": (
            "lines of which any statement has a count above 0 in `s`; of a summary `total.lines.covered`"
        ),
        "coverage.branches_total": "entries of the lists of `b`; of a summary `total.branches.total`",
        "coverage.branches_covered": "entries above 0; of a summary `total.branches.covered`",
        "coverage.functions_total": "entries of `fnMap`; of a summary `total.functions.total`",
        "coverage.functions_covered": (
            "functions with a count above 0 in `f`; of a summary `total.functions.covered`"
        ),
        "coverage.files": "files by their path",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Lines are lines, as nyc's table and LCOV have them, not statements: several may begin on one"
            " line. c8 counts every line of a file, since V8 tells of ranges."
        ),
        (
            "Maps and counts have to name the same statements, functions and branches, and a summary's files"
            " to add up to its total; where they do not, the report counts as not run."
        ),
        "What version 0 marks with `skip`, because a comment ignores it, does not count.",
        (
            "Joined with other reports, branches are named as Istanbul's LCOV names them. A summary has no"
            " lines to join: the least that it and others can mean together counts, so one that is submitted"
            " beside the report of the same run lowers the rate. Submit one of the two."
        ),
    ),
)
