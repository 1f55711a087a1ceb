"""Rows by the hundred thousand, as submissions would have left them, for measurements and tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, cast

import psycopg
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    select,
    text,
    update,
)

from tidegate.domain import audit
from tidegate.domain.audit import Entry, Head
from tidegate.domain.canonical import digest_of
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.ids import Uuid7
from tidegate.migrations import all_tables

_BATCH = 20_000
_START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_REVISIONS = 1000

EVIDENCE = Table(
    "evidence", MetaData(), Column("id", String), Column("size", Integer), Column("kib", Integer)
)
"""The table as the next version knows it, with the column that its first migration added."""
PENDING: Select[tuple[str]] = select(EVIDENCE.c.id).where(EVIDENCE.c.kib.is_(None))
"""The rows that are to be backfilled: the worked example of a new column."""


def add_kib(database: Database) -> None:
    """Add the new column, as the first migration of the example does."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(text("ALTER TABLE evidence ADD COLUMN kib INTEGER"))
        connection.commit()


def fill_kib(connection: Connection, keys: Sequence[Any]) -> None:
    """Fill the new column for these rows, where nobody else did."""
    still = EVIDENCE.c.id.in_(keys), EVIDENCE.c.kib.is_(None)
    connection.execute(update(EVIDENCE).where(*still).values(kib=EVIDENCE.c.size // 1024))


def fill(database: Database, *, evidence: int, events: int, digests: Sequence[str] = ()) -> None:
    """Add a component with revisions, so many rows of evidence, and a chain of so many audit events.

    The evidence names the reports given in turn, or reports of its own that are nowhere.
    """
    tables = all_tables().tables
    moments = (_START + timedelta(seconds=number) for number in range(evidence + events + _REVISIONS + 1))
    ids = Uuid7()
    revisions = [ids() for _ in range(min(_REVISIONS, max(evidence, 1)))]
    at = next(moments)
    component = {"name": "harbour", "title": "Harbour", "owner": "port", "description": "", "version": 1}
    insert_rows(database, tables["components"], iter([{**component, "created_at": at, "updated_at": at}]))
    insert_rows(
        database,
        tables["revisions"],
        (
            {
                "id": revision,
                "component": "harbour",
                "commit_sha": f"{number:040x}",
                "registered_at": next(moments),
            }
            for number, revision in enumerate(revisions)
        ),
    )
    insert_rows(
        database,
        tables["evidence"],
        (
            {
                **_evidence(number, ids(), revisions, next(moments)),
                "digest": digests[number % len(digests)] if digests else digest_of(str(number).encode()),
            }
            for number in range(evidence)
        ),
    )
    insert_rows(database, tables["audit_events"], audit_rows(events, moments))


def settle(database: Database) -> None:
    """Let a database that was filled at once be as one that grew: its pages written, its statistics known.

    Otherwise the first answers are measured against the flood of a million rows that is still on its way to
    the disk.
    """
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if database.dialect == SQLITE:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        else:
            connection.execute(text("VACUUM (ANALYZE)"))
            connection.execute(text("CHECKPOINT"))


def _evidence(number: int, identifier: str, revisions: list[str], at: datetime) -> dict[str, Any]:
    return {
        "id": identifier,
        "revision_id": revisions[number % len(revisions)],
        "component": "harbour",
        "slot": f"part-{number % 50}",
        "size": 40_000 + number % 1000,
        "format": "junit",
        "kind": "tests",
        "tool": "pytest",
        "tool_version": "9.0",
        "ran": True,
        "measures": {"tests.failed": number % 3, "tests.passed": 120, "tests.total": 120 + number % 3},
        "taken_at": at,
        "received_at": at,
    }


def audit_rows(count: int, moments: Iterator[datetime], head: Head | None = None) -> Iterator[dict[str, Any]]:
    """Return so many rows that follow the chain's head."""
    before = head.seq if head else 0
    for seq in range(before + 1, before + count + 1):
        details = {"evidence": f"e{seq}", "slot": f"part-{seq % 50}"}
        entry = Entry(seq, next(moments), "tester", "evidence.submitted", "revision:harbour@0", details)
        row = audit.append(head, entry)
        head = Head(seq, row.hash)
        yield {
            "seq": seq,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "details": dict(details),
            "prev_hash": row.prev_hash,
            "hash": row.hash,
        }


def insert_rows(
    database: Database, table: Table, rows: Iterator[dict[str, Any]], *, batch_size: int = _BATCH
) -> None:
    """Write rows with the drivers' own means: a million take a minute, not ten.

    Columns that the first row does not name are left empty.
    """
    first = next(rows, None)
    if first is None:
        return
    names = list(first)
    converters = [(name, of) for name in names if (of := _converter(table.c[name], database)) is not None]

    def values(row: dict[str, Any]) -> list[Any]:
        row |= {name: of(row[name]) for name, of in converters}
        return [row[name] for name in names]

    write = _insert_on_sqlite if database.dialect == SQLITE else _copy_on_postgresql
    of_all = map(values, chain([first], rows))
    while batch := list(islice(of_all, batch_size)):
        with database.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            write(connection, table.name, names, batch)


def _converter(column: Column[Any], database: Database) -> Callable[[Any], Any] | None:
    """Return what makes of a value what the driver is given for it; None where it is given as it is."""
    dialect = database.engine.dialect
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _insert_on_sqlite(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
    cast(sqlite3.Connection, connection.connection.driver_connection).executemany(statement, rows)


def _copy_on_postgresql(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
