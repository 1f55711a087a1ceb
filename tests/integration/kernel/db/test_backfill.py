"""Backfills on both databases: by chunks, begun again where they stopped, nobody is shut out meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, text

from benchmarks import stock
from benchmarks.stock import EVIDENCE, PENDING, fill_kib
from tests.support.api import junit
from tests.support.server import RealServer
from tidegate.domain.errors import Unavailable
from tidegate.kernel.db import backfill as module
from tidegate.kernel.db.backfill import Filled, backfill
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import WRITES

ROWS = 3_200


@pytest.fixture
def expanded(database: Database) -> Database:
    """A database with evidence, and a column that nobody has filled yet."""
    stock.fill(database, evidence=ROWS, events=0)
    stock.add_kib(database)
    return database


def _run(database: Database, statement: str) -> None:
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(text(statement))
        connection.commit()


def _left(database: Database) -> int:
    with database.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(PENDING.subquery())).scalar_one()


@pytest.mark.requirement("S1-33")
@pytest.mark.requirement("S1-34")
class TestBackfill:
    def test_changes_every_row_by_chunks(self, expanded: Database) -> None:
        chunks: list[int] = []

        def fill(connection: Connection, keys: Sequence[Any]) -> None:
            chunks.append(len(keys))
            fill_kib(connection, keys)

        assert backfill(expanded, PENDING, fill, size=1000, rest=0) == Filled(ROWS, 4, finished=True)
        assert chunks == [1000, 1000, 1000, 200]
        assert _left(expanded) == 0
        assert backfill(expanded, PENDING, fill) == Filled(0, 0, finished=True)

    def test_no_chunk_reads_through_the_whole_table(self, expanded: Database) -> None:
        asked = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
            if statement.startswith("SELECT evidence.id"):
                asked.append((statement, parameters))

        event.listen(expanded.engine, "after_cursor_execute", note)
        backfill(expanded, PENDING, fill_kib, rest=0)
        event.remove(expanded.engine, "after_cursor_execute", note)
        sqlite = expanded.dialect == SQLITE
        explain, search = ("EXPLAIN QUERY PLAN", "SEARCH evidence") if sqlite else ("EXPLAIN", "Index Scan")
        assert len(asked) == 7
        with expanded.engine.connect() as connection:
            for statement, parameters in asked:
                steps = connection.exec_driver_sql(f"{explain} {statement}", parameters)
                plan = "\n".join(str(row[-1]) for row in steps)
                assert search in plan and "Seq Scan" not in plan, plan

    def test_passes_what_is_done_in_longer_and_longer_steps(self, expanded: Database) -> None:
        _run(expanded, "UPDATE evidence SET kib = 0 WHERE id < (SELECT max(id) FROM evidence)")
        asked = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                asked.append(statement[:6])

        event.listen(expanded.engine, "after_cursor_execute", note)
        assert backfill(expanded, PENDING, fill_kib, rest=0) == Filled(1, 1, finished=True)
        event.remove(expanded.engine, "after_cursor_execute", note)
        # Of 3,200 rows: 500, 1,000, 1,700 of 2,000, and a look at the end.
        assert asked == [*6 * ["SELECT"], "UPDATE", "SELECT"]

    def test_goes_on_where_it_was_cut_short(self, expanded: Database) -> None:
        def break_at_the_third(connection: Connection, keys: Sequence[Any]) -> None:
            fill_kib(connection, keys)
            if _left(expanded) <= ROWS - 1000:
                raise KeyError("killed")

        with pytest.raises(KeyError):
            backfill(expanded, PENDING, break_at_the_third, rest=0)
        assert _left(expanded) == ROWS - 1000
        assert backfill(expanded, PENDING, fill_kib, rest=0).rows == ROWS - 1000
        assert _left(expanded) == 0

    def test_ends_in_time_and_says_that_it_is_not_finished(self, expanded: Database) -> None:
        done = backfill(expanded, PENDING, fill_kib, seconds=0.0)
        assert done == Filled(0, 0, finished=False)

    def test_what_others_wrote_meanwhile_stays(self, expanded: Database) -> None:
        _run(expanded, "UPDATE evidence SET kib = -1 WHERE slot = 'part-7'")

        def fill(connection: Connection, keys: Sequence[Any]) -> None:
            connection.execute(text("UPDATE evidence SET kib = -2 WHERE kib IS NULL AND slot = 'part-8'"))
            fill_kib(connection, keys)

        backfill(expanded, PENDING, fill, rest=0)
        with expanded.engine.connect() as connection:
            kept = select(func.count()).select_from(EVIDENCE).where(EVIDENCE.c.kib < 0)
            assert connection.execute(kept).scalar_one() == 2 * ROWS // 50

    def test_a_chunk_is_neither_too_small_nor_too_large(self, expanded: Database) -> None:
        for size in (499, 1001):
            with pytest.raises(ValueError, match="500 to 1000"):
                backfill(expanded, PENDING, fill_kib, size=size)

    def test_a_busy_database_is_tried_again_and_then_reported(
        self, expanded: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_FIRST_PAUSE", 0.001)
        failures = iter(range(3))

        def busy_at_first(connection: Connection, keys: Sequence[Any]) -> None:
            if next(failures, None) is not None:
                raise Unavailable("busy")
            fill_kib(connection, keys)

        assert backfill(expanded, PENDING, busy_at_first, rest=0).finished

        def busy(_connection: Connection, _keys: Sequence[Any]) -> None:
            raise Unavailable("busy")

        _run(expanded, "UPDATE evidence SET kib = NULL")
        with pytest.raises(Unavailable):
            backfill(expanded, PENDING, busy, rest=0)


@pytest.mark.drill
@pytest.mark.requirement("S1-34")
def test_the_api_answers_and_takes_reports_meanwhile(expanded: Database, tmp_path: Path) -> None:
    with RealServer(expanded.url, tmp_path / "installation") as server:
        client = server.client()
        done: list[Filled] = []
        filling = threading.Thread(target=lambda: done.append(backfill(expanded, PENDING, fill_kib)))
        filling.start()
        statuses: list[int] = []
        slowest = 0.0
        while filling.is_alive() or len(statuses) < 10:
            begun = time.monotonic()
            answer = client.submit(junit(passed=len(statuses)), commit="a" * 40, slot=f"s{len(statuses)}")
            slowest = max(slowest, time.monotonic() - begun)
            statuses.append(answer.status)
        filling.join()
        client.close()
    assert set(statuses) == {201}
    assert done[0].rows >= ROWS
    assert slowest < 10, "a request waited as long as it may for the database"
