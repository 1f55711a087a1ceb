"""Restoring over a SQLite that has a write-ahead log, is in use, or is no database any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.api import junit
from tests.support.installations import Installation, make_installation
from tidegate.domain.errors import Unavailable
from tidegate.kernel import files
from tidegate.kernel.db import schema, sqlite
from tidegate.kernel.db.engine import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "tidegate.sqlite3"


def _make(path: Path, value: int) -> sqlite3.Connection:
    """Make a database whose last row is in the log alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES (?)", (value,))
    return connection


def _values(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [value for (value,) in connection.execute("SELECT x FROM t")]


def _crash(path: Path, value: int) -> None:
    """Leave a database as a killed process does: with a log that nobody has written back."""
    with closing(_make(path.with_name("crashing"), value)):
        for suffix in ("", "-wal"):
            data = path.with_name(f"crashing{suffix}").read_bytes()
            path.with_name(path.name + suffix).write_bytes(data)


@pytest.mark.requirement("S2-41")
class TestReplaceFile:
    @pytest.mark.parametrize("while_open", [True, False], ids=["as-on-posix", "as-on-windows"])
    def test_a_log_that_was_left_is_not_played_into_the_new_file(
        self, while_open: bool, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "REPLACES_OPEN_FILES", while_open)
        _crash(path, 1)
        assert path.with_name(f"{path.name}-wal").stat().st_size > 0
        new = path.with_name("new")
        _make(new, 2).close()
        sqlite.replace_file(path, new, aside=path.with_name("aside"))
        assert _values(path) == [2]
        assert _values(path.with_name("aside")) == [1]
        assert {each.name for each in path.parent.iterdir() if each.name.startswith(path.name)} == {path.name}

    def test_is_refused_while_anybody_has_it_open(self, path: Path) -> None:
        new = path.with_name("new")
        _make(new, 2).close()
        with closing(_make(path, 1)):
            with pytest.raises(Unavailable, match="stop every process"):
                sqlite.replace_file(path, new, aside=path.with_name("aside"))
        assert _values(path) == [1]

    def test_what_is_no_database_any_more_is_put_aside_with_its_log(self, path: Path) -> None:
        path.write_bytes(b"this is no database at all" * 100)
        path.with_name(f"{path.name}-wal").write_bytes(b"nor is this a log")
        new = path.with_name("new")
        _make(new, 2).close()
        sqlite.replace_file(path, new, aside=path.with_name("aside"))
        assert _values(path) == [2]
        assert path.with_name("aside").read_bytes().startswith(b"this is no")
        assert path.with_name("aside-wal").exists()

    def test_where_nothing_is_it_is_placed(self, path: Path) -> None:
        new = path.with_name("new")
        _make(new, 2).close()
        sqlite.replace_file(path, new, aside=None)
        assert (_values(path), path.stat().st_mode & 0o777) == ([2], 0o600)


@pytest.mark.requirement("S2-41")
class TestRestore:
    @pytest.fixture
    def installation(self, path: Path, tmp_path: Path) -> Installation:
        """An installation on SQLite with a backup, and with a report that came after it."""
        database = Database(URL.create("sqlite", database=str(path)))
        schema.upgrade(database)
        made = make_installation(database, tmp_path / "installation")
        made.fill()
        with made.backups() as service:
            service.create(reason="test")
        made.api.submit(junit(passed=7), slot="later")
        return made

    def test_is_refused_while_a_server_has_it_open(self, installation: Installation, path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("SELECT count(*) FROM evidence").fetchone()
            with installation.backups() as service, pytest.raises(Unavailable, match="stop every process"):
                service.restore(overwrite=True)
            assert other.execute("SELECT count(*) FROM evidence").fetchone() == (3,)
        installation.api.database.dispose()

    def test_replaces_a_file_that_is_no_database(self, installation: Installation, path: Path) -> None:
        installation.api.database.dispose()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(b"this is no database at all" * 100)
        with installation.backups() as service:
            done = service.restore(overwrite=True)
        assert done.aside is not None and done.aside.read_bytes().startswith(b"this is no")
        with closing(sqlite3.connect(path)) as restored:
            assert restored.execute("SELECT count(*) FROM evidence").fetchone() == (2,)
        installation.api.database.dispose()
