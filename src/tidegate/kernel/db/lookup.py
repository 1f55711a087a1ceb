"""Queries for one row that every request asks: compiled once for each database, and run by its driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Select


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A query as one database's driver takes it, and what makes of its values those of the columns' types."""

    sql: str
    names: tuple[str, ...]
    positional: bool
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


class Lookup:
    """A query for one row, kept as a constant, whose values are texts that are bound by name.

    What SQLAlchemy does around each statement takes five times as long as such a query itself. Ask it by
    `UnitOfWork.look_up`: what goes wrong, and whoever follows statements, is left to SQLAlchemy.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def by_driver(self, connection: Connection, values: Mapping[str, str]) -> tuple[Any, ...] | None:
        """Return the first row, or None; raises the driver's own errors."""
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        cursor = cast(Any, connection.connection.driver_connection).cursor()
        try:
            given = tuple(values[name] for name in compiled.names) if compiled.positional else values
            row = cursor.execute(compiled.sql, given).fetchone()
        finally:
            cursor.close()
        if row is None:
            return None
        found = list(row)
        for place, convert in compiled.converters:
            found[place] = convert(found[place])
        return tuple(found)

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self.statement.compile(dialect=dialect)
        types = [column.type.dialect_impl(dialect) for column in self.statement.selected_columns]
        converters = [(place, each.result_processor(dialect, None)) for place, each in enumerate(types)]
        made = _Compiled(
            str(compiled),
            tuple(getattr(compiled, "positiontup", None) or ()),
            dialect.positional,
            tuple((place, convert) for place, convert in converters if convert is not None),
        )
        self._compiled[dialect.name] = made
        return made
