"""What a database is asked, statement by statement, for tests of how often it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tidegate.kernel.db.engine import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note every statement that reaches the database meanwhile, but those that begin and end transactions."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
