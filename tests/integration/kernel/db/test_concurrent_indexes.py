"""Indexes that PostgreSQL builds beside the traffic: through any wait, and anew after any interruption."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.support import postgres
from tidegate.domain.errors import Unavailable
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database

_BEFORE = "0004"
_INDEX = "ix_verdicts_component_id"
_PATIENCE = 60.0
_MIGRATE = """
import sys
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database

database = Database(sys.argv[1])
schema.upgrade(database)
assert schema.at_head(database)
database.dispose()
"""
_BUILDING = f"""
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidegate-migrate'
AND query LIKE 'CREATE INDEX CONCURRENTLY {_INDEX} %' AND wait_event_type = 'Lock'
"""
_WAITING = """
SELECT state, backend_xid, backend_xmin FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'tidegate-migrate' AND pid <> :pid
"""


@pytest.fixture
def older(postgres_server: postgres.Server) -> Iterator[Database]:
    """A database of PostgreSQL whose schema is from before the indexes that are built beside the traffic."""
    with postgres_server.new_database() as url:
        database = Database(url)
        schema.upgrade(database, _BEFORE)
        yield database
        database.dispose()


@contextmanager
def _reader(database: Database) -> Iterator[Connection]:
    """Hold a transaction that is older than any build, as a long report or a backup does."""
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SELECT count(*) FROM verdicts"))
        yield connection
        connection.rollback()


def _start(database: Database) -> subprocess.Popen[str]:
    url = database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", _MIGRATE, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _ask(database: Database, question: str, **given: object) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question), given)]


def _until(
    database: Database, question: str, wanted: Callable[[list[tuple[Any, ...]]], bool], **given: object
) -> Any:
    end = time.monotonic() + _PATIENCE
    while not wanted(found := _ask(database, question, **given)):
        assert time.monotonic() < end, f"{question}: still {found}"
        time.sleep(0.05)
    return found


def _builder(database: Database) -> int:
    """Wait until a build waits for the reader, and return its backend."""
    [[pid]] = _until(database, _BUILDING, bool)
    assert isinstance(pid, int)
    return pid


def _valid(database: Database) -> bool | None:
    found = _ask(database, f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{_INDEX}')")
    return bool(found[0][0]) if found else None


@pytest.mark.drill
class TestSeveralAtOnce:
    @pytest.mark.requirement("S1-32")
    def test_wait_without_a_snapshot_while_one_builds_beside_a_reader_and_writers(
        self, older: Database
    ) -> None:
        with _reader(older):
            starting = [_start(older) for _ in range(3)]
            builder = _builder(older)
            _until(older, _WAITING, lambda found: found == [("idle", None, None)] * 2, pid=builder)
            time.sleep(2)  # PostgreSQL looks for deadlocks after one second, and would end one of them
            with older.engine.begin() as writer:
                writer.execute(text("SET LOCAL lock_timeout = '1s'"))
                writer.execute(text("DELETE FROM verdicts"))
            assert [process.poll() for process in starting] == [None] * 3
            assert _builder(older) == builder
        said = [process.communicate(timeout=_PATIENCE)[0] for process in starting]
        assert [process.returncode for process in starting] == [0] * 3, said
        assert schema.at_head(older)
        assert schema.check(older) is None
        assert _valid(older)


class TestInterrupted:
    @pytest.mark.parametrize("interrupt", ["pg_cancel_backend", "pg_terminate_backend"])
    def test_what_a_build_left_is_dropped_and_built_again(self, older: Database, interrupt: str) -> None:
        with _reader(older):
            migrating = _start(older)
            _ask(older, f"SELECT {interrupt}(:pid)", pid=_builder(older))
            assert migrating.wait(_PATIENCE) != 0
        migrating.communicate()
        assert schema.current(older) == _BEFORE
        assert _valid(older) is False
        schema.upgrade(older)
        assert schema.at_head(older)
        assert schema.check(older) is None
        assert _valid(older)

    def test_what_the_server_finished_after_a_kill_is_kept(self, older: Database) -> None:
        with _reader(older):
            migrating = _start(older)
            _builder(older)
            migrating.kill()
            migrating.communicate()
        [[built]] = _until(older, f"SELECT oid FROM pg_class WHERE relname = '{_INDEX}'", bool)
        schema.upgrade(older)  # it waits for the lock of the build that goes on without its process
        assert schema.at_head(older)
        assert _valid(older)
        assert _ask(older, f"SELECT to_regclass('{_INDEX}')::oid") == [(built,)]

    def test_a_transaction_that_stays_open_is_named_as_the_cause(self, older: Database) -> None:
        with _reader(older):
            with pytest.raises(Unavailable, match=f"{_INDEX} .*pg_stat_activity.*tidegate db upgrade"):
                schema.upgrade(older, patience=0.5)
        assert schema.current(older) == _BEFORE
        schema.upgrade(older)
        assert _valid(older)

    def test_one_that_is_gone_already_can_be_taken_back(self, older: Database) -> None:
        schema.upgrade(older, "0005")
        with older.engine.begin() as connection:
            connection.execute(text(f"DROP INDEX {_INDEX}"))
        schema.downgrade(older, _BEFORE)
        assert schema.current(older) == _BEFORE
