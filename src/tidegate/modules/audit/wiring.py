"""How the audit log is put together."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService
from tidegate.modules.audit.tasks import VERIFY

# Until Tidegate asks who is calling, it cannot say more than this.
ANONYMOUS = "anonymous"


def build(container: Container) -> None:
    """Say how the audit service is built, and have the chain verified every day."""
    speak_as(container, ANONYMOUS)
    container.contribute(Task, lambda _: VERIFY)


def speak_as(container: Container, actor: str) -> None:
    """Name who is noted for what this process changes."""

    def audit(work: Work) -> AuditService:
        return AuditService(work.uow, AuditRepository(work.uow), container.clock, lambda: actor)

    container.provide(AuditService, audit)
