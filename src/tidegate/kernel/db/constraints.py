"""Broken constraints, by their names, and databases that do not answer, as domain errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from tidegate.domain.errors import Conflict, TidegateError, Unavailable
from tidegate.kernel.db.base import Base

# The key of `Constraint.info` under which a model keeps the message for users when the constraint is broken.
SAYS = "says"

_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (?P<columns>\w+\.\w+(?:, \w+\.\w+)*)$")
_SQLITE_INDEX = re.compile(r"UNIQUE constraint failed: index '(?P<name>\w+)'$")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (?P<name>\w+)$")
_SQLITE_FOREIGN_KEY = "FOREIGN KEY constraint failed"
_WRITTEN = re.compile(r'\s*(?P<verb>INSERT INTO|UPDATE|DELETE FROM)\s+"?(?P<table>\w+)"?', re.IGNORECASE)


class BrokenConstraint(Conflict):
    """What was asked breaks a constraint of the database, given by its name."""

    def __init__(self, constraint: str, says: str) -> None:
        self.constraint = constraint
        super().__init__(says)


class NoRoom(Unavailable):
    """The disk of the database is full."""

    def __init__(self) -> None:
        super().__init__("The database's disk is full. Nothing was changed; make room there, then try again.")


# In SQLite's words: another kind of file, or one with parts that were written over.
_DAMAGED = ("file is not a database", "database disk image is malformed")
_NO_DATABASE = (
    "The file that DATABASE_URL names is no whole SQLite database. Name another one, or restore a backup "
    "(docs/backup.md). Nothing was changed."
)


def domain_error(error: DBAPIError, metadata: MetaData = Base.metadata) -> DBAPIError | TidegateError:
    """Say in the domain's words what the database refused.

    A broken constraint is one where a model said what to tell the user (`info={"says": ...}`), or a unique or
    foreign key, for which there is a general sentence. Any other (NOT NULL, an unexplained CHECK) is a fault
    of ours that no user can fix: the error comes back as it was, and so does everything not understood.
    """
    if isinstance(error, IntegrityError):
        name = constraint_name(error, metadata)
        known = next((c for c in _constraints(metadata) if c.name == name), None) if name else None
        says = _sentence(known, error) if known is not None else None
        return BrokenConstraint(name, says) if name and says else error
    if _is_full(error):
        return NoRoom()
    if any(message in str(error.orig) for message in _DAMAGED):
        return Unavailable(_NO_DATABASE)
    if _is_away_or_busy(error):
        return Unavailable("The database does not answer in time. Nothing was changed; try again.")
    return error


def constraint_name(error: IntegrityError, metadata: MetaData = Base.metadata) -> str | None:
    """Find the name of the constraint that was broken; None where it is not certain."""
    if isinstance(error.orig, psycopg.Error):
        return error.orig.diag.constraint_name
    text = str(error.orig)
    for pattern in (_SQLITE_INDEX, _SQLITE_CHECK):
        if found := pattern.search(text):
            return found["name"]
    if found := _SQLITE_COLUMNS.search(text):
        # SQLite names the columns; our metadata knows which constraint is made of them.
        return _unique_over(found["columns"].split(", "), metadata)
    if _SQLITE_FOREIGN_KEY in text:
        # SQLite names nothing at all; the statement names the table.
        return _only_foreign_key(error.statement or "", metadata)
    return None


def _unique_over(columns: list[str], metadata: MetaData) -> str | None:
    table = metadata.tables.get(columns[0].partition(".")[0])
    if table is None:
        return None
    wanted = {column.partition(".")[2] for column in columns}
    candidates: list[Constraint | Index] = [*table.constraints, *table.indexes]
    for candidate in candidates:
        unique = isinstance(candidate, PrimaryKeyConstraint | UniqueConstraint) or (
            isinstance(candidate, Index) and candidate.unique
        )
        if unique and {column.name for column in _columns(candidate)} == wanted:
            return str(candidate.name)
    return None


def _columns(candidate: Constraint | Index) -> Iterator[Column[object]]:
    if isinstance(candidate, PrimaryKeyConstraint | UniqueConstraint | Index):
        yield from candidate.columns


def _only_foreign_key(statement: str, metadata: MetaData) -> str | None:
    written = _WRITTEN.match(statement)
    if written is None:
        return None
    table = written["table"]
    deletes = written["verb"].upper() == "DELETE FROM"
    candidates = [
        constraint
        for constraint in _constraints(metadata)
        if isinstance(constraint, ForeignKeyConstraint)
        and (constraint.referred_table.name if deletes else constraint.table.name) == table
    ]
    return str(candidates[0].name) if len(candidates) == 1 else None


def _constraints(metadata: MetaData) -> Iterator[Constraint | Index]:
    for table in metadata.tables.values():
        yield from table.constraints
        yield from table.indexes


def _sentence(broken: Constraint | Index, error: IntegrityError) -> str | None:
    says: object = broken.info.get(SAYS)
    if isinstance(says, str):
        return says
    if isinstance(broken, ForeignKeyConstraint):
        return _foreign_key_sentence(broken, error)
    if isinstance(broken, CheckConstraint):
        return None
    table: Table | None = broken.table
    columns = " and ".join(column.name for column in _columns(broken))
    return f"There is already one of {table.name if table is not None else 'these'} with this {columns}."


def _foreign_key_sentence(broken: ForeignKeyConstraint, error: IntegrityError) -> str:
    columns = " and ".join(column.name for column in broken.columns)
    if (error.statement or "").lstrip().upper().startswith("DELETE"):
        return f"It is still used by {broken.table.name} (by their {columns})."
    return f"The {columns} does not name one of {broken.referred_table.name} that is there."


def _is_full(error: DBAPIError) -> bool:
    original = error.orig
    if isinstance(original, psycopg.Error):
        return original.sqlstate == "53100"
    return "database or disk is full" in str(original)


def _is_away_or_busy(error: DBAPIError) -> bool:
    """Tell a database that is away or busy, which may be tried again, from a statement that is wrong."""
    if error.connection_invalidated:
        return True
    original = error.orig
    if isinstance(original, psycopg.Error):
        state = original.sqlstate
        return state is None and isinstance(error, OperationalError) or (state or "")[:2] in _TRY_AGAIN
    return "database is locked" in str(original) or "database is busy" in str(original)


# By class of SQLSTATE: connection, rolled back (deadlock), resources, lock timeout, cancelled or shut down.
_TRY_AGAIN = frozenset({"08", "40", "53", "55", "57"})
