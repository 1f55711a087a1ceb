"""Tests of the first work in the background: clearing up, and proving that the audit chain holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.jobs import Shop
from tidegate.kernel.db.idempotency import IdempotencyKeys, KeptAnswer
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.modules.audit.service import AuditService

A_DAY = timedelta(days=1)


def do(shop: Shop, task: str) -> str:
    """Have a task done, and return what came of it."""
    job = shop.enqueue(task)
    JobExecutor(shop.container).execute(shop.claimed(), shop.tasks[task])
    assert (shop.job(job).state, len(shop.runs(job))) != ("waiting", 1), shop.runs(job)[0].detail
    return shop.runs(job)[0].detail or ""


def keep(shop: Shop, *keys: str) -> None:
    """Keep answers to repeated requests."""
    with shop.work() as work:
        kept = IdempotencyKeys(work.uow, shop.clock)
        with work.uow.transaction():
            for key in keys:
                kept.keep(KeptAnswer("POST /x", key, "sha256:" + "0" * 64, 200, (), b""))


class TestPrune:
    def test_deletes_answers_that_are_old_enough(self, shop: Shop) -> None:
        keep(shop, *(f"old-{number}" for number in range(1203)))
        shop.clock.advance(30 * A_DAY + timedelta(seconds=1))
        keep(shop, "new")

        assert do(shop, "jobs.prune") == "Deleted: 0 runs, 0 jobs, 0 occurrences, 0 workers, 1203 answers"
        with shop.work() as work:
            kept = IdempotencyKeys(work.uow, shop.clock)
            assert (kept.find("POST /x", "old-7"), kept.find("POST /x", "new") is not None) == (None, True)

    def test_deletes_its_own_traces_in_time(self, shop: Shop) -> None:
        do(shop, "jobs.prune")
        shop.clock.advance(91 * A_DAY)

        assert do(shop, "jobs.prune").startswith("Deleted: 1 runs, 1 jobs")


class TestVerify:
    def append(self, shop: Shop) -> None:
        """Write three entries."""
        with shop.work() as work:
            for number in range(3):
                work.use(AuditService).append(action="test.done", subject="t:1", details={"n": number})

    def test_tells_the_head_of_a_chain_that_holds(self, shop: Shop) -> None:
        assert do(shop, "audit.verify") == "Intact: 0 rows"
        self.append(shop)

        assert do(shop, "audit.verify").startswith("Intact: 3 rows, head 3:sha256:")

    @pytest.mark.requirement("S1-28")
    def test_leaves_a_chain_that_was_changed_to_a_person_at_once(self, shop: Shop) -> None:
        self.append(shop)
        # As somebody with all rights in the database would do it.
        forge = {
            "sqlite": ["DROP TRIGGER audit_events_no_update"],
            "postgresql": ["ALTER TABLE audit_events DISABLE TRIGGER USER"],
        }
        with shop.work() as work, work.uow.transaction() as session:
            for statement in (*forge[shop.container.database.dialect], _FORGERY):
                session.execute(text(statement))
        job = shop.enqueue("audit.verify")
        JobExecutor(shop.container).execute(shop.claimed(), shop.tasks["audit.verify"])

        assert shop.job(job).state == "failed"
        assert "The audit chain is NOT INTACT at row 2" in (shop.runs(job)[0].detail or "")


_FORGERY = """UPDATE audit_events SET actor = 'somebody else' WHERE seq = 2"""
