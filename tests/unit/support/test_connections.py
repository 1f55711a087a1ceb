"""The watch over open connections: a test that leaves one open fails, and says which it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.connections import all_closed
from tidegate.kernel.db.engine import Database


class TestAllClosed:
    def test_goes_red_once_for_a_connection_that_waits_in_a_pool(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/left.sqlite3")

        with pytest.raises(AssertionError, match="1 database connections were left open"):
            with all_closed():
                database.ping()

        with all_closed():
            database.ping()
        database.dispose()

    def test_goes_red_for_a_connection_that_is_in_use(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/used.sqlite3")

        with pytest.raises(AssertionError, match="left open"):
            with all_closed():
                connection = database.engine.connect()

        connection.close()
        database.dispose()

    def test_is_content_once_the_database_is_disposed_of(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/closed.sqlite3")

        with all_closed():
            with database.engine.connect() as connection:
                connection.detach()
            database.ping()
            database.dispose()
