"""How the jobs module is put together."""

from __future__ import annotations

from datetime import timedelta

from tidegate.kernel.container import Container, Work
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.wakeups import WakeUps
from tidegate.modules.audit.service import AuditService
from tidegate.modules.jobs.repository import JobRepository
from tidegate.modules.jobs.service import JobService, WorkHealth
from tidegate.modules.jobs.tasks import PRUNE


def build(container: Container) -> None:
    """Register the services, and the task that clears up."""
    settings = container.settings
    since = container.clock.now()

    def service(work: Work) -> JobService:
        return JobService(
            work.uow,
            JobRepository(work.uow),
            work.use(JobQueue),
            work.use(AuditService),
            tasks=lambda: work.all_of(Task),
            wake=lambda: work.use(WakeUps).send(),
            clock=container.clock,
        )

    def health(work: Work) -> WorkHealth:
        return WorkHealth(
            JobRepository(work.uow),
            tasks=lambda: work.all_of(Task),
            expected=settings.worker_expected == "true",
            silence=timedelta(seconds=settings.worker_silence),
            since=since,
            clock=container.clock,
        )

    container.provide(JobService, service)
    container.provide(WorkHealth, health)
    container.contribute(Task, lambda _: PRUNE)
