"""Tests of laying a migrated database somewhere."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL

from tests.support import migrated
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database


class TestPutAt:
    def test_lays_a_database_at_the_newest_schema(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "tidegate.sqlite3"
        migrated.put_at(path)
        database = Database(URL.create("sqlite", database=str(path)))
        assert schema.at_head(database)
        database.dispose()

    def test_leaves_what_is_there(self, tmp_path: Path) -> None:
        path = tmp_path / "tidegate.sqlite3"
        path.write_bytes(b"something")
        migrated.put_at(path)
        assert path.read_bytes() == b"something"
