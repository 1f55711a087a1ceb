"""What Clover XML lists and declares of one file, and the two ways in which it writes branches."""

from __future__ import annotations

from dataclasses import dataclass, field

from tidegate.domain.source_lines import Counts, added
from tidegate.readers.coverage.union import FileUnion


@dataclass(slots=True)
class Conditions:
    """The branches of a file's lines, in both of the ways in which they are written.

    Clover writes how often a condition was true and false. Istanbul writes how many branches of the line
    were taken, and how many were not.
    """

    times: dict[int, Counts] = field(default_factory=dict)
    numbers: dict[int, Counts] = field(default_factory=dict)

    def add(self, line: int, true: int, false: int) -> None:
        """Add what a line says."""
        self.times[line] = added((self.times.get(line, (0, 0)), ((true > 0) + (false > 0), 2)))
        self.numbers[line] = added((self.numbers.get(line, (0, 0)), (true, true + false)))

    def chosen(self, declared: Counts | None) -> dict[int, Counts]:
        """Choose the way that gives what the file declares; else the lower one."""
        times, numbers = added(self.times.values()), added(self.numbers.values())
        if declared in (times, numbers):
            return self.times if declared == times else self.numbers
        # Istanbul counts branches on lines of no statement too, and does not list them.
        if declared is not None and declared[1] >= numbers[1] and declared[0] >= numbers[0]:
            return self.numbers
        return self.times if times[0] * numbers[1] <= numbers[0] * times[1] else self.numbers


@dataclass(slots=True)
class CloverFile:
    """An open <file>: its lines, once each, and what it declares."""

    name: str
    union: FileUnion
    lines: dict[int, bool] = field(default_factory=dict)
    methods: dict[tuple[int, str], bool] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)
    declared: dict[str, Counts] = field(default_factory=dict)

    def hidden_lines(self) -> int:
        """Count the lines of methods that may hide a statement: PHPUnit lists one line for both."""
        return len({number for number, _ in self.methods} - self.lines.keys())
