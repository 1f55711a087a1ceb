"""Indexes of tables that may be large: PostgreSQL builds them beside the traffic, SQLite as any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from alembic import op
from psycopg.errors import LockNotAvailable
from sqlalchemy import TextClause, text
from sqlalchemy.exc import OperationalError

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE

_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
_OLDEST_FIRST = "SELECT pid, application_name, xact_start, query FROM pg_stat_activity ORDER BY xact_start"


def create_index_concurrently(
    name: str,
    table: str,
    columns: Sequence[str],
    *,
    unique: bool = False,
    where: TextClause | None = None,
) -> None:
    """Build an index while others read and write the table; a build that was interrupted begins anew.

    On PostgreSQL it ends the transaction of the migration: let the migration do nothing else. Raises
    `Unavailable` where transactions that are older than the build stay open for longer than a process may
    wait to migrate.
    """
    context = op.get_context()
    if context.dialect.name == SQLITE:
        op.create_index(name, table, columns, unique=unique, sqlite_where=where)
        return
    with context.autocommit_block(), _patient(name):
        valid = None if context.as_sql else op.get_bind().scalar(_VALID, {"name": name})
        if valid is False:
            op.drop_index(name, table, postgresql_concurrently=True)
        if not valid:
            op.create_index(
                name, table, columns, unique=unique, postgresql_where=where, postgresql_concurrently=True
            )


def drop_index_concurrently(name: str, table: str) -> None:
    """Take an index away while others read and write the table, also one whose build was interrupted."""
    context = op.get_context()
    if context.dialect.name == SQLITE:
        op.drop_index(name, table)
        return
    with context.autocommit_block(), _patient(name):
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _patient(name: str) -> Iterator[None]:
    # Both wait for every transaction that is older than they are, and no request waits for them meanwhile.
    op.execute(schema.PATIENT_LOCK_TIMEOUT)
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Unavailable(_too_old(name)) from error
        raise
    op.execute(schema.LOCK_TIMEOUT)


def _too_old(name: str) -> str:
    return (
        f"The index {name} could not be built beside the traffic: a transaction that is older than the build "
        f"has stayed open. Find it with {_OLDEST_FIRST}, let it end, then run `tidegate db upgrade` again."
    )
