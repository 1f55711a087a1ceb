"""Facts by the places of their rows, as light as can be: what workbooks and probes tell many of at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

import msgspec
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Result,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tidegate.domain.canonical import canonical_json
from tidegate.domain.fact_updates import FactEdit
from tidegate.domain.facts import FactValue, FieldName, Side
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.db.types import UtcDateTime
from tidegate.modules.facts.models import FactRow

_Begun: TypeAlias = "tuple[str, str, str, str]"
_FACTS = table_of(FactRow)

# What holds now, with the row's place in its table: a million rows are written by it several times as fast.
_VALUES = select(
    _FACTS.c.component,
    _FACTS.c.environment,
    _FACTS.c.field,
    type_coerce(_FACTS.c.value, Text).label("text"),
    ((_FACTS.c.since < bindparam("at")) & (_FACTS.c.seen_at <= bindparam("at"))).label("older"),
).where(_FACTS.c.side == bindparam("side"), _FACTS.c.until.is_(None))
_TOLD_BY = select(
    _FACTS.c.component,
    _FACTS.c.environment,
    _FACTS.c.field,
    type_coerce(_FACTS.c.value, Text).label("text"),
    (_FACTS.c.seen_at > bindparam("since")).label("lately"),
).where(
    _FACTS.c.side == bindparam("side"),
    _FACTS.c.until.is_(None),
    _FACTS.c.source == bindparam("source"),
    _FACTS.c.seen_at <= bindparam("at"),
)
_PLACE: Mapping[str, ColumnElement[Any]] = {
    "sqlite": literal_column("facts.rowid").label("place"),
    "postgresql": literal_column("facts.ctid::text").label("place"),
}
_AT = bindparam("at", type_=UtcDateTime())
_SEE_SQLITE = text("UPDATE facts SET seen_at = :at WHERE rowid = :place").bindparams(_AT)
_SEE_POSTGRESQL = text("UPDATE facts SET seen_at = :at WHERE ctid = ANY(CAST(:places AS tid[]))").bindparams(
    _AT
)
# PostgreSQL knows nothing yet of what this very transaction has written, takes a list of components for no
# narrower than all of them, and reads the whole side again for each: so it is asked for one after the other.
_NAMES = func.unnest(bindparam("components", type_=ARRAY(Text))).table_valued("name")
# A plan that was kept from when the table was small reads all of it, again for each batch that comes. It is
# made anew for this query alone: else each row that is written had the check of its foreign key planned.
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_PLAN_ONCE = text("SET LOCAL plan_cache_mode = auto")


ToldValue: TypeAlias = "tuple[str, str, FieldName, str, bool, Any]"
"""What holds now of a field: component, environment, field, value as JSON, whether it was told since a
moment, and its row's place, as of a `HeldValue`."""
HeldValue: TypeAlias = "tuple[str, str, FieldName, str, bool, Any]"
"""What holds now of a field: component, environment, field, value as JSON, whether all that is known of it
is older than a moment, and where its row lies as long as nobody writes it.

A tuple, since there may be a million of them."""


class FactRowStore(Repository[FactRow]):
    """Reads and writes many facts at once; a place is good until its row is written, within a transaction."""

    model = FactRow

    def told_by(
        self, source: str, side: Side, components: Collection[str], *, since: datetime, at: datetime
    ) -> Sequence[ToldValue]:
        """Return what holds now of components as this source said it, and not after `at`.

        As the driver has it: probes ask for all that they have seen again, and seldom is more to be done.
        """
        query = _TOLD_BY.add_columns(_PLACE[self.session.get_bind().dialect.name])
        values = {"side": side, "source": source, "since": since, "at": at}
        result = cast("CursorResult[Any]", self._of_components(query, components, values))
        with result:
            return cast("Sequence[ToldValue]", cast(Any, result.cursor).fetchall())

    def see_at(self, places: Sequence[Any], at: datetime) -> None:
        """Say that the facts at these places (`told_by`) were confirmed by who told them."""
        if not places:
            return
        if self.session.get_bind().dialect.name == "postgresql":
            self._uow.execute(_SEE_POSTGRESQL, {"at": at, "places": list(places)})
        else:
            self._uow.execute(_SEE_SQLITE, [{"at": at, "place": place} for place in places])

    def values_of(
        self, side: Side, components: Sequence[str], environments: Sequence[str] | None, *, at: datetime
    ) -> Sequence[HeldValue]:
        """Return what holds of components, in one or all environments, as light as it can be."""
        dialect = self.session.get_bind().dialect.name
        query: Select[Any] = _VALUES.add_columns(_PLACE[dialect])
        if environments is not None:
            query = query.where(_FACTS.c.environment.in_(environments))
        if dialect == "postgresql":
            self._uow.execute(_PLAN_ANEW)
        result = cast("CursorResult[Any]", self._of_components(query, components, {"side": side, "at": at}))
        if dialect == "postgresql":
            self._uow.execute(_PLAN_ONCE)
        with result:
            # As the driver has them: a workbook may ask for a million, and nothing is left to be converted.
            return cast("Sequence[HeldValue]", cast(Any, result.cursor).fetchall())

    def _of_components(
        self, query: Select[Any], components: Collection[str], values: Mapping[str, object]
    ) -> Result[*tuple[Any, ...]]:
        """Run a query for some hundred components alone."""
        if self.session.get_bind().dialect.name == "postgresql":
            of_each = query.where(_FACTS.c.component == _NAMES.c.name).offset(0).lateral()
            query = select(of_each).select_from(_NAMES).join(of_each, true())
        else:
            query = query.where(_FACTS.c.component.in_(bindparam("components", expanding=True)))
        return self._uow.execute(query, {**values, "components": list(components)})

    def replace(
        self, side: Side, ended: Sequence[Any], begun: Sequence[FactEdit], *, source: str, at: datetime
    ) -> None:
        """End the facts at these places and begin what edits say, a whole batch at a time.

        Who calls has read the places (`values_of`) in this transaction, under the lock of the side.
        """
        connection = self.session.connection()
        write = _write_postgresql if connection.dialect.name == "postgresql" else _write_sqlite
        rows = [(*edit[:3], value_text(edit.after)) for edit in begun if edit.after is not None]
        write(connection.connection.cursor(), side, ended, rows, source, at)


def value_text(value: FactValue) -> str:
    """Write a value as its column does; but for fractions several times as fast."""
    # A fact's text holds no control character, and of all others JSON has one form alone.
    return (canonical_json if type(value) is float else msgspec.json.encode)(value).decode()


def value_of(text: str) -> FactValue:
    """Read a value as its column does."""
    return cast(FactValue, msgspec.json.decode(text))


def _write_sqlite(
    cursor: Any, side: Side, ended: Sequence[Any], begun: Sequence[_Begun], source: str, at: datetime
) -> None:
    moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if ended:
        # One statement for all of them: one for each takes half as long again.
        places = msgspec.json.encode(ended).decode()
        cursor.execute(
            "UPDATE facts SET until = ? WHERE rowid IN (SELECT value FROM json_each(?))", (moment, places)
        )
    cursor.executemany(
        "INSERT INTO facts (component, environment, field, value, side, since, seen_at, source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*one, side, moment, moment, source) for one in begun],
    )


def _write_postgresql(
    cursor: Any, side: Side, ended: Sequence[Any], begun: Sequence[_Begun], source: str, at: datetime
) -> None:
    if ended:
        cursor.execute("UPDATE facts SET until = %s WHERE ctid = ANY(%s::tid[])", (at, list(ended)))
    if begun:
        with cursor.copy(
            "COPY facts (component, environment, field, value, side, since, seen_at, source) FROM STDIN"
        ) as copy:
            # In one piece: a row at a time takes longer than PostgreSQL does.
            rest = "\t".join((side, at.isoformat(), at.isoformat(), source))
            rows = "\n".join(["\t".join((*one, rest)) for one in begun])
            copy.write(rows.replace("\\", "\\\\") + "\n")  # no field holds a tab or another control character
