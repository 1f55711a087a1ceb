"""A migrated SQLite file that others are copied from: migrations run once in a process, not in every test."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from sqlalchemy import URL

from tests.support import scratch
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database


def put_at(path: Path) -> None:
    """Lay an empty database at the newest schema where there is none yet, or only a file without a byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.exists() and path.stat().st_size):
        path.write_bytes(_content())


def migrate(url: URL) -> None:
    """Bring a database to the newest schema, and leave no connection open."""
    database = Database(url)
    try:
        schema.upgrade(database)
    finally:
        database.dispose()


@functools.cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory(prefix="tg-migrated-", dir=scratch.folder()) as folder:
        path = Path(folder) / "tidegate.sqlite3"
        migrate(URL.create("sqlite", database=str(path)))
        return path.read_bytes()
