"""What every reader of workbooks returns, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.domain.errors import Invalid
from tidegate.domain.workbooks import Cell, cell_name

Row: TypeAlias = "tuple[int, list[Cell]]"
"""A row's number from 1, and its cells from the first column."""


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """What a workbook may hold; sizes in bytes."""

    max_bytes: int = 64 * 1024 * 1024
    max_unpacked: int = 512 * 1024 * 1024
    max_rows: int = 200_000
    max_cells: int = 4_000_000
    max_members: int = 2_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows in their order; `place` names a cell by its row from 1 and its column from 0."""

    name: str
    rows: Iterator[Row]
    place: Callable[[int, int], str] = cell_name


class UnreadableWorkbook(Invalid):
    """A file that is no workbook that can be read, or one beyond a limit."""

    def __init__(self, why: str) -> None:
        super().__init__(why, (("workbook", why),))


def within_rows(rows: Iterator[Row], sheet: str, limits: WorkbookLimits) -> Iterator[Row]:
    """Go through rows as long as there are not too many."""
    for row in rows:
        if row[0] > limits.max_rows:
            raise UnreadableWorkbook(
                f"Sheet {sheet!r} has content in row {row[0]:,}; {limits.max_rows:,} rows are read "
                "(WORKBOOK_MAX_ROWS). Split it into several workbooks."
            )
        yield row
