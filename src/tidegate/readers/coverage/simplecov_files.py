"""What SimpleCov lists of each file: lines, branches and methods, of one run or of several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from tidegate.domain.measures import Value
from tidegate.readers.base import MAX_COUNT, Unreadable
from tidegate.readers.coverage.union import Union, counted
from tidegate.readers.jsons import decode

REMAKE = "`SimpleCov.start` before the tests, which writes coverage/.resultset.json"
_PLACE = re.compile(r"\[:?\"?\w+\"?, \d+, (\d{1,9})\b.*\]", re.ASCII | re.DOTALL)
_NOT_CODE, _MISSED, _RAN = 0, 1, 2

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
_Hits = _Count | Literal["ignored"] | None
RAWS = dict[str, msgspec.Raw]


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


class Total(msgspec.Struct, gc=False):
    """What is declared of lines or branches."""

    covered: int
    total: int


@dataclass(slots=True)
class RubyFiles:
    """All files of a report; `lines` holds for each file what is known of its lines, one byte a line."""

    union: Union = field(default_factory=Union)
    lines: dict[str, bytearray] = field(default_factory=dict)
    made_at: datetime | None = None
    version: str = ""
    commits: tuple[str, ...] = ()
    declared: dict[str, Total | None] = field(default_factory=dict)
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
                file = _RubyFile(decode(raw, list[_Hits], remake=REMAKE, at=where))
            else:
                file = decode(raw, _RubyFile, remake=REMAKE, at=where)
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
                f" {total}: the report was edited or is damaged. Make it again with {REMAKE}."
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
                    f" with {REMAKE}."
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
            return (
                "The report lists no file: no coverage was measured. Look at `add_filter` and the tests' run."
            )
        if self.without_lines is not None and (self.some_lines or not self.union.count("branches")[1]):
            return (
                f"{self.without_lines[-60:]} has no lines: no line coverage was measured of it."
                f" Make the report again with {REMAKE}."
            )
        if self.without_lines is None and not self.union.count("lines")[1]:
            return "The report lists no line that counts: no coverage was measured."
        return self.contradiction or next(self._wrong_totals(), None)

    def _wrong_totals(self) -> Iterator[str]:
        for about, total in self.declared.items():
            listed = self.union.count(about)
            if total is not None and (total.covered, total.total) != listed:
                yield (
                    f"`total` says {total.covered} covered of {total.total} {about}, the files list"
                    f" {listed[0]} of {listed[1]}: the report was edited or is damaged. Make it again with"
                    f" {REMAKE}."
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
