"""The repositories' base and the column types on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from tidegate.domain.errors import Invalid
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.models import IdempotencyKeyRow
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.catalog.models import EnvironmentRow

_NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
_DIGEST = "sha256:" + "a" * 64


class _Environments(Repository[EnvironmentRow]):
    model = EnvironmentRow

    def page(self, request: PageRequest, *, newest_first: bool = False) -> Page[tuple[int, str]]:
        return self.paginate(
            select(EnvironmentRow),
            request,
            by=[EnvironmentRow.rank, EnvironmentRow.name],
            convert=lambda row: (row.rank, row.name),
            newest_first=newest_first,
        )


@pytest.fixture
def environments(database: Database) -> Iterator[_Environments]:
    uow = database.unit_of_work()
    repository = _Environments(uow)
    with uow.transaction():
        for number in range(7):
            repository.add(
                EnvironmentRow(
                    name=f"e{number}",
                    rank=number // 3,
                    gate=None,
                    description="",
                    version=1,
                    created_at=_NOW,
                    updated_at=_NOW,
                )
            )
    yield repository
    uow.close()


class TestLocking:
    def test_a_name_that_is_not_there_yet_is_waited_for(self, database: Database) -> None:
        holding, order = threading.Event(), []

        def write(name: str) -> None:
            uow = database.unit_of_work()
            with uow.transaction():
                _Environments(uow).lock_name("new")
                order.append(f"{name} begins")
                holding.set()
                time.sleep(0.1)
                order.append(f"{name} ends")
            uow.close()

        threads = [threading.Thread(target=write, args=(name,)) for name in ("first", "second")]
        threads[0].start()
        assert holding.wait(10)
        threads[1].start()
        for thread in threads:
            thread.join(10)
        assert order == ["first begins", "first ends", "second begins", "second ends"]


class TestPaginate:
    @pytest.mark.parametrize("newest_first", [False, True])
    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    def test_pagination_together_are_the_list(
        self, environments: _Environments, limit: int, newest_first: bool
    ) -> None:
        found: list[tuple[int, str]] = []
        cursor: str | None = None
        while True:
            page = environments.page(PageRequest(limit, cursor), newest_first=newest_first)
            assert len(page.items) <= limit
            found.extend(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
        expected = [(number // 3, f"e{number}") for number in range(7)]
        assert found == (expected[::-1] if newest_first else expected)

    def test_refuses_a_cursor_of_another_list(self, environments: _Environments) -> None:
        with pytest.raises(Invalid, match="start again"):
            environments.page(PageRequest(2, "WzFd"))


class TestReading:
    def test_one_or_none(self, environments: _Environments) -> None:
        found = environments.one_or_none(EnvironmentRow.name == "e3")
        assert found is not None
        assert found.rank == 1
        assert environments.one_or_none(EnvironmentRow.name == "e9") is None

    def test_for_update_reads_what_others_wrote_meanwhile(
        self, database: Database, environments: _Environments
    ) -> None:
        with environments._uow.transaction():
            stale = environments.one_or_none(EnvironmentRow.name == "e3")
        assert stale is not None
        other = database.unit_of_work()
        with other.transaction() as session:
            session.get_one(EnvironmentRow, "e3").rank = 9
        other.close()
        with environments._uow.transaction():
            fresh = environments.get_for_update(EnvironmentRow.name == "e3")
            assert fresh is not None
            assert fresh.rank == 9


class TestTypes:
    def test_values_come_back_as_they_went_in(self, database: Database) -> None:
        moment = datetime(2026, 1, 2, 4, 4, 5, 678901, tzinfo=timezone(timedelta(hours=1)))
        uow = database.unit_of_work()
        with uow.transaction() as session:
            session.add(
                IdempotencyKeyRow(
                    scope="s",
                    key="k",
                    request_digest=_DIGEST,
                    status=201,
                    headers=[["b", 1.0], {"z": None, "a": "é"}],
                    body=b"\x00\xff",
                    created_at=moment,
                )
            )
        session.expire_all()
        row = session.get_one(IdempotencyKeyRow, ("s", "k"))
        assert row.created_at == moment
        assert row.created_at.tzinfo is UTC
        assert (row.headers, row.body) == ([["b", 1], {"a": "é", "z": None}], b"\x00\xff")
        text = session.connection().exec_driver_sql("SELECT headers FROM idempotency_keys").scalar_one()
        assert text == '[["b",1],{"a":"é","z":null}]'
        uow.close()

    @pytest.mark.parametrize(
        "wrong", [{"created_at": datetime(2026, 1, 2)}, {"request_digest": "sha256:" + "A" * 64}]
    )
    def test_what_says_too_little_is_refused(self, database: Database, wrong: dict[str, object]) -> None:
        right: dict[str, object] = {
            "scope": "s",
            "key": "k",
            "request_digest": _DIGEST,
            "status": 200,
            "headers": [],
            "body": b"",
            "created_at": _NOW,
        }
        uow = database.unit_of_work()
        with pytest.raises(Exception, match="hand in a time with one|is not a digest"):
            with uow.transaction() as session:
                session.add(IdempotencyKeyRow(**(right | wrong)))
        uow.close()
