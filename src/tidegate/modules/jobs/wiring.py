"""How the jobs module is put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck
from tidegate.kernel.jobs.gauges import job_gauges, task_gauges
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.modules.audit.service import AuditService
from tidegate.modules.jobs.repository import JobRepository
from tidegate.modules.jobs.service import JobService, WorkHealth
from tidegate.modules.jobs.tasks import PRUNE


def build(container: Container) -> None:
    """Register the services, the task that clears up, and what `/health` and `/metrics` show of the work."""
    settings = container.settings
    since = container.clock.now()

    def service(work: Work) -> JobService:
        return JobService(
            work.uow,
            JobRepository(work.uow),
            work.use(JobQueue),
            work.use(AuditService),
            tasks=lambda: work.all_of(Task),
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
    container.contribute(
        HealthCheck, lambda _: HealthCheck("worker", "system", lambda: _ask(container, WorkHealth.worker))
    )
    container.contribute(
        HealthCheck,
        lambda _: HealthCheck("scheduler", "system", lambda: _ask(container, WorkHealth.scheduler)),
    )
    container.contribute(GaugeSource, lambda _: GaugeSource("jobs", lambda: _gauges(container)))


def _ask(container: Container, ask: Callable[[WorkHealth], str]) -> str:
    work = container.work(SERVER)  # of its own: checks run side by side
    try:
        return ask(work.use(WorkHealth))
    finally:
        work.close()


def _gauges(container: Container) -> list[Gauge]:
    work = container.work(SERVER)
    try:
        judged = work.use(WorkHealth).scheduled()
        return [*job_gauges(work.uow, container.clock.now()), *task_gauges(judged or {})]
    finally:
        work.close()
