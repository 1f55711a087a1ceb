"""Writes are short and batched: how many rows one transaction changes, and how long others wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text

from benchmarks import stock
from tidegate.domain.canonical import digest_of
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db.backfill import backfill
from tidegate.kernel.db.base import Base
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.idempotency import IdempotencyKeys
from tidegate.kernel.db.models import IdempotencyKeyRow
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.jobs.models import JobOccurrenceRow, JobRow, JobRunRow, WorkerRow
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService
from tidegate.modules.jobs.repository import JobRepository

pytestmark = pytest.mark.requirement("S2-42")

OLD = datetime(2026, 1, 31, 12, tzinfo=UTC)
COUNT = 1_200
BATCH = 500


@contextmanager
def _watched(database: Database) -> Iterator[list[list[int]]]:
    """Note of each transaction how many rows each of its statements changed."""
    done: list[list[int]] = []
    under_way: list[int] = []

    def executed(_c: Any, cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        if statement.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            under_way.append(cursor.rowcount)

    def committed(_connection: Connection) -> None:
        if under_way:
            done.append(under_way.copy())
        under_way.clear()

    event.listen(database.engine, "after_cursor_execute", executed)
    event.listen(database.engine, "commit", committed)
    try:
        yield done
    finally:
        event.remove(database.engine, "after_cursor_execute", executed)
        event.remove(database.engine, "commit", committed)


def _add(database: Database, model: type[Base], rows: list[dict[str, Any]]) -> None:
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(insert(model), rows)
        connection.commit()


def test_what_is_old_goes_a_few_hundred_rows_a_transaction(database: Database) -> None:
    job = {"task": "t", "payload": {}, "state": "done", "not_before": OLD, "attempt": 1, "tries_left": 0}
    run = {"task": "t", "attempt": 1, "worker": "w", "started_at": OLD, "outcome": "done"}
    worker = {"host": "h", "pid": 1, "version": "1", "slots": 1, "busy": 0, "started_at": OLD}
    answer = {"scope": "s", "request_digest": digest_of(b""), "status": 200, "headers": [], "body": b""}
    numbers = range(COUNT)
    _add(database, JobRow, [{**job, "id": f"{n}", "created_at": OLD, "ended_at": OLD} for n in numbers])
    _add(database, JobRunRow, [{**run, "id": f"{n}", "job_id": f"{n}", "ended_at": OLD} for n in numbers])
    occurrences = ({"tick": OLD + timedelta(seconds=n), "seen_at": OLD} for n in range(COUNT + 1))
    _add(database, JobOccurrenceRow, [{"task": "t", **occurrence} for occurrence in occurrences])
    _add(database, WorkerRow, [{**worker, "id": f"{n}", "beat_at": OLD} for n in numbers])
    _add(database, IdempotencyKeyRow, [{**answer, "key": f"{n}", "created_at": OLD} for n in numbers])
    uow = database.unit_of_work()
    with closing(uow), _watched(database) as transactions:
        forgotten = JobRepository(uow).forget_before(OLD + timedelta(days=1), of={})
        answers = IdempotencyKeys(uow, SystemClock()).forget_before(OLD + timedelta(days=1))
    assert {**forgotten, "answers": answers} == dict.fromkeys(
        ("runs", "jobs", "occurrences", "workers", "answers"), COUNT
    )
    assert transactions == 5 * [[BATCH], [BATCH], [COUNT - 2 * BATCH]]


def test_rows_of_the_audit_log_are_written_at_once_and_last(database: Database) -> None:
    uow = database.unit_of_work()
    with closing(uow), _watched(database) as transactions:
        audit = AuditService(uow, AuditRepository(uow), SystemClock(), principal=ANONYMOUS)
        with uow.transaction() as session:
            for number in range(40):
                audit.append(action="component.registered", subject=f"component:{number}", details={})
            session.execute(text("UPDATE components SET version = version + 1"))
    assert transactions == [[0, 40]]


class TestBackfill:
    @pytest.fixture
    def expanded(self, database: Database) -> Database:
        """A database with evidence, and a column that nobody has filled yet."""
        stock.fill(database, evidence=6 * BATCH, events=0)
        stock.add_kib(database)
        return database

    def test_no_transaction_changes_more_than_a_chunk(self, expanded: Database) -> None:
        with _watched(expanded) as transactions:
            backfill(expanded, stock.PENDING, stock.fill_kib, size=BATCH, rest=0)
        assert transactions == 6 * [[BATCH]]

    def test_a_writer_waits_for_the_chunk_under_way(self, expanded: Database) -> None:
        """The writer wants a row of the very chunk; counted is how many chunks begin before it is through."""
        begun: list[str] = []
        under_way = threading.Event()
        waited: list[int] = []

        def fill(connection: Connection, keys: Sequence[Any]) -> None:
            stock.fill_kib(connection, keys)
            begun.append(keys[0])
            under_way.set()
            time.sleep(0.2)  # the writer asks meanwhile

        def write() -> None:
            while under_way.wait(10) and not over.is_set():
                under_way.clear()
                chunks = len(begun)
                with expanded.engine.connect().execution_options(**{WRITES: True}) as connection:
                    row = {"id": begun[-1]}
                    connection.execute(text("UPDATE evidence SET size = size + 1 WHERE id = :id"), row)
                    connection.commit()
                waited.append(len(begun) - chunks)

        over = threading.Event()
        writing = threading.Thread(target=write)
        writing.start()
        try:
            backfill(expanded, stock.PENDING, fill, size=BATCH)
        finally:
            over.set()
            under_way.set()
            writing.join()
        assert len(waited) >= 3
        # None begins but where the machine does not let the writer run for half a second.
        assert max(waited) <= 1, waited
