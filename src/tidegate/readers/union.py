"""The union of what coverage reports say of each file: every line, branch and function counts once."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field

from tidegate.domain.measures import Value


@dataclass(slots=True)
class FileUnion:
    """One source file: its lines, branches and functions; what any mention of them says is covered, is."""

    lines: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)  # lines
    branches: dict[int, tuple[int, int]] = field(default_factory=dict)  # by line: covered, total
    functions: dict[Hashable, bool] = field(default_factory=dict)

    def add_lines(self, numbers: Collection[int], covered: Iterable[int]) -> None:
        """Count lines once; they are covered where any of their mentions is."""
        self.lines.update(numbers)
        self.covered.update(covered)

    def add_branches(self, number: int, covered: int, total: int) -> None:
        """Take the larger of what is said of a line's branches: mentions are copies of the same code."""
        known_covered, known_total = self.branches.get(number, (0, 0))
        self.branches[number] = (max(covered, known_covered), max(total, known_total))

    def add_function(self, key: Hashable, covered: bool) -> None:
        """Count a function once; it is covered where any of its mentions is."""
        self.functions[key] = covered or self.functions.get(key, False)


@dataclass(slots=True)
class Union:
    """All files of a report by the name that the report gives them."""

    files: dict[str, FileUnion] = field(default_factory=dict)

    def file(self, name: str) -> FileUnion:
        """Find a file, or begin it."""
        found = self.files.get(name)
        if found is None:
            found = self.files[name] = FileUnion()
        return found

    def lines(self) -> tuple[int, int]:
        """Count covered and all lines."""
        files = self.files.values()
        return sum(len(file.covered) for file in files), sum(len(file.lines) for file in files)

    def branches(self) -> tuple[int, int]:
        """Count covered and all branches."""
        pairs = [pair for file in self.files.values() for pair in file.branches.values()]
        return sum(covered for covered, _ in pairs), sum(total for _, total in pairs)

    def functions(self) -> tuple[int, int]:
        """Count covered and all functions."""
        files = self.files.values()
        return sum(sum(file.functions.values()) for file in files), sum(len(file.functions) for file in files)


def counted(name: str, counts: tuple[int, int]) -> dict[str, Value]:
    """Name a pair of covered and total as the two measures of `coverage.<name>`."""
    covered, total = counts
    return {f"coverage.{name}_total": total, f"coverage.{name}_covered": covered}
