"""The union of what a coverage report says of each file: every line, branch and function counts once."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from tidegate.domain.measures import Value
from tidegate.domain.source_lines import (
    ABOUT,
    Counts,
    LineBranches,
    SourceFile,
    SourceLines,
    added,
    bits_of,
    cost_of,
    function_key,
    named_branches,
)
from tidegate.domain.source_names import source_name
from tidegate.readers.base import Limits


@dataclass(slots=True)
class FileUnion:
    """One source file: its lines, branches and functions; what any mention of them says is covered, is.

    `named` are branches that the report tells apart, by line; `unlisted` counts what it declares beyond what
    it lists.
    """

    lines: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)  # lines
    branches: dict[int, Counts] = field(default_factory=dict)  # by line
    named: dict[int, dict[str, bool]] = field(default_factory=dict)
    functions: dict[Hashable, bool] = field(default_factory=dict)
    unlisted: dict[str, Counts] = field(default_factory=dict)

    def add_lines(self, numbers: Collection[int], covered: Iterable[int]) -> None:
        """Count lines once; they are covered where any of their mentions is."""
        self.lines.update(numbers)
        self.covered.update(covered)

    def add_branches(self, number: int, covered: int, total: int) -> None:
        """Take the larger of what is said of a line's branches: mentions are copies of the same code."""
        known_covered, known_total = self.branches.get(number, (0, 0))
        self.branches[number] = (max(covered, known_covered), max(total, known_total))

    def add_named_branches(self, number: int, taken: Mapping[str, bool]) -> None:
        """Count each branch once; it is taken where any of its mentions is."""
        of_line = self.named.setdefault(number, {})
        for name, each in taken.items():
            of_line[name] = each or of_line.get(name, False)

    def add_function(self, key: Hashable, covered: bool) -> None:
        """Count a function once; it is covered where any of its mentions is."""
        self.functions[key] = covered or self.functions.get(key, False)

    def add_unlisted(self, about: str, counts: Counts) -> None:
        """Add what is declared beyond what is listed."""
        self.unlisted[about] = added((counts, self.unlisted.get(about, (0, 0))))

    def count(self, about: str) -> Counts:
        """Count covered and all lines, branches or functions."""
        if about == "lines":
            listed = len(self.covered), len(self.lines)
        elif about == "functions":
            listed = sum(self.functions.values()), len(self.functions)
        else:
            listed = added(self.branches.values())
            if self.named:
                taken = sum(sum(of_line.values()) for of_line in self.named.values())
                listed = added((listed, (taken, sum(map(len, self.named.values())))))
        return added((listed, self.unlisted[about])) if about in self.unlisted else listed

    def to_source(self) -> SourceFile:
        """Return the file in the form that is kept."""
        branches: dict[int, LineBranches] = {
            number: (covered, total, 0, 0) for number, (covered, total) in self.branches.items()
        }
        branches.update((number, named_branches(taken)) for number, taken in self.named.items())
        functions = {
            function_key(*key) if isinstance(key, tuple) else function_key(key): called
            for key, called in self.functions.items()
        }
        lines = bits_of(self.lines)
        hits = lines if len(self.covered) == len(self.lines) else bits_of(self.covered)
        return SourceFile(lines, hits, 0, branches, functions, dict(self.unlisted))

    def cost(self) -> int:
        """Tell how much the kept form takes."""
        return cost_of(max(self.lines, default=0), len(self.branches) + len(self.named) + len(self.functions))


@dataclass(slots=True)
class Union:
    """All files of a report by the name that the report gives them."""

    files: dict[str, FileUnion] = field(default_factory=dict)
    unlisted: dict[str, Counts] = field(default_factory=dict)
    _by_spelling: dict[str, FileUnion] = field(default_factory=dict)

    def file(self, spelling: str) -> FileUnion:
        """Find a file, or begin it."""
        found = self._by_spelling.get(spelling)
        if found is None:
            found = self.files.setdefault(source_name(spelling), FileUnion())
            self._by_spelling[spelling] = found
        return found

    def count(self, about: str) -> Counts:
        """Count covered and all lines, branches or functions of all files."""
        counts = added(file.count(about) for file in self.files.values())
        return added((counts, self.unlisted.get(about, (0, 0))))

    def lines(self, format: str, limits: Limits, folder: str = "") -> SourceLines | None:
        """Return what the report lists, to be joined with other reports; None where that takes too much.

        `folder` is where relative names begin, if that is given.
        """
        if sum(file.cost() for file in self.files.values()) > 2 * limits.max_lines:
            return None
        names = {name: source_name(name, folder) for name in self.files}
        if len(set(names.values())) < len(names):
            names = {name: name for name in names}  # some are written out already: they stay apart
        files = {names[name]: file.to_source() for name, file in self.files.items()}
        return SourceLines(format, files, dict(self.unlisted))


def counted(name: str, counts: Counts) -> dict[str, Value]:
    """Name a pair of covered and total as the two measures of `coverage.<name>`."""
    covered, total = counts
    return {f"coverage.{name}_total": total, f"coverage.{name}_covered": covered}


def completed(source: SourceLines, values: Mapping[str, Value]) -> SourceLines | None:
    """Add what a report's own totals count beyond its files; None where the files count more."""
    for about in ABOUT:
        total, covered = values.get(f"coverage.{about}_total"), values.get(f"coverage.{about}_covered")
        if total is None or covered is None:
            continue
        listed_covered, listed_total = added(counts_of(file, about) for file in source.files.values())
        more_covered, more = int(covered) - listed_covered, int(total) - listed_total
        if not 0 <= more_covered <= more:
            return None
        if more:
            source.unlisted[about] = more_covered, more
    return source


def counts_of(file: SourceFile, about: str) -> Counts:
    """Count covered and all lines, branches or functions of a file in the form that is kept."""
    if about == "lines":
        total = file.lines.bit_count() - file.extra
        listed = total - (file.lines & ~file.hits).bit_count(), total
    elif about == "branches":
        listed = added((covered, total) for covered, total, _, _ in file.branches.values())
    else:
        listed = sum(file.functions.values()), len(file.functions)
    return added((listed, file.unlisted.get(about, (0, 0))))
