"""The unit of work on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, event, exc, select, text, update
from structlog.testing import capture_logs

from tidegate.domain.errors import Unavailable
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.lookup import Lookup
from tidegate.kernel.db.repository import table_of
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.catalog.models import EnvironmentRow

_ENVIRONMENTS = table_of(EnvironmentRow)
_BY_NAME = select(_ENVIRONMENTS.c.name).where(_ENVIRONMENTS.c.name == bindparam("name"))
_RENAME = update(_ENVIRONMENTS).where(_ENVIRONMENTS.c.name == bindparam("old")).values(name=bindparam("new"))
_LOOKED_UP = Lookup(
    select(
        _ENVIRONMENTS.c.name, _ENVIRONMENTS.c.rank, _ENVIRONMENTS.c.gate, _ENVIRONMENTS.c.created_at
    ).where(
        _ENVIRONMENTS.c.name == bindparam("name"), _ENVIRONMENTS.c.description == bindparam("description")
    )
)
_NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def _environment(name: str) -> EnvironmentRow:
    return EnvironmentRow(
        name=name, rank=1, gate=None, description="", version=1, created_at=_NOW, updated_at=_NOW
    )


def _names(database: Database) -> list[str]:
    uow = database.unit_of_work()
    names = list(uow.session.scalars(select(EnvironmentRow.name).order_by(EnvironmentRow.name)))
    uow.close()
    return names


@pytest.fixture
def uow(database: Database) -> Iterator[UnitOfWork]:
    uow = database.unit_of_work()
    yield uow
    uow.close()


class TestExecute:
    def test_belongs_to_the_transaction(self, database: Database, uow: UnitOfWork) -> None:
        with pytest.raises(LookupError):
            with uow.transaction() as session:
                session.add(_environment("a"))
                session.flush()
                assert uow.execute(_BY_NAME, {"name": "a"}).scalars().all() == ["a"]
                uow.execute(_RENAME, {"old": "a", "new": "b"})
                raise LookupError
        assert uow.execute(_BY_NAME, {"name": "b"}).first() is None
        assert _names(database) == []

    def test_is_written_by_the_commit(self, database: Database, uow: UnitOfWork) -> None:
        with uow.transaction() as session:
            session.add(_environment("a"))
            session.flush()
            with uow.transaction():
                uow.execute(_RENAME, {"old": "a", "new": "b"})
            uow.execute(_RENAME, [{"old": "b", "new": "c"}, {"old": "c", "new": "d"}])
        assert _names(database) == ["d"]

    def test_reads_without_a_transaction_and_between_two(self, uow: UnitOfWork) -> None:
        assert uow.execute(_BY_NAME, {"name": "a"}).first() is None
        with uow.transaction() as session:
            session.add(_environment("a"))
        assert uow.execute(_BY_NAME, {"name": "a"}).scalars().all() == ["a"]
        uow.release()
        with uow.transaction():
            assert uow.execute(_BY_NAME, {"name": "a"}).scalars().all() == ["a"]


class TestLookUp:
    @pytest.fixture(autouse=True)
    def environment(self, uow: UnitOfWork) -> None:
        with uow.transaction() as session:
            session.add(_environment("a"))

    def test_gives_values_of_the_columns_types(self, uow: UnitOfWork) -> None:
        assert uow.look_up(_LOOKED_UP, description="", name="a") == ("a", 1, None, _NOW)

    def test_gives_nothing_where_there_is_nothing(self, uow: UnitOfWork) -> None:
        assert uow.look_up(_LOOKED_UP, name="b", description="") is None

    def test_sees_what_its_transaction_has_written(self, uow: UnitOfWork) -> None:
        with uow.transaction():
            uow.execute(_RENAME, {"old": "a", "new": "b"})
            assert uow.look_up(_LOOKED_UP, name="b", description="") == ("b", 1, None, _NOW)

    def test_sees_what_others_committed_before(self, database: Database, uow: UnitOfWork) -> None:
        other = database.unit_of_work()
        with other.transaction():
            other.execute(_RENAME, {"old": "a", "new": "b"})
        other.close()

        assert uow.look_up(_LOOKED_UP, name="a", description="") is None

    def test_shows_itself_to_whoever_follows_statements(self, database: Database, uow: UnitOfWork) -> None:
        seen: list[str] = []

        def note(_: Connection, __: object, statement: str, *___: object) -> None:
            seen.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            found = uow.look_up(_LOOKED_UP, name="a", description="")
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

        assert found == ("a", 1, None, _NOW)
        assert any("FROM environments" in one for one in seen)

    def test_says_what_is_wrong_as_every_other_statement_does(self, uow: UnitOfWork) -> None:
        uow.session.execute(text("SELECT 1"))
        with uow.transaction() as session:
            session.execute(text("ALTER TABLE environments RENAME TO elsewhere"))

        with pytest.raises(exc.DBAPIError):
            uow.look_up(_LOOKED_UP, name="a", description="")

        with uow.transaction() as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO environments"))
        assert uow.look_up(_LOOKED_UP, name="a", description="") == ("a", 1, None, _NOW)

    def test_survives_a_connection_that_the_server_closed(self, database: Database, uow: UnitOfWork) -> None:
        if database.dialect != "postgresql":
            pytest.skip("SQLite has no server that could close a connection")
        backend = uow.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})

        with pytest.raises(Unavailable):
            uow.look_up(_LOOKED_UP, name="a", description="")
        uow.release()

        assert uow.look_up(_LOOKED_UP, name="a", description="") == ("a", 1, None, _NOW)


class TestTransaction:
    def test_commits_at_its_end(self, database: Database, uow: UnitOfWork) -> None:
        with uow.transaction() as session:
            session.add(_environment("a"))
        assert _names(database) == ["a"]

    def test_rolls_back_on_an_error(self, database: Database, uow: UnitOfWork) -> None:
        with pytest.raises(LookupError):
            with uow.transaction() as session:
                session.add(_environment("a"))
                session.flush()
                raise LookupError
        assert _names(database) == []

    def test_nested_blocks_join_the_outermost(self, database: Database, uow: UnitOfWork) -> None:
        with uow.transaction() as session:
            with uow.transaction() as inner:
                assert inner is session
                inner.add(_environment("a"))
            assert _names(database) == []
        assert _names(database) == ["a"]

    def test_a_nested_failure_dooms_it_even_when_caught(self, database: Database, uow: UnitOfWork) -> None:
        with pytest.raises(RuntimeError, match="nested transaction failed"):
            with uow.transaction() as session:
                try:
                    with uow.transaction():
                        session.add(_environment("a"))
                        session.flush()
                        raise LookupError
                except LookupError:
                    session.add(_environment("b"))
        assert _names(database) == []
        with uow.transaction() as session:
            session.add(_environment("c"))
        assert _names(database) == ["c"]

    def test_writes_after_reading_although_another_wrote_between(
        self, database: Database, uow: UnitOfWork
    ) -> None:
        assert uow.session.scalars(select(EnvironmentRow)).all() == []
        other = database.unit_of_work()
        with other.transaction() as session:
            session.add(_environment("a"))
        other.close()
        with uow.transaction() as session:
            assert session.scalars(select(EnvironmentRow.name)).all() == ["a"]
            session.add(_environment("b"))
        uow.close()
        assert _names(database) == ["a", "b"]

    def test_counts_transactions(self, uow: UnitOfWork) -> None:
        with uow.transaction():
            with uow.transaction():
                assert uow.number == 1
        with uow.transaction():
            assert uow.number == 2

    def test_two_writers_wait_for_each_other(self, database: Database) -> None:
        def write(worker: int) -> None:
            uow = database.unit_of_work()
            for number in range(20):
                with uow.transaction() as session:
                    session.scalars(select(EnvironmentRow)).all()
                    session.add(_environment(f"{worker}-{number}"))
            uow.close()

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(_names(database)) == 80


class TestWritingOutside:
    def test_a_flush_outside_a_transaction_is_refused(self, uow: UnitOfWork) -> None:
        uow.session.add(_environment("a"))
        with pytest.raises(RuntimeError, match="outside"):
            uow.session.flush()

    def test_a_change_made_before_a_transaction_is_refused(self, uow: UnitOfWork) -> None:
        uow.session.add(_environment("a"))
        with pytest.raises(RuntimeError, match="outside"):
            with uow.transaction():
                pytest.fail("it must not begin")  # pragma: no cover


class TestEffects:
    def test_run_after_the_commit_and_only_once(self, database: Database, uow: UnitOfWork) -> None:
        seen: list[list[str]] = []
        with uow.transaction() as session:
            session.add(_environment("a"))
            uow.after_commit(lambda: seen.append(_names(database)))
            with uow.transaction():
                pass
            assert seen == []
        assert seen == [["a"]]
        with uow.transaction():
            pass
        assert seen == [["a"]]

    def test_never_run_without_a_commit(self, uow: UnitOfWork) -> None:
        seen: list[str] = []
        with pytest.raises(LookupError):
            with uow.transaction():
                uow.after_commit(lambda: seen.append("ran"))
                uow.before_commit(lambda: seen.append("ran"))
                raise LookupError
        with uow.transaction():
            pass
        assert seen == []

    def test_one_that_fails_is_logged_and_hides_no_other(self, uow: UnitOfWork) -> None:
        seen: list[str] = []

        def fail() -> None:
            raise OSError("no such queue")

        with capture_logs() as lines, uow.transaction():
            uow.after_commit(fail)
            uow.after_commit(lambda: seen.append("ran"))
        assert seen == ["ran"]
        (line,) = lines
        assert (line["event"], line["log_level"]) == ("transaction.after_commit_failed", "error")
        assert "fail" in line["effect"]

    def test_what_runs_before_the_commit_is_part_of_it(self, database: Database, uow: UnitOfWork) -> None:
        def first() -> None:
            uow.session.add(_environment("b"))
            uow.before_commit(lambda: uow.session.add(_environment("c")))

        with uow.transaction() as session:
            uow.before_commit(first)
            session.add(_environment("a"))
        assert _names(database) == ["a", "b", "c"]


class TestReading:
    def test_needs_no_transaction_and_closing_gives_the_connection_back(self, database: Database) -> None:
        uow = database.unit_of_work()
        uow.session.execute(text("SELECT 1"))
        assert "Connections in pool: 0" in database.engine.pool.status()
        uow.close()
        uow.close()
        assert "Connections in pool: 1" in database.engine.pool.status()

    def test_releasing_between_reads_gives_the_connection_back(self, database: Database) -> None:
        uow = database.unit_of_work()
        uow.release()
        uow.session.execute(text("SELECT 1"))
        uow.release()
        assert "Connections in pool: 1" in database.engine.pool.status()
        with uow.transaction():
            uow.release()
            assert uow.session.in_transaction()
