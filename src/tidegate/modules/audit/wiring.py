"""How the audit log is put together."""

from __future__ import annotations

from tidegate.kernel.access import Refusals
from tidegate.kernel.container import Container, Work
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.refusals import RefusalBudget
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService
from tidegate.modules.audit.tasks import VERIFY


def build(container: Container) -> None:
    """Say how the audit service is built, and have the chain verified every day."""
    refusals = RefusalBudget()
    container.provide(AuditService, lambda work: _audit(work, refusals))
    container.provide(Refusals, lambda work: work.use(AuditService))
    container.contribute(Task, lambda _: VERIFY)


def _audit(work: Work, refusals: RefusalBudget) -> AuditService:
    return AuditService(work.uow, AuditRepository(work.uow), work.container.clock, work.principal, refusals)
