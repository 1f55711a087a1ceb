"""What the worker does for backups: one every night, a restore test every week, and what `/health` says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.installations import Installation
from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.models import JobRunRow
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.worker import Worker
from tidegate.modules.backups import tasks
from tidegate.modules.backups.wiring import judge

_WATCHED = (tasks.NIGHTLY, tasks.RESTORE_TEST)


@contextmanager
def _expecting(installation: Installation, **more: str) -> Iterator[Container]:
    with installation.container(BACKUP_NIGHTLY="true", BACKUP_AT="02:30", **more) as container:
        yield container


def _work(container: Container) -> bool:
    worker = Worker(container, slots=1, poll=1, grace=5)
    return worker.run_once()


def _runs(installation: Installation) -> list[tuple[str, str]]:
    with installation.api.database.sessions() as session:
        query = select(JobRunRow.task, JobRunRow.outcome).where(JobRunRow.task.like("backups.%"))
        return [(task, outcome) for task, outcome in session.execute(query.order_by(JobRunRow.started_at))]


@pytest.mark.requirement("S1-18")
@pytest.mark.requirement("S1-29")
@pytest.mark.requirement("S2-25")
def test_a_night_and_a_week_leave_their_runs(installation: Installation) -> None:
    with _expecting(installation) as container:
        _work(container)
        assert judge(container, _WATCHED).count("not due yet") == 2
        installation.clock.advance(timedelta(days=1))
        assert _work(container)
        assert _runs(installation) == [(tasks.NIGHTLY, "done")]
        installation.clock.advance(timedelta(days=6, hours=3))
        assert _work(container)
        assert sorted(_runs(installation)[1:]) == [(tasks.NIGHTLY, "done"), (tasks.RESTORE_TEST, "done")]
        message = judge(container, _WATCHED)
        assert "not due yet" not in message
        assert "2026-11-28" in message
    with installation.backups() as service:
        assert [each.manifest.reason for each in service.list() if each.manifest] == ["nightly", "nightly"]


def test_one_that_still_runs_after_hours_is_not_late(installation: Installation) -> None:
    with _expecting(installation) as container:
        _work(container)
        installation.clock.advance(timedelta(days=1))
        work = container.work(WORKER)
        for task in work.all_of(Task):
            if task.name == tasks.NIGHTLY and task.schedule is not None:
                work.use(Scheduler).enqueue_occurrence(task, task.schedule.latest(installation.clock.now()))
                claim = work.use(Leases).claim("w", {task.name: task})
                assert claim is not None
                installation.clock.advance(timedelta(hours=7))
                work.use(Leases).extend(claim, task.lease)
        work.close()
        assert "backups.nightly: not due yet, running since" in judge(container, _WATCHED)


def test_late_and_failed_ones_make_health_red(installation: Installation) -> None:
    with _expecting(installation) as container:
        _work(container)
        installation.clock.advance(timedelta(days=1))
        _work(container)
        installation.clock.advance(timedelta(hours=27))
        with pytest.raises(HealthCheckFailed, match="late"):
            judge(container, _WATCHED)
        for path in installation.backup_folder.iterdir():
            path.rename(path.with_name(f"gone-{path.name}"))
        installation.backup_folder.rename(installation.backup_folder.with_name("moved"))
        installation.backup_folder.write_text("in the way")
        assert not _work(container)
        with pytest.raises(
            HealthCheckFailed, match="is late: .* Its last attempt failed: .*cannot be reached"
        ):
            judge(container, _WATCHED)


def test_a_report_that_is_missing_fails_the_night_and_the_backup_stays(installation: Installation) -> None:
    next((installation.folder / "blobs" / "sha256").rglob("*.zst")).unlink()
    with _expecting(installation) as container:
        work = container.work(WORKER)
        with pytest.raises(TidegateError, match="1 reports .* missing or damaged"):
            tasks.nightly(work, {})
        work.close()
    with installation.backups() as service:
        assert [each.fault for each in service.list()] == [None]


def test_a_backup_that_cannot_be_read_holds_the_reports_and_not_the_night(installation: Installation) -> None:
    with _expecting(installation) as container:
        work = container.work(WORKER)
        assert "left" not in tasks.nightly(work, {})
        with installation.backups() as service:
            name = service.list()[0].name
        (installation.backup_folder / name / "reports.zst").unlink()
        assert f"reports that no backup names were left: The backup {name}" in tasks.nightly(work, {})
        work.close()


def test_the_restore_test_fails_where_there_is_nothing_to_restore(installation: Installation) -> None:
    with _expecting(installation) as container:
        work = container.work(WORKER)
        with pytest.raises(TidegateError, match="no backup"):
            tasks.restore_test(work, {})
        work.close()


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"BACKUP_NIGHTLY": "true"}, ["backups"]),
        ({"BACKUP_NIGHTLY": "true", "BACKUP_RESTORE_TEST": "false"}, ["backups"]),
        ({}, []),
        ({"FLASK_ENV": "production", "SECRET_KEY": "q7Zk-2mB9_xVw4LrT8sNfJ0uHdYcE6gA"}, ["backups"]),
    ],
)
def test_they_are_watched_where_they_are_expected(
    installation: Installation, settings: dict[str, str], names: list[str]
) -> None:
    with installation.container(**settings) as container:
        work = container.work(WORKER)
        checks = [check for check in work.all_of(HealthCheck) if check.name == "backups"]
        assert [check.name for check in checks] == names
        for check in checks:
            assert "not due yet" in check.ask()
        work.close()


def test_the_folder_of_what_is_temporary_is_empty_afterwards(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.backups() as service:
        service.create(reason="test")
    assert list((installation.folder / "scratch").iterdir()) == []
