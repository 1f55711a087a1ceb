"""Tests of what rows of the background work tell a scrape, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from tests.support.api import START
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.gauges import job_gauges, task_gauges
from tidegate.kernel.jobs.models import JobRow, TaskStatusRow, WorkerRow
from tidegate.kernel.jobs.task_status import TaskFault
from tidegate.kernel.telemetry.meter import Gauge

_NUMBERS = count()


def job(task: str, state: str, *, due: datetime = START) -> JobRow:
    """Make a job."""
    return JobRow(
        id=f"job-{next(_NUMBERS)}",
        task=task,
        payload={},
        state=state,
        not_before=due,
        attempt=0,
        tries_left=1,
        created_at=START,
    )


def status(task: str, *, succeeded: datetime | None = None, done: int = 0, failed: int = 0) -> TaskStatusRow:
    """Make the status of a task."""
    return TaskStatusRow(
        task=task,
        succeeded_at=succeeded,
        failures=0,
        given_up=False,
        runs_done=done,
        runs_failed=failed,
        runs_lost=0,
        runs_released=0,
    )


def worker(name: str, beat: datetime) -> WorkerRow:
    """Make a worker."""
    return WorkerRow(
        id=name, host="here", pid=1, version="1", slots=1, busy=0, started_at=START, beat_at=beat
    )


def measured(database: Database, *rows: JobRow | TaskStatusRow | WorkerRow, at: datetime) -> dict[str, Gauge]:
    """Write rows, and return what is measured of them at a time."""
    uow = database.unit_of_work()
    try:
        with uow.transaction() as session:
            session.add_all(rows)
        return {gauge.name: gauge for gauge in job_gauges(uow, at)}
    finally:
        uow.close()


@pytest.mark.requirement("S2-23")
class TestJobGauges:
    def test_of_nothing_tell_of_no_lateness_and_leave_out_what_never_was(self, database: Database) -> None:
        found = measured(database, at=START)
        assert dict(found["tidegate_job_lateness_seconds"].values) == {(): 0.0}
        assert not found["tidegate_jobs"].values
        assert not found["tidegate_job_success_age_seconds"].values
        assert "tidegate_worker_heartbeat_age_seconds" not in found

    def test_count_jobs_that_are_not_done_and_runs_by_outcome(self, database: Database) -> None:
        found = measured(
            database,
            *(job("backup.create", state) for state in ("waiting", "waiting", "failed", "done")),
            status("backup.create", done=2, failed=1),
            at=START,
        )
        assert dict(found["tidegate_jobs"].values) == {
            ("backup.create", "waiting"): 2.0,
            ("backup.create", "failed"): 1.0,
        }
        assert dict(found["tidegate_job_runs"].values) == {
            ("backup.create", "done"): 2.0,
            ("backup.create", "failed"): 1.0,
        }

    def test_tell_how_late_the_oldest_due_job_is_and_no_job_that_may_not_run_yet(
        self, database: Database
    ) -> None:
        found = measured(
            database,
            job("a.b", "waiting", due=START + timedelta(minutes=2)),
            job("a.b", "waiting", due=START + timedelta(hours=9)),
            job("a.b", "failed", due=START),
            at=START + timedelta(minutes=5),
        )
        assert dict(found["tidegate_job_lateness_seconds"].values) == {(): 180.0}

    def test_tell_how_long_ago_a_task_was_done_whatever_failed_since(self, database: Database) -> None:
        found = measured(
            database,
            status("backup.create", succeeded=START + timedelta(hours=1), done=2, failed=1),
            status("never.done", failed=1),
            at=START + timedelta(hours=4),
        )
        assert dict(found["tidegate_job_success_age_seconds"].values) == {("backup.create",): 3 * 3600.0}

    def test_tell_the_age_of_the_newest_heartbeat_never_below_zero(self, database: Database) -> None:
        rows = worker("one", START), worker("two", START + timedelta(seconds=50))
        found = measured(database, *rows, at=START + timedelta(seconds=80))
        assert dict(found["tidegate_worker_heartbeat_age_seconds"].values) == {(): 30.0}
        ahead = measured(database, at=START)
        assert dict(ahead["tidegate_worker_heartbeat_age_seconds"].values) == {(): 0.0}


@pytest.mark.requirement("S2-23")
def test_tasks_show_the_judgement_of_health() -> None:
    late = TaskFault("a.late", "It is late.", given_up=False, overdue=timedelta(minutes=2))
    failed = TaskFault("a.failed", "It failed.", given_up=True, overdue=timedelta())
    found = {
        g.name: dict(g.values) for g in task_gauges({"a.late": late, "a.failed": failed, "a.well": None})
    }

    assert found == {
        "tidegate_task_overdue_seconds": {("a.late",): 120.0, ("a.failed",): 0.0, ("a.well",): 0.0},
        "tidegate_task_failed": {("a.late",): 0.0, ("a.failed",): 1.0, ("a.well",): 0.0},
    }
