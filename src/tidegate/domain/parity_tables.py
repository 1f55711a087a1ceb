"""Parity of two tables in order: lines that are the same on both sides are counted and never taken apart."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import lt, methodcaller, ne
from typing import TextIO, TypeAlias

from tidegate.domain.catalog import NAME_PATTERN
from tidegate.domain.errors import Invalid
from tidegate.domain.fact_files import facts_of_row
from tidegate.domain.facts import LONGEST_VALUE, Fact, Side, checked_field
from tidegate.domain.parity import Moments, ParityCounts, ParityRow, ParityStatus, compare
from tidegate.domain.parity_rules import ParityRules
from tidegate.domain.parity_values import Comparison

_SUBJECT = ["component", "environment"]
_NAME = re.compile(NAME_PATTERN)
_NAMES = re.compile(f"(?:{NAME_PATTERN}\n)+")
_BLOCK = 128 * 1024
"""Characters of a table that are read at once."""
_LONGEST_LINE = 1024 * 1024
_Key: TypeAlias = "tuple[str, str]"
_commas = methodcaller("count", ",")


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file that begins with component and environment, and has a row for each subject, in order."""

    file: TextIO
    name: str
    side: Side

    def heading(self) -> list[str]:
        """Read the first line; what is no plain heading of such a table gives none."""
        try:
            cells = self.file.readline().rstrip("\r\n").split(",")
            fields = [checked_field(cell) for cell in cells[2:]]
        except (Invalid, UnicodeDecodeError):
            return []
        # Over all cells: a second `component` would stand for the first, and hide what differs.
        plain = cells[:2] == _SUBJECT and fields and len(set(cells)) == len(cells)
        return cells if plain and "field" not in fields else []


def can_compare_lines(headings: tuple[list[str], list[str]], rules: ParityRules) -> bool:
    """Tell whether the same line on both sides is a match in each cell, whatever stands there.

    Not where rules leave fields out, ask for an age, or for numbers: the same text need not be one.
    """
    left, right = headings
    if not left or left != right:
        return False
    found = [rules.of(field, target=target) for field in left[2:] for target in (True, False)]
    return not any(
        rule.ignore or rule.max_age is not None or rule.compare is Comparison.NUMBER for rule in found
    )


def compare_tables(
    left: Table, right: Table, heading: list[str], rules: ParityRules, moments: Moments, counts: ParityCounts
) -> Iterator[ParityRow]:
    """Go through two tables of one heading, and return the rows of subjects whose lines differ.

    What is the same is counted as matches. Raises `Invalid` for tables that are not in order.
    """
    one, other = _Lines(left, heading), _Lines(right, heading)

    def compared(held: Sequence[Fact], beside: Sequence[Fact]) -> Iterator[ParityRow]:
        return compare(held, beside, rules, moments, counts)

    while (there := one.count()) and (beside := other.count()):
        size = min(there, beside)
        unequal = map(ne, one.following(size), other.following(size))
        taken = 0
        for at in compress(range(size), unequal):
            counts.by_status[ParityStatus.MATCH] += one.skip_same(other, at - taken)
            if one.key_ahead() != other.key_ahead():
                yield from _apart(one, other, compared)
                break
            same, held, across = one.take_both(other)
            counts.by_status[ParityStatus.MATCH] += same
            yield from compared(held, across)
            taken = at + 1
        else:
            counts.by_status[ParityStatus.MATCH] += one.skip_same(other, size - taken)
    while one.count():
        yield from compared(one.take(), ())
    while other.count():
        yield from compared((), other.take())


def _apart(
    one: _Lines, other: _Lines, compared: Callable[[Sequence[Fact], Sequence[Fact]], Iterator[ParityRow]]
) -> Iterator[ParityRow]:
    """Take the lines of subjects that stand on one side alone, up to the next that stands on both."""
    while one.count() and other.count():
        keys = one.key_ahead(), other.key_ahead()
        if keys[0] == keys[1]:
            return
        yield from compared(one.take(), ()) if keys[0] < keys[1] else compared((), other.take())


class _Lines:
    """The lines of a table that are still to come, read by blocks; empty ones are left out."""

    def __init__(self, table: Table, heading: list[str]) -> None:
        self._table = table
        self._heading = heading
        self._commas = len(heading) - 1
        self._environments = {""}
        self._block: list[str] = []
        self._numbers: Sequence[int] = ()
        self._at = 0
        self._rest = ""
        self._read_lines = 1
        self._ended = False
        self._key: _Key = ("", "")

    def count(self) -> int:
        """Return how many lines are at hand; 0 at the end alone."""
        while self._at == len(self._block) and not self._ended:
            self._read()
        return len(self._block) - self._at

    def following(self, count: int) -> list[str]:
        """Return the next lines and leave them where they are."""
        return self._block[self._at : self._at + count]

    def key_ahead(self) -> _Key:
        """Return what the next line is found by."""
        line = self._block[self._at]
        cells = self._split(line) if '"' in line else line.split(",", 2)
        return cells[0], cells[1] if len(cells) > 1 else ""

    def take(self) -> list[Fact]:
        """Take the next line; returns its facts in the order of their fields. Raises `Invalid`."""
        self._advance(self.key_ahead())
        cells = self._split(self._block[self._at])
        if len(cells) != len(self._heading):
            raise Invalid(f"{self._where}: it has {len(cells)} cells, the heading has {len(self._heading)}.")
        return self._took(dict(zip(self._heading, cells, strict=True)))

    def take_both(self, other: _Lines) -> tuple[int, list[Fact], list[Fact]]:
        """Take a line on either side that are found by the same key; raises `Invalid`.

        Returns how many facts are the same, and those that may not be.
        """
        line, beside = self._block[self._at], other._block[other._at]
        if not (self._plain_keys([line]) and self._plain_keys([beside])):
            return 0, self.take(), other.take()
        self._advance(self.key_ahead())
        other._advance(self._key)
        cells, across = line.split(","), beside.split(",")
        kept = [0, 1, *(at for at, cell in enumerate(cells) if at > 1 and cell != across[at])]
        same = sum(map(bool, cells[2:])) - sum(bool(cells[at]) for at in kept[2:])
        fields = [self._heading[at] for at in kept]
        held = self._took(dict(zip(fields, (cells[at] for at in kept), strict=True)))
        return same, held, other._took(dict(zip(fields, (across[at] for at in kept), strict=True)))

    def skip_same(self, other: _Lines, count: int) -> int:
        """Pass over lines that stand on both sides; returns how many facts they hold. Raises `Invalid`."""
        if not count:
            return 0
        lines = self.following(count)
        if self._follows(self._plain_keys(lines)):
            self._at += count
            cells = count * (self._commas - 1)
            text = "\n".join(lines)
            facts = cells if ",," not in text and ",\n" not in text + "\n" else sum(map(_facts_in, lines))
        else:
            facts = sum(len(self.take()) for _ in lines)
        other._at += count
        other._key = self._key
        return facts

    def _read(self) -> None:
        try:
            text = self._table.file.read(_BLOCK)
        except UnicodeDecodeError as error:
            where = f"{self._table.name}:{self._read_lines + 1}"
            raise Invalid(f"{where}: here or in the lines after it, this is not UTF-8: {error}.") from None
        self._ended = not text
        text = self._rest + text
        lines = (text.replace("\r\n", "\n") if "\r" in text else text).split("\n")
        self._rest = "" if self._ended else lines.pop()
        if len(self._rest) > _LONGEST_LINE:
            where = f"{self._table.name}:{self._read_lines + len(lines) + 1}"
            raise Invalid(f"{where}: the line has more than {_LONGEST_LINE:,} characters.")
        numbers: Sequence[int] = range(self._read_lines + 1, self._read_lines + 1 + len(lines))
        self._read_lines += len(lines)
        if "" in lines:
            numbers = [number for number, line in zip(numbers, lines, strict=True) if line]
            lines = list(filter(None, lines))
        self._block, self._numbers, self._at = lines, numbers, 0

    def _plain_keys(self, lines: list[str]) -> list[list[str]]:
        """Return the keys of lines that need no reader of CSV and whose cells can all be values of facts.

        None at all where any of them is not like that.
        """
        text = "".join(lines)
        plain = (
            '"' not in text
            and text.isprintable()
            and max(map(len, lines)) <= LONGEST_VALUE
            and set(map(_commas, lines)) == {self._commas}
        )
        keys = [line.split(",", 2)[:2] for line in lines] if plain else []
        return keys if self._are_subjects(keys) else []

    def _are_subjects(self, keys: list[list[str]]) -> bool:
        environments = {environment for _, environment in keys} - self._environments
        if not _NAMES.fullmatch("".join([f"{component}\n" for component, _ in keys])):
            return False
        if not all(map(_NAME.fullmatch, environments)):
            return False
        self._environments |= environments
        return True

    def _follows(self, keys: list[list[str]]) -> bool:
        """Go on to the last of some keys; False where there is none, or they are not in order."""
        if not keys or tuple(keys[0]) <= self._key or not all(map(lt, keys, islice(keys, 1, None))):
            return False
        self._key = (keys[-1][0], keys[-1][1])
        return True

    def _took(self, row: dict[str, str]) -> list[Fact]:
        facts = list(facts_of_row(row, self._where, self._table.side, self._table.name))
        self._at += 1
        return sorted(facts, key=lambda fact: fact.field)

    @property
    def _where(self) -> str:
        return f"{self._table.name}:{self._numbers[self._at]}"

    def _advance(self, key: _Key) -> None:
        if key <= self._key:
            what = f"{'/'.join(key)} is not in order: sort the file by component and environment"
            raise Invalid(f"{self._where}: {what}.")
        self._key = key

    def _split(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise Invalid(f"{self._where}: this is no CSV: {error}.") from None


def _facts_in(line: str) -> int:
    cells = line.split(",")
    return len(cells) - 2 - cells[2:].count("")
