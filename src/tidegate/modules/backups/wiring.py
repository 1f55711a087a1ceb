"""How backups are put together, what the worker does for them, and the part of `/health` that judges it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

import tidegate
from tidegate.domain.principals import SERVER
from tidegate.kernel.backups.catalogue import BackupCatalogue
from tidegate.kernel.backups.configuration import settings_document
from tidegate.kernel.backups.encryption import BackupCipher, read_keys
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.backups.taking import BackupSource
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.task_status import TaskStatus, TaskStatuses, fault_of
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.storage import StorageBackend, open_storage
from tidegate.modules.audit.service import AuditService
from tidegate.modules.backups import tasks
from tidegate.modules.backups.repository import BackupRepository
from tidegate.modules.backups.service import BackupService

# One backup, or one restore, may take so long; a restore test may have to wait for a backup before it.
_LIMIT = timedelta(hours=6)
_QUEUE = "backups"


def build(container: Container) -> None:
    """Say how backups are made; where they are expected, schedule them and watch over that."""
    container.provide(BackupService, _service)
    settings = container.settings
    if not settings.backups_expected:
        return
    scheduled = [
        Task(
            tasks.NIGHTLY,
            tasks.nightly,
            schedule=Schedule.daily(settings.backup_at),
            queue=_QUEUE,
            timeout=_LIMIT,
            in_transaction=False,
        )
    ]
    if settings.backup_restore_test:
        scheduled.append(
            Task(
                tasks.RESTORE_TEST,
                tasks.restore_test,
                schedule=Schedule.weekly("sunday", "04:30"),
                queue=_QUEUE,
                timeout=_LIMIT,
                lateness=timedelta(days=1),
                in_transaction=False,
            )
        )
    watched = [task.name for task in scheduled]
    for task in scheduled:
        container.contribute(Task, lambda _, task=task: task)  # type: ignore[misc]  # bound early
    container.contribute(
        HealthCheck, lambda _: HealthCheck("backups", "datastore", lambda: judge(container, watched))
    )


class InstallationSummary:
    """Asks a database through the parts of the modules that know it."""

    def __init__(self, uow: UnitOfWork, audit: AuditService) -> None:
        self._audit = audit
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


def judge(container: Container, watched: Collection[str]) -> str:
    """Tell when backups were last taken and tested; raises `HealthCheckFailed` where one is late or failed.

    Late and failed are what the part `scheduler` calls so: both ask `fault_of`.
    """
    now = container.clock.now()
    work = container.work(SERVER)
    try:
        scheduled = [task for task in work.all_of(Task) if task.name in watched]
        statuses = work.use(TaskStatuses).all(now)
    finally:
        work.close()
    texts = []
    for task in scheduled:
        status = statuses.get(task.name, TaskStatus())
        if (fault := fault_of(task, status, now)) is not None:
            raise HealthCheckFailed(fault.text)
        texts.append(f"{task.name}: {_state(status)}")
    return "; ".join(texts) + "."


def _state(status: TaskStatus) -> str:
    last = f"{status.succeeded_at:%Y-%m-%d %H:%M}" if status.succeeded_at else "not due yet"
    return f"{last}, running since {status.running_since:%H:%M}" if status.running_since else last


def _service(work: Work) -> BackupService:
    container = work.container
    settings = container.settings

    def audit(uow: UnitOfWork) -> AuditService:
        return container.work_on(uow, work.principal).use(AuditService)

    cipher = BackupCipher(read_keys(settings.backup_recipients), read_keys(settings.backup_identity))
    source = BackupSource(
        database=container.database,
        blobs=container.blobs,
        settings=settings_document(settings),
        version=tidegate.__version__,
        summarise=lambda uow: InstallationSummary(uow, audit(uow)),
    )
    return BackupService(
        source,
        catalogue=lambda scratch: BackupCatalogue(_storage(settings.backup_url), cipher, scratch),
        audit=audit,
        scratch=settings.data_dir / "scratch",
        keep=settings.backup_keep,
        clock=container.clock,
    )


def _storage(url: str) -> StorageBackend:
    try:
        return open_storage(url)
    except ValueError as error:
        raise BackupError(f"BACKUP_URL: {error}.") from error
