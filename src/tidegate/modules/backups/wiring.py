"""How backups are put together, what the worker does for them, and the part of `/health` that judges it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import tidegate
from tidegate.domain.audit import Report
from tidegate.kernel.backups.catalogue import BackupCatalogue
from tidegate.kernel.backups.configuration import settings_document
from tidegate.kernel.backups.encryption import BackupCipher, read_keys
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.backups.taking import BackupSource
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.storage import StorageBackend, open_storage
from tidegate.modules.audit.service import AuditService
from tidegate.modules.backups import tasks
from tidegate.modules.backups.repository import BackupRepository
from tidegate.modules.backups.service import BackupService
from tidegate.modules.operations.service import Check, PartFailed

_LATE = {tasks.NIGHTLY: timedelta(hours=26), tasks.RESTORE_TEST: timedelta(days=8)}
_LIMIT = timedelta(hours=6)


def build(container: Container) -> None:
    """Say how backups are made; where they are expected, schedule them and watch over that."""
    container.provide(BackupService, _service)
    settings = container.settings
    if not settings.backups_expected:
        return
    nightly = Schedule.daily(settings.backup_at)
    watched = [tasks.NIGHTLY]
    container.contribute(
        Task,
        lambda _: Task(tasks.NIGHTLY, tasks.nightly, schedule=nightly, timeout=_LIMIT, in_transaction=False),
    )
    if settings.backup_restore_test:
        watched.append(tasks.RESTORE_TEST)
        weekly = Schedule.weekly("sunday", "04:30")
        container.contribute(
            Task,
            lambda _: Task(
                tasks.RESTORE_TEST, tasks.restore_test, schedule=weekly, timeout=_LIMIT, in_transaction=False
            ),
        )
    container.contribute(
        Check, lambda _: Check("backups", "datastore", lambda: judge(container, tuple(watched)))
    )


class InstallationSummary:
    """Asks a database through the parts of the modules that know it."""

    def __init__(self, container: Container, uow: UnitOfWork) -> None:
        self._audit = container.work_on(uow).use(AuditService)
        self._repository = BackupRepository(uow)

    def revision(self) -> str | None:
        """Return the revision of the schema."""
        return self._repository.revision()

    def head(self) -> str | None:
        """Return where the audit chain ends, as `tidegate audit verify` writes it."""
        head, _rows = self._audit.export()
        return f"{head.seq}:{head.hash}" if head else None

    def rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return self._repository.rows()

    def blobs(self) -> Iterator[str]:
        """Return the digests of all reports that rows name."""
        return self._repository.blobs()

    def verification(self) -> Report:
        """Verify the whole audit chain."""
        return self._audit.verification()


def judge(container: Container, watched: tuple[str, ...]) -> str:
    """Tell when backups were last taken and tested; raises `PartFailed` where one is late or failed."""
    uow = container.database.unit_of_work()
    now = container.clock.now()
    lines = []
    try:
        for task in watched:
            last = BackupRepository(uow).last_runs(task)
            if last.fault is not None:
                raise PartFailed(f"The last run of {task} failed: {last.fault}")
            since = last.good_at or last.scheduled_since
            if since is not None and now - since > _LATE[task]:
                raise PartFailed(f"{task} has not succeeded since {since:%Y-%m-%d %H:%M} UTC: it is late.")
            lines.append(f"{task}: {last.good_at:%Y-%m-%d %H:%M}" if last.good_at else f"{task}: not due yet")
    finally:
        uow.close()
    return "; ".join(lines) + "."


def _service(work: Work) -> BackupService:
    container = work.container
    settings = container.settings
    summarise = partial(InstallationSummary, container)
    cipher = BackupCipher(read_keys(settings.backup_recipients), read_keys(settings.backup_identity))
    source = BackupSource(
        database=container.database,
        blobs=container.blobs,
        settings=settings_document(settings),
        version=tidegate.__version__,
        summarise=summarise,
    )
    return BackupService(
        source,
        catalogue=lambda scratch: BackupCatalogue(_storage(settings.backup_url), cipher, scratch),
        summarise=summarise,
        scratch=settings.data_dir / "scratch",
        keep=settings.backup_keep,
        clock=container.clock,
    )


def _storage(url: str) -> StorageBackend:
    try:
        return open_storage(url)
    except ValueError as error:
        raise BackupError(f"BACKUP_URL: {error}.") from error
