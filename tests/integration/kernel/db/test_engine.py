"""The engine's promises on both databases, and where only one of them can make them."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.postgres import Server
from tidegate.domain.errors import Unavailable
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database, database_url
from tidegate.settings import read_settings


class TestUrls:
    @pytest.mark.requirement("S1-8")
    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
    def test_every_spelling_of_postgresql_reaches_psycopg(self, scheme: str) -> None:
        assert database_url(f"{scheme}://u:p@h/d").drivername == "postgresql+psycopg"

    @pytest.mark.parametrize(
        "url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://h/d"]
    )
    def test_what_no_test_shows_working_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="sqlite:///path"):
            database_url(url)

    def test_an_unreadable_one_is_not_repeated(self) -> None:
        with pytest.raises(ValueError) as caught:
            database_url("secret")
        assert "secret" not in str(caught.value)


class TestSettings:
    @pytest.mark.requirement("S4-22")
    def test_decide_whether_the_way_to_postgresql_is_encrypted(self, postgres_server: Server) -> None:
        with postgres_server.new_database() as url:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            for mode, fits in (("disable", True), ("prefer", True), ("verify-full", False)):
                settings = read_settings({"DATABASE_URL": f"{plain}?sslmode={mode}&sslrootcert=/nowhere"})
                database = Database.from_settings(settings)
                if fits:
                    database.ping()
                else:
                    # This server's certificate is nobody's that we trust, if it has one at all.
                    with pytest.raises(Unavailable):
                        database.ping()
                database.dispose()

    @pytest.mark.requirement("S4-22")
    def test_decide_the_pool_and_how_long_is_waited(self, postgres_server: Server) -> None:
        with postgres_server.new_database() as url:
            settings = read_settings(
                {
                    "DATABASE_URL": url.set(drivername="postgresql").render_as_string(hide_password=False),
                    "DATABASE_POOL_SIZE": "1",
                    "DATABASE_MAX_OVERFLOW": "0",
                    "DATABASE_TIMEOUT": "0.1",
                    "DATABASE_STATEMENT_TIMEOUT": "7",
                    "DATABASE_LOCK_TIMEOUT": "3",
                }
            )
            database = Database.from_settings(settings)
            with database.engine.connect() as connection:
                for name, expected in (("statement_timeout", "7s"), ("lock_timeout", "3s")):
                    assert connection.execute(text(f"SHOW {name}")).scalar_one() == expected
                with pytest.raises(Unavailable, match="connection is in use"):
                    database.ping()
            database.dispose()


class TestSqlite:
    def test_a_file_of_another_kind_is_reported_as_one(self, tmp_path: Path) -> None:
        path = tmp_path / "report.xml"
        path.write_text("<testsuite/>" * 500)
        database = Database(f"sqlite:///{path}")
        with pytest.raises(Unavailable, match="no whole SQLite database. Name another one"):
            database.ping()
        database.dispose()
        assert path.read_text() == "<testsuite/>" * 500

    @pytest.mark.requirement("S2-4")
    def test_is_durable_checked_and_private(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "tidegate.sqlite3"
        database = Database.from_settings(read_settings({"DATABASE_URL": f"sqlite:///{path}"}))
        with database.engine.connect() as connection:
            found = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        database.dispose()
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700

    @pytest.mark.requirement("S2-19")
    @pytest.mark.requirement("S0-3")
    def test_readers_go_on_beside_a_writer_and_a_second_writer_gives_up_in_time(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/x.sqlite3", timeout=0.2)
        writer = database.unit_of_work()
        with writer.transaction() as session:
            session.execute(text("CREATE TABLE t (x)"))
            database.ping()
            with pytest.raises(Unavailable, match="try again"):
                with database.unit_of_work().transaction():
                    pytest.fail("there is only one write lock")  # pragma: no cover
        writer.close()
        database.dispose()

    def test_waits_for_whoever_holds_a_file_that_is_not_yet_in_wal(self, tmp_path: Path) -> None:
        path = tmp_path / "x.sqlite3"
        database = Database(f"sqlite:///{path}", timeout=0.05)
        holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        holder.execute("CREATE TABLE t (x)")
        holder.execute("BEGIN")
        holder.execute("SELECT * FROM t").fetchall()
        release = threading.Timer(0.3, holder.execute, ["COMMIT"])
        release.start()
        database.ping()
        release.join()
        holder.close()
        database.dispose()


class TestPostgres:
    @pytest.mark.requirement("S4-1")
    @pytest.mark.requirement("S1-21")
    def test_is_set_up_for_utc_and_bounded_in_time(self, postgres_server: Server) -> None:
        with postgres_server.new_database() as url:
            database = Database(url, statement_timeout=2, lock_timeout=1)
            with database.engine.connect() as connection:
                found = {
                    name: connection.execute(text(f"SHOW {name}")).scalar_one()
                    for name in ("timezone", "statement_timeout", "lock_timeout", "application_name")
                }
            database.dispose()
        assert found == {
            "timezone": "UTC",
            "statement_timeout": "2s",
            "lock_timeout": "1s",
            "application_name": "tidegate",
        }

    def test_connections_that_the_server_closed_are_replaced_unseen(self, postgres_server: Server) -> None:
        with postgres_server.new_database() as url:
            database = Database(url)
            first, second = database.engine.connect(), database.engine.connect()
            first.close()
            second.close()
            other = Database(url)
            with other.engine.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            for _ in range(3):
                database.ping()
            other.dispose()
            database.dispose()

    def test_a_lock_that_does_not_come_is_reported_as_unavailable(self, postgres_server: Server) -> None:
        with postgres_server.new_database() as url:
            database = Database(url, lock_timeout=0.1)
            holder, waiter = database.unit_of_work(), database.unit_of_work()
            with holder.transaction() as session:
                session.execute(text("SELECT pg_advisory_xact_lock(7)"))
                with pytest.raises(Unavailable):
                    with waiter.transaction() as waiting:
                        waiting.execute(text("SELECT pg_advisory_xact_lock(7)"))
            holder.close()
            waiter.close()
            database.dispose()


class TestAbsence:
    def test_ping_says_that_nothing_answers(self) -> None:
        database = Database("postgresql://postgres@127.0.0.1:1/none", timeout=2)
        with pytest.raises(Unavailable):
            database.ping()
        with pytest.raises(Unavailable):
            schema.at_head(database)

    def test_a_pool_that_runs_dry_is_reported_as_unavailable(self, database: Database) -> None:
        small = Database(database.url, pool_size=1, max_overflow=0, timeout=0.1)
        with small.engine.connect():
            with pytest.raises(Unavailable, match="in use"):
                small.ping()
        small.dispose()

    def test_a_wrong_statement_stays_what_it_is(self, database: Database) -> None:
        with database.engine.connect() as connection:
            with pytest.raises(Exception, match="nonsense"):
                connection.execute(text("SELECT * FROM nonsense"))

    def test_a_child_process_lets_go_of_inherited_connections(self, database: Database) -> None:
        with database.engine.connect() as connection:
            inherited = connection.connection.driver_connection
        assert inherited is not None
        pool_of_the_parent = database.engine.pool
        database.dispose(inherited=True)
        with database.engine.connect() as connection:
            assert connection.connection.driver_connection is not inherited
        inherited.cursor().execute("SELECT 1")
        pool_of_the_parent.dispose()
