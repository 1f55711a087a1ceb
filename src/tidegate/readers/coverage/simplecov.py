"""SimpleCov's JSON: the results of its runs (.resultset.json), and the report of its JSON formatter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

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
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load
from tidegate.readers.own_times import epoch_time, own_time
from tidegate.readers.coverage.union import Union, counted

_REMAKE = "`SimpleCov.start` before the tests, which writes coverage/.resultset.json"
_PLACE = re.compile(r"\[:?\"?\w+\"?, \d+, (\d{1,9})\b.*\]", re.ASCII | re.DOTALL)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_RUNS = 1000
_NOT_CODE, _MISSED, _RAN = 0, 1, 2

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Hits = _Count | Literal["ignored"] | None
_RAWS = dict[str, msgspec.Raw]
_NO_TOTALS = msgspec.Raw(b"{}")


class _ListedBranch(msgspec.Struct, gc=False):
    coverage: _Hits
    start_line: Annotated[int, msgspec.Meta(ge=1)]
    type: str = ""


class _ListedMethod(msgspec.Struct, gc=False):
    coverage: _Hits
    name: str = ""
    start_line: int | None = None


class _RubyFile(msgspec.Struct):
    """One file; old versions write the list of its lines alone. What counts is declared since version 1."""

    lines: list[_Hits] | None = None
    branches: list[_ListedBranch] | dict[str, dict[str, _Count]] | None = None
    methods: list[_ListedMethod] | dict[str, _Count] | None = None
    covered_lines: int | None = None
    total_lines: int | None = None


class _Run(msgspec.Struct):
    coverage: _RAWS
    timestamp: object = None


class _Meta(msgspec.Struct, gc=False):
    simplecov_version: str = ""
    timestamp: object = None
    commit: object = None


class _Total(msgspec.Struct, gc=False):
    covered: int
    total: int


class _Totals(msgspec.Struct, gc=False):
    lines: _Total | None = None
    branches: _Total | None = None


@dataclass(slots=True)
class _Ruby:
    """All files of a report; `lines` holds for each file what is known of its lines, one byte a line."""

    union: Union = field(default_factory=Union)
    lines: dict[str, bytearray] = field(default_factory=dict)
    made_at: datetime | None = None
    version: str = ""
    commits: tuple[str, ...] = ()
    declared: dict[str, _Total | None] = field(default_factory=dict)
    without_lines: str | None = None
    some_lines: bool = False
    has_branches: bool = False
    has_methods: bool = False
    contradiction: str | None = None

    def add(self, files: Mapping[str, msgspec.Raw], at: str) -> None:
        """Add the files of one run."""
        for name, raw in files.items():
            where = f"{at}[{name[-60:]!r}]"
            if bytes(raw).startswith(b"["):
                file = _RubyFile(decode(raw, list[_Hits], remake=_REMAKE, at=where))
            else:
                file = decode(raw, _RubyFile, remake=_REMAKE, at=where)
            self._add_lines(name, file)
            self._add_branches(name, file.branches)
            self._add_methods(name, file.methods)

    def _add_lines(self, name: str, file: _RubyFile) -> None:
        if file.lines is None:
            self.union.file(name)
            self.without_lines = name
            return
        self.some_lines = True
        found = bytearray(map(_known, file.lines))
        covered, total = found.count(_RAN), found.count(_RAN) + found.count(_MISSED)
        declared = file.covered_lines, file.total_lines
        if declared not in ((None, None), (covered, total)):
            self.contradiction = self.contradiction or (
                f"{name[-60:]} declares {declared[0]} covered of {declared[1]} lines and lists {covered} of"
                f" {total}: the report was edited or is damaged. Make it again with {_REMAKE}."
            )
        known = self.lines.get(name)
        self.lines[name] = found if known is None else _merged(known, found)
        self.union.file(name)

    def _add_branches(
        self, name: str, branches: list[_ListedBranch] | dict[str, dict[str, _Count]] | None
    ) -> None:
        if branches is None:
            return
        self.has_branches = True
        file = self.union.file(name)
        if isinstance(branches, list):
            for index, branch in enumerate(branches):
                if isinstance(branch.coverage, int):
                    file.add_named_branches(
                        branch.start_line, {f"{branch.type},{index}": branch.coverage > 0}
                    )
            return
        for condition, taken in branches.items():
            place = _PLACE.fullmatch(condition)
            if place is None or int(place[1]) < 1:
                raise Unreadable(
                    f"{name[-60:]}: {condition[:40]!r} is no condition of SimpleCov's. Write the report again"
                    f" with {_REMAKE}."
                )
            if taken:
                file.add_named_branches(
                    int(place[1]), {f"{condition} {branch}": count > 0 for branch, count in taken.items()}
                )

    def _add_methods(self, name: str, methods: list[_ListedMethod] | dict[str, _Count] | None) -> None:
        if methods is None:
            return
        self.has_methods = True
        file = self.union.file(name)
        if isinstance(methods, dict):
            for key, count in methods.items():
                file.add_function(key, count > 0)
            return
        for method in methods:
            if isinstance(method.coverage, int):
                file.add_function((method.start_line, method.name), method.coverage > 0)

    def settle(self) -> None:
        """Take over the lines, now that each run has had its say."""
        for name, found in self.lines.items():
            numbers = [number for number, what in enumerate(found, 1) if what != _NOT_CODE]
            self.union.file(name).add_lines(
                numbers, (number for number in numbers if found[number - 1] == _RAN)
            )
        self.lines.clear()

    def measures(self) -> dict[str, Value]:
        """Give the values; what was not measured is left out."""
        values: dict[str, Value] = {"coverage.files": len(self.union.files)}
        wanted = {
            "lines": self.without_lines is None,
            "branches": self.has_branches,
            "functions": self.has_methods,
        }
        for about, is_measured in wanted.items():
            if is_measured:
                values |= counted(about, self.union.count(about))
        return values

    def why_not(self) -> str | None:
        """Tell why nothing was measured, or what contradicts itself."""
        if not self.union.files:
            return "The report lists no file: no coverage was measured. Look at `add_filter` and the tests' run."
        if self.without_lines is not None and (self.some_lines or not self.union.count("branches")[1]):
            return (
                f"{self.without_lines[-60:]} has no lines: no line coverage was measured of it."
                f" Make the report again with {_REMAKE}."
            )
        if self.without_lines is None and not self.union.count("lines")[1]:
            return "The report lists no line that counts: no coverage was measured."
        return self.contradiction or next(self._wrong_totals(), None)

    def _wrong_totals(self) -> Iterator[str]:
        for about, total in self.declared.items():
            listed = self.union.count(about)
            if total is not None and (total.covered, total.total) != listed:
                yield (
                    f"`total` says {total.covered} covered of {total.total} {about}, the files list {listed[0]}"
                    f" of {listed[1]}: the report was edited or is damaged. Make it again with {_REMAKE}."
                )


def _known(hits: int | str | None) -> int:
    """Tell what is known of a line."""
    if not isinstance(hits, int):
        return _NOT_CODE
    return _RAN if hits else _MISSED


def _merged(one: bytearray, other: bytearray) -> bytearray:
    """Merge two runs' lines as SimpleCov does: one that did not run has to be code for both."""
    longest = max(len(one), len(other))
    pairs = zip(one.ljust(longest, b"\0"), other.ljust(longest, b"\0"), strict=True)
    return bytearray(_RAN if _RAN in pair else _NOT_CODE if _NOT_CODE in pair else _MISSED for pair in pairs)


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("meta", "coverage"):
        return "simplecov_version" in seen.inner
    return (
        seen.root == "{"
        and len(seen.keys) <= _MOST_RUNS
        and not {"meta", "files", "total", "totals"} & set(seen.keys)
        and {"coverage", "timestamp"} <= seen.inner
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()  # coverage has neither findings nor cases
    document = load(source, limits, _RAWS, remake=_REMAKE)
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


def _of_runs(document: Mapping[str, msgspec.Raw]) -> _Ruby:
    """Read .resultset.json: what each of the commands ran, which count together."""
    ruby = _Ruby()
    for name, raw in document.items():
        run = decode(raw, _Run, remake=_REMAKE, at=f"$[{name[:60]!r}]")
        ruby.add(run.coverage, f"$[{name[:60]!r}].coverage")
        ended = epoch_time(str(run.timestamp))
        ruby.made_at = min(filter(None, (ruby.made_at, ended)), default=None)
    return ruby


def _of_report(document: Mapping[str, msgspec.Raw]) -> _Ruby:
    """Read coverage.json, which declares totals since its schema has a version."""
    meta = decode(document["meta"], _Meta, remake=_REMAKE, at="$.meta")
    totals = decode(document.get("total", _NO_TOTALS), _Totals, remake=_REMAKE, at="$.total")
    is_commit = isinstance(meta.commit, str) and _COMMIT.fullmatch(meta.commit)
    ruby = _Ruby(
        made_at=own_time(meta.timestamp),
        version=meta.simplecov_version,
        commits=(str(meta.commit),) if is_commit else (),
        declared={"lines": totals.lines, "branches": totals.branches},
    )
    ruby.add(decode(document.get("coverage", _NO_TOTALS), _RAWS, remake=_REMAKE, at="$.coverage"), "$.coverage")
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
            "Several runs of one .resultset.json count together, as SimpleCov merges them: a line that did not"
            " run counts only where every run that lists its file takes it for code. How old a run is is not"
            " looked at: the report is as old as its first one."
        ),
        (
            ".resultset.json is written before `:nocov:` and filters of the sources are looked at: such lines"
            " count there, and do not in coverage.json, which says `ignored` of them."
        ),
        (
            "What coverage.json declares (`total`, and each file's lines) has to be what it lists; where it is"
            " not, or one file has lines and another has none, the report counts as not run."
        ),
    ),
)
