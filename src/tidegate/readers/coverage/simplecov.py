"""SimpleCov's JSON: the results of its runs (.resultset.json), and the report of its JSON formatter."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import NO_LINES, LazyLines, Limits, Reader, Reading, Source, Stream
from tidegate.readers.coverage.simplecov_files import RAWS, REMAKE, RubyFiles, Total
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load
from tidegate.readers.own_times import epoch_time, own_time

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# How .resultset.json begins: a command's name, and then the files that it ran or none.
_RUNS = re.compile(
    rb"""\s*+\{\s*+"(?:[^"\\]|\\.)*+"\s*+:\s*+\{\s*+"coverage"\s*+:\s*+\{\s*+(?:\}\s*+,\s*+"timestamp"\s*+:"""
    rb"""|"(?:[^"\\]|\\.)*+"\s*+:\s*+(?:\[|\{\s*+"(?:lines|branches|methods)"))"""
)
_NO_TOTALS = msgspec.Raw(b"{}")


class _SimpleCovRun(msgspec.Struct):
    coverage: RAWS
    timestamp: object = None


class _SimpleCovMeta(msgspec.Struct, gc=False):
    simplecov_version: str = ""
    timestamp: object = None
    commit: object = None


class _SimpleCovTotals(msgspec.Struct, gc=False):
    lines: Total | None = None
    branches: Total | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("meta", "coverage"):
        return "simplecov_version" in seen.inner
    return _RUNS.match(source.head.removeprefix(b"\xef\xbb\xbf")) is not None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    document = load(source, limits, RAWS, remake=REMAKE)
    ruby = _of_report(document) if "meta" in document else _of_runs(document)
    ruby.settle()
    why_not = ruby.why_not()
    return Reading(
        "simplecov",
        Kind.COVERAGE,
        "simplecov",
        ruby.measures(),
        ruby.version,
        ran=why_not is None,
        why_not=why_not,
        made_at=ruby.made_at,
        commits=ruby.commits,
        lines=LazyLines(lambda: ruby.union.lines("simplecov", limits)) if why_not is None else NO_LINES,
    )


def _of_runs(document: Mapping[str, msgspec.Raw]) -> RubyFiles:
    """Read .resultset.json: what each of the commands ran, which count together."""
    ruby = RubyFiles()
    for name, raw in document.items():
        run = decode(raw, _SimpleCovRun, remake=REMAKE, at=f"$[{name[:60]!r}]")
        ruby.add(run.coverage, f"$[{name[:60]!r}].coverage")
        ended = epoch_time(str(run.timestamp))
        ruby.made_at = min(filter(None, (ruby.made_at, ended)), default=None)
    return ruby


def _of_report(document: Mapping[str, msgspec.Raw]) -> RubyFiles:
    """Read coverage.json, which declares totals since its schema has a version."""
    meta = decode(document["meta"], _SimpleCovMeta, remake=REMAKE, at="$.meta")
    totals = decode(document.get("total", _NO_TOTALS), _SimpleCovTotals, remake=REMAKE, at="$.total")
    is_commit = isinstance(meta.commit, str) and _COMMIT.fullmatch(meta.commit)
    ruby = RubyFiles(
        made_at=own_time(meta.timestamp),
        version=meta.simplecov_version,
        commits=(str(meta.commit),) if is_commit else (),
        declared={"lines": totals.lines, "branches": totals.branches},
    )
    ruby.add(decode(document.get("coverage", _NO_TOTALS), RAWS, remake=REMAKE, at="$.coverage"), "$.coverage")
    return ruby


READER = Reader(
    format="simplecov",
    title="SimpleCov JSON",
    kind=Kind.COVERAGE,
    source="https://github.com/simplecov-ruby/simplecov/blob/main/schemas/coverage.schema.json",
    follows={
        "coverage.lines_total": (
            "numbers in `lines` of each file; neither `null` nor `ignored`; not measured where no file has"
            " lines (branches alone)"
        ),
        "coverage.lines_covered": "numbers above 0",
        "coverage.branches_total": (
            "branches of each file, without ignored ones; not measured where no file names `branches`"
        ),
        "coverage.branches_covered": "branches with a count above 0",
        "coverage.functions_total": (
            "`methods` of each file, without ignored ones; not measured where no file names them"
        ),
        "coverage.functions_covered": "methods with a count above 0",
        "coverage.files": "files by their path, of all runs",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Several runs of one .resultset.json count together, as SimpleCov merges them: a line that did"
            " not run counts only where every run that lists its file takes it for code. How old a run is is"
            " not looked at: the report is as old as its first one."
        ),
        (
            ".resultset.json is written before `:nocov:` and filters of the sources are looked at: such lines"
            " count there, and do not in coverage.json, which says `ignored` of them."
        ),
        (
            "What coverage.json declares (`total`, and each file's lines) has to be what it lists; where it"
            " is not, or one file has lines and another has none, the report counts as not run."
        ),
    ),
)
