"""Use cases of exports: what is declared as a workbook that imports back, and an empty one to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject, FactValue, FieldName, Side
from tidegate.domain.workbooks import MOST_COLUMNS, TARGET_COLUMNS
from tidegate.kernel.pagination import MAX_LIMIT, Page, PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.frames import MOST_ROWS, write_csv, write_template, write_xlsx
from tidegate.modules.inventory.repository import TargetRepository

FORMATS = ("xlsx", "csv")
_MOST_CHOICES = 10_000


@dataclass(frozen=True, slots=True)
class WrittenWorkbook:
    """A workbook that was written."""

    name: str
    content: bytes


class ExportService:
    """Writes workbooks of what the caller may see."""

    def __init__(self, *, facts: FactService, targets: TargetRepository, catalog: CatalogService) -> None:
        self._facts = facts
        self._targets = targets
        self._catalog = catalog

    def export(
        self, format: str, *, component: str | None = None, environment: str | None = None
    ) -> WrittenWorkbook:
        """Write what is declared: a row for each subject, a column for each field.

        Facts that are called as a target's own columns are left out: they have no column.
        """
        table, names = self._table(component, environment)
        fields = [*TARGET_COLUMNS, *sorted(names)]
        if len(fields) + 2 > MOST_COLUMNS:
            raise Invalid(
                f"There are {len(fields) + 2} columns; {MOST_COLUMNS} can be exported. Name a component "
                "or an environment.",
                (("component", "too many fields"),),
            )
        if format != "csv" and len(table) >= MOST_ROWS:
            raise Invalid(
                f"There are {len(table):,} rows; a sheet holds {MOST_ROWS - 1:,} below its heading. Name a "
                "component or an environment, or export CSV.",
                (("format", "too many rows"),),
            )
        rows = (
            ((subject.component, subject.environment), [table[subject].get(field) for field in fields])
            for subject in sorted(table)
        )
        write: Callable[..., bytes] = write_csv if format == "csv" else write_xlsx
        return WrittenWorkbook(f"inventory.{format}", write(fields, rows))

    def template(self) -> WrittenWorkbook:
        """Write an empty workbook with the names that the caller may see."""
        return WrittenWorkbook("inventory.xlsx", write_template(*self._choices()))

    def _table(
        self, component: str | None, environment: str | None
    ) -> tuple[dict[FactSubject, dict[FieldName, FactValue]], set[FieldName]]:
        table: dict[FactSubject, dict[FieldName, FactValue]] = {}
        names: set[FieldName] = set()
        for fact in self._facts.stream(Side.DECLARED, component=component, environment=environment):
            if fact.field not in TARGET_COLUMNS:
                table.setdefault(fact.subject, {})[fact.field] = fact.value
                names.add(fact.field)
        visible = self._catalog.visible_names()
        seen = None if visible is None else frozenset(visible)
        for target in self._targets.stream():
            if component not in (None, target.component) or environment not in (None, target.environment):
                continue
            if seen is None or target.component in seen:
                own = {"base_url": target.base_url, "owner": target.owner, "interval": target.interval}
                known = {name: value for name, value in own.items() if value is not None}
                table.setdefault(target.subject, {}).update(known)
        return table, names

    def _choices(self) -> tuple[list[str], list[str]]:
        components = list(_names(self._catalog.components))
        environments = list(_names(self._catalog.environments))
        return components[:_MOST_CHOICES], environments[:_MOST_CHOICES]


def _names(pages: Callable[[PageRequest], Page[Any]]) -> Iterator[str]:
    cursor: str | None = None
    while True:
        page = pages(PageRequest(MAX_LIMIT, cursor))
        yield from (one.name for one in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return
