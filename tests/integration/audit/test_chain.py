"""The audit chain on both databases: appended by many processes at once, guarded, and tampering found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tidegate.domain.audit import Head, to_line, verify_lines
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES, UnitOfWork
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService

_APPEND = """
import sys
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db.engine import Database
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService

database = Database(sys.argv[1])
uow = database.unit_of_work()
audit = AuditService(uow, AuditRepository(uow), SystemClock(), Principal(PrincipalKind.SYSTEM, sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    with uow.transaction():
        audit.append(action="test.first", subject=f"test:{number}", details={"number": number})
        audit.append(action="test.second", subject=f"test:{number}", details={})
uow.close()
database.dispose()
"""

_DROP_GUARDS = {
    "sqlite": [
        "DROP TRIGGER audit_events_no_update",
        "DROP TRIGGER audit_events_no_delete",
        "DROP TRIGGER audit_events_link",
        "DROP TRIGGER audit_events_head",
    ],
    "postgresql": [
        "DROP TRIGGER audit_events_no_change ON audit_events",
        "DROP TRIGGER audit_events_link ON audit_events",
    ],
}


@pytest.fixture
def uow(database: Database) -> Iterator[UnitOfWork]:
    uow = database.unit_of_work()
    yield uow
    uow.close()


@pytest.fixture
def audit(uow: UnitOfWork) -> AuditService:
    return AuditService(uow, AuditRepository(uow), SystemClock(), ANONYMOUS)


@pytest.fixture
def filled(audit: AuditService) -> AuditService:
    for number in range(1, 6):
        audit.append(action="test.done", subject=f"test:{number % 2}", details={"number": number})
    return audit


def _run(database: Database, *statements: str) -> None:
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


class TestAppend:
    @pytest.mark.requirement("S1-28")
    def test_several_processes_make_one_chain_without_a_gap(
        self, database: Database, audit: AuditService
    ) -> None:
        url = database.url.render_as_string(hide_password=False)
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", _APPEND, url, f"worker-{number}", "25"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(4)
        ]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        ended = [(worker.communicate(timeout=60)[1], worker.returncode) for worker in workers]
        assert ended == [("", 0)] * 4
        result = audit.verification()
        assert (result.intact, result.checked) == (True, 200)
        _, rows = audit.export()
        assert {row.entry.actor for row in rows} == {f"system:worker-{number}" for number in range(4)}

    def test_is_rolled_back_with_the_change(self, uow: UnitOfWork, audit: AuditService) -> None:
        with pytest.raises(LookupError):
            with uow.transaction():
                audit.append(action="test.lost", subject="test:1", details={})
                raise LookupError
        with uow.transaction():
            audit.append(action="test.kept", subject="test:2", details={})
        page = audit.events(PageRequest())
        assert [(link.entry.seq, link.entry.action) for link in page.items] == [(1, "test.kept")]
        assert audit.verification().intact


class TestEvents:
    def test_newest_come_first_and_can_be_narrowed(self, filled: AuditService) -> None:
        page = filled.events(PageRequest(2))
        assert [link.entry.seq for link in page.items] == [5, 4]
        rest = filled.events(PageRequest(9, page.next_cursor))
        assert [link.entry.seq for link in rest.items] == [3, 2, 1]
        odd = filled.events(PageRequest(), subject="test:1")
        assert [link.entry.seq for link in odd.items] == [5, 3, 1]
        assert filled.events(PageRequest(), action="test.other").items == ()


class TestGuards:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_events SET actor = 'x' WHERE seq = 1",
            "DELETE FROM audit_events WHERE seq = 1",
            "DELETE FROM audit_head",
            "INSERT INTO audit_events SELECT 9, at, actor, action, subject, details, prev_hash, 'x' "
            "FROM audit_events WHERE seq = 1",
        ],
    )
    def test_the_database_itself_refuses(
        self, database: Database, filled: AuditService, statement: str
    ) -> None:
        with pytest.raises(DBAPIError, match="never changed|never deleted|does not follow"):
            _run(database, statement)
        assert filled.verification().intact


class TestVerification:
    def test_an_empty_chain_holds(self, audit: AuditService) -> None:
        result = audit.verification()
        assert (result.intact, result.checked) == (True, 0)

    @pytest.mark.parametrize(
        ("tampering", "seq"),
        [
            (["UPDATE audit_events SET details = '{}' WHERE seq = 3"], 3),
            (["UPDATE audit_events SET actor = 'other' WHERE seq = 5"], 5),
            (["DELETE FROM audit_events WHERE seq = 2"], 2),
            (["DELETE FROM audit_events WHERE seq = 5"], 5),
            (
                [
                    "UPDATE audit_events SET seq = 99 WHERE seq = 2",
                    "UPDATE audit_events SET seq = 2 WHERE seq = 3",
                    "UPDATE audit_events SET seq = 3 WHERE seq = 99",
                ],
                2,
            ),
        ],
        ids=["edited", "edited last", "removed", "cut off", "reordered"],
    )
    def test_finds_what_was_done_behind_its_back(
        self, database: Database, filled: AuditService, tampering: list[str], seq: int
    ) -> None:
        _run(database, *_DROP_GUARDS[database.dialect], *tampering)
        result = filled.verification()
        assert not result.intact
        assert result.bad_seq == seq
        head, rows = filled.export()
        assert head is not None
        exported = verify_lines(map(to_line, rows), expected=[head])
        assert (exported.intact, exported.bad_seq) == (False, seq)

    def test_an_export_holds_elsewhere(self, filled: AuditService) -> None:
        head, rows = filled.export()
        assert head is not None
        result = verify_lines(map(to_line, rows), expected=[head])
        assert (result.intact, result.checked) == (True, 5)

    def test_a_head_that_was_noted_down_tells_of_a_log_written_anew(self, filled: AuditService) -> None:
        assert filled.verification([Head(3, "sha256:" + "1" * 64)]).bad_seq == 3

    def test_a_head_that_was_set_back_is_reported(self, database: Database, filled: AuditService) -> None:
        _run(database, "UPDATE audit_head SET hash = 'sha256:" + "1" * 64 + "'")
        assert "its head names row 5" in (filled.verification().fault or "")
