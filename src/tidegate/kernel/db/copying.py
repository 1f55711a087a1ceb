"""Copying SQLite to PostgreSQL: pass after pass while it serves, and a last one when nobody writes any more.

The target itself remembers how far it got: a pass looks up which rows of each chunk are there and copies the
others, so that a pass that was killed is simply started again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from sqlalchemy import MetaData, Table

from tidegate.domain.errors import Conflict, TidegateError, Unavailable
from tidegate.kernel.db import sqlite
from tidegate.kernel.db.base import BY_TRIGGER, UNCHANGING
from tidegate.kernel.db.engine import SQLITE, Database

_CHUNK = 2000
Values: TypeAlias = "tuple[Any, ...]"


class CopyError(TidegateError):
    """A copy could not go on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a pass did with one table; `rows` is how many there are in the source."""

    table: str
    rows: int
    added: int
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables, what refers after what is referred to, with what each needs to be treated like.

    Rows of `unchanging` tables are never edited, so that their keys tell everything; the others are compared
    value by value. `kept_by_target` tables are moved on by the target's own triggers.
    """

    tables: tuple[Table, ...]
    unchanging: frozenset[str]
    kept_by_target: frozenset[str]

    @classmethod
    def of(cls, metadata: MetaData) -> Plan:
        """Read the plan from the tables themselves (`info` of their models)."""
        tables = tuple(metadata.sorted_tables)
        return cls(
            tables,
            unchanging=frozenset(table.name for table in tables if table.info.get(UNCHANGING)),
            kept_by_target=frozenset(table.name for table in tables if table.info.get(BY_TRIGGER)),
        )


def copy_pass(
    source: Database,
    target: Database,
    plan: Plan,
    *,
    final: bool,
    tell: Callable[[Copied], None] = lambda _: None,
) -> tuple[Copied, ...]:
    """Make the target equal to one moment of the source, whatever an earlier pass left there.

    The final pass needs the source for itself, raises `Unavailable` where anybody else has it open, and holds
    the number of rows against each other. Raises `CopyError` where the target cannot take a row.
    """
    if source.dialect != SQLITE or target.dialect == SQLITE:
        raise Conflict("Only an installation on SQLite can be copied, and only to PostgreSQL.")
    with _reading(Path(str(source.url.database)), alone=final) as rows, _writing(target) as connection:
        copies = [
            _TableCopy(rows, connection, table, unchanging=table.name in plan.unchanging)
            for table in plan.tables
            if table.name not in plan.kept_by_target
        ]
        # What refers goes before what is referred to, and before a new row wants its place.
        removed = {each.name: each.remove() for each in reversed(copies) if not each.unchanging}
        done = []
        for each in copies:
            done.append(each.run(removed.get(each.name, 0)))
            tell(done[-1])
        if final:
            _set_sequences(connection, plan)
            _compare_counts(rows, connection, plan)
    return tuple(done)


@contextmanager
def _reading(path: Path, *, alone: bool) -> Iterator[sqlite3.Connection]:
    """Read one moment of the source: readers hinder no writer, and the final pass lets nobody in at all."""
    try:
        if alone:
            with sqlite.alone(path) as connection:
                yield connection
            return
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.DatabaseError as error:
        raise CopyError(
            f"{path} cannot be read: {error}. What was copied before stays; where the file is damaged, put a "
            "backup in its place (`tidegate backup restore`) and start again."
        ) from error


@contextmanager
def _writing(target: Database) -> Iterator[psycopg.Connection[Values]]:
    plain = target.url.set(drivername="postgresql").render_as_string(hide_password=False)
    # Times of SQLite are written without a zone: they are in UTC.
    options = "-c timezone=UTC -c lock_timeout=10s"
    try:
        with psycopg.connect(plain, options=options, application_name="tidegate-copy") as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"The target does not answer: {str(error).splitlines()[0]}. What was copied before stays; start "
            "again."
        ) from error


class _TableCopy:
    """Copies one table, a chunk a transaction, in the order of its key."""

    def __init__(
        self,
        rows: sqlite3.Connection,
        connection: psycopg.Connection[Values],
        table: Table,
        *,
        unchanging: bool,
    ) -> None:
        self.name = table.name
        self.unchanging = unchanging
        self._rows = rows
        self._connection = connection
        self._table = table
        self._columns = [column.name for column in table.columns]
        self._key = [column.name for column in table.primary_key.columns]
        self._key_at = [self._columns.index(name) for name in self._key]

    def run(self, removed: int) -> Copied:
        """Add what is missing, fix what differs, and remove what an unchanging table has lost meanwhile."""
        count = added = changed = 0
        for chunk in self._chunks():
            there = self._there([self._key_of(row) for row in chunk])
            missing = [row for row in chunk if self._key_of(row) not in there]
            differing = [row for row in chunk if there.get(self._key_of(row)) not in (None, row)]
            with self._transaction():
                self._add(missing)
                self._change(differing)
            count, added, changed = count + len(chunk), added + len(missing), changed + len(differing)
        if self.unchanging and self._count() != count:
            removed = self.remove()
        return Copied(self.name, count, added, changed, removed)

    def _chunks(self) -> Iterator[list[Values]]:
        """Go through the source by its key, so that no chunk costs more than the one before."""
        start = sql.SQL("SELECT {columns} FROM {table}").format(
            columns=_names(self._columns), table=sql.Identifier(self.name)
        )
        order = sql.SQL("ORDER BY {key} LIMIT {size}").format(key=_names(self._key), size=sql.Literal(_CHUNK))
        marks = sql.SQL(", ").join(sql.SQL("?") for _ in self._key)
        beyond = sql.SQL("WHERE ({key}) > ({marks})").format(key=_names(self._key), marks=marks)
        chunk = self._rows.execute(_statement(start, order)).fetchall()
        while chunk:
            yield chunk
            last = self._key_of(chunk[-1])
            chunk = self._rows.execute(_statement(start, beyond, order), last).fetchall()

    def _there(self, keys: Sequence[Values]) -> dict[Values, Values | None]:
        """Look up which of these rows the target has, with their values where those may differ."""
        wanted = self._key if self.unchanging else self._columns
        query = sql.SQL("SELECT {columns} FROM {table} WHERE {where}").format(
            columns=sql.SQL(", ").join(map(self._as_source, wanted)),
            table=sql.Identifier(self.name),
            where=self._among(),
        )
        found = self._connection.execute(query, self._arrays(keys)).fetchall()
        self._connection.rollback()
        if self.unchanging:
            return dict.fromkeys(found)
        return {self._key_of(row): row for row in found}

    def _count(self) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(self.name))
        found = self._connection.execute(query).fetchone()
        self._connection.rollback()
        return int(found[0]) if found else 0

    def _add(self, rows: Sequence[Values]) -> None:
        if not rows:
            return
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(self.name), _names(self._columns)
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def _change(self, rows: Sequence[Values]) -> None:
        if not rows:
            return
        others = [name for name in self._columns if name not in self._key]
        statement = sql.SQL("UPDATE {table} SET {values} WHERE {where}").format(
            table=sql.Identifier(self.name),
            values=sql.SQL(", ").join(self._equals(name) for name in others),
            where=sql.SQL(" AND ").join(self._equals(name) for name in self._key),
        )
        for row in rows:
            self._connection.execute(statement, dict(zip(self._columns, row, strict=True)))

    def remove(self) -> int:
        """Remove from the target what is not in the source any more, such as jobs that were pruned."""
        same = sql.SQL(" AND ").join(sql.SQL("{} = ?").format(sql.Identifier(name)) for name in self._key)
        known = _statement(sql.SQL("SELECT 1 FROM {} WHERE {}").format(sql.Identifier(self.name), same))
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(map(self._as_source, self._key)), sql.Identifier(self.name)
        )
        with self._connection.cursor(name="all_keys") as cursor:
            gone = [key for key in cursor.execute(query) if self._rows.execute(known, key).fetchone() is None]
        with self._transaction():
            for start in range(0, len(gone), _CHUNK):
                statement = sql.SQL("DELETE FROM {table} WHERE {where}").format(
                    table=sql.Identifier(self.name), where=self._among()
                )
                self._connection.execute(statement, self._arrays(gone[start : start + _CHUNK]))
        return len(gone)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._connection.transaction():
                yield
        except psycopg.OperationalError:
            # It is not these rows that it refuses.
            raise
        except psycopg.Error as error:
            raise CopyError(
                f"PostgreSQL refuses rows of {self.name}: {str(error).splitlines()[0]}. What was copied "
                "before stays; fix the cause and start again."
            ) from error
        self._connection.commit()

    def _key_of(self, row: Values) -> Values:
        return tuple(row[at] for at in self._key_at) if len(row) == len(self._columns) else row

    def _among(self) -> sql.Composable:
        """Name rows by arrays of their keys: by the index, whatever order texts have there."""
        arrays = sql.SQL(", ").join(
            sql.SQL("{}::{}[]").format(sql.Placeholder(name), sql.SQL(self._type(name))) for name in self._key
        )
        return sql.SQL("({}) IN (SELECT * FROM unnest({}))").format(_names(self._key), arrays)

    def _arrays(self, keys: Sequence[Values]) -> dict[str, list[Any]]:
        return {name: [key[at] for key in keys] for at, name in enumerate(self._key)}

    def _equals(self, name: str) -> sql.Composable:
        typed = sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(self._type(name)))
        if self._type(name) == "boolean":
            typed = sql.SQL("{}::integer::boolean").format(sql.Placeholder(name))
        return sql.SQL("{} = {}").format(sql.Identifier(name), typed)

    def _as_source(self, name: str) -> sql.Composable:
        """Read a column of the target as SQLite holds it, so that values can be compared as they are."""
        column = sql.Identifier(name)
        if self._type(name) == "timestamp with time zone":
            return sql.SQL("to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')").format(column)
        if self._type(name) == "boolean":
            return sql.SQL("{}::integer").format(column)
        return column

    def _type(self, name: str) -> str:
        return _TYPES.get(type(self._table.c[name].type).__name__, "text")


# PostgreSQL's name for each kind of column that is not text.
_TYPES = {
    "UtcDateTime": "timestamp with time zone",
    "Boolean": "boolean",
    "Integer": "bigint",
    "BigInteger": "bigint",
    "LargeBinary": "bytea",
}


def _set_sequences(connection: psycopg.Connection[Values], plan: Plan) -> None:
    """Let every sequence go on after the highest number that was copied."""
    for table in plan.tables:
        for column in table.primary_key.columns:
            found = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (table.name, column.name))
            name = (found.fetchone() or (None,))[0]
            if name is not None:
                statement = sql.SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}")
                connection.execute(
                    statement.format(sql.Identifier(column.name), sql.Identifier(table.name)), (name,)
                )
    connection.commit()


def _compare_counts(rows: sqlite3.Connection, connection: psycopg.Connection[Values], plan: Plan) -> None:
    for table in plan.tables:
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
        here = rows.execute(_statement(count)).fetchone()[0]
        there = (connection.execute(count).fetchone() or (None,))[0]
        if here != there:
            raise CopyError(
                f"{table.name} has {here} rows here and {there} there: somebody else writes to the target. "
                "Let nobody use it yet, and start again."
            )
    connection.rollback()


def _names(names: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _statement(*parts: sql.Composable) -> str:
    """Write a statement out for SQLite, which quotes names as PostgreSQL does."""
    return sql.SQL(" ").join(parts).as_string(None)
