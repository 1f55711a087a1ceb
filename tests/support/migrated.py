"""Migrated databases: a SQLite file that others are copied from, and what a process does that starts."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL

from tests.support import scratch
from tidegate.app import make_container
from tidegate.app import migrate as migrate_at_start
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.settings import read_settings


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


def start(variables: Mapping[str, str]) -> None:
    """Migrate as a process does that starts with these variables, and end it where that is not enough."""
    container = make_container(read_settings(variables))
    migrate_at_start(container)
    assert schema.at_head(container.database)
    container.database.dispose()


@functools.cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory(prefix="tg-migrated-", dir=scratch.folder()) as folder:
        path = Path(folder) / "tidegate.sqlite3"
        migrate(URL.create("sqlite", database=str(path)))
        return path.read_bytes()
