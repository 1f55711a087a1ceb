"""How the audit log is put together, and how `/health` says whether its head is anchored."""

from __future__ import annotations

from datetime import datetime

from tidegate.domain.principals import SERVER
from tidegate.kernel.access import Refusals
from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.jobs.task_status import TaskStatus, TaskStatuses, fault_of
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.refusals import RefusalBudget
from tidegate.kernel.signing_keys import keyring
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AnchorService, AuditService
from tidegate.modules.audit.tasks import VERIFY, anchor_task


def build(container: Container) -> None:
    """Say how the audit service is built, have the chain verified every day, and its head anchored."""
    refusals = RefusalBudget()
    container.provide(AuditService, lambda work: _audit(work, refusals))
    container.provide(Refusals, lambda work: work.use(AuditService))
    container.contribute(Task, lambda _: VERIFY)
    if not container.settings.audit_anchored:
        container.contribute(HealthCheck, lambda _: HealthCheck("audit-anchor", "system", lambda: OFF))
        return
    keys, since = keyring(container.settings), container.clock.now()
    task = anchor_task(container.settings.audit_anchor_minutes)
    container.provide(
        AnchorService, lambda work: AnchorService(work.use(AuditService), keys, container.clock)
    )
    container.contribute(Task, lambda _: task)
    container.contribute(
        HealthCheck,
        lambda _: HealthCheck("audit-anchor", "system", lambda: _anchored(container, task, since)),
    )


OFF = (
    "Off: the head of the audit log is not anchored. AUDIT_ANCHOR_FILE or AUDIT_ANCHOR_LOG turns it on, "
    "on web and worker alike."
)


def _audit(work: Work, refusals: RefusalBudget) -> AuditService:
    return AuditService(work.uow, AuditRepository(work.uow), work.container.clock, work.principal, refusals)


def _anchored(container: Container, task: Task, since: datetime) -> str:
    """Tell when the head was last anchored; raises `HealthCheckFailed` where that is late or has failed."""
    now = container.clock.now()
    work = container.work(SERVER)
    try:
        status = work.use(TaskStatuses).all(now).get(task.name, TaskStatus())
    finally:
        work.close()
    if (fault := fault_of(task, status, now)) is not None:
        raise HealthCheckFailed(fault.text)
    if status.succeeded_at is not None:
        return f"On: last anchored at {status.succeeded_at:%Y-%m-%d %H:%M:%S}Z."
    if status.first_seen_at is None and task.schedule is not None:
        # Nobody is there who could be late: without a worker the log is not anchored, whatever is expected.
        if now > task.schedule.following(since) + task.longest_delay:
            raise HealthCheckFailed("Late: no worker has anchored the audit log. Start `tidegate worker`.")
    return "On: the first anchor is not due yet."
