"""How the audit log is put together."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService

# Until Tidegate asks who is calling, it cannot say more than this.
ANONYMOUS = "anonymous"


def build(container: Container) -> None:
    """Say how the audit service is built."""
    container.provide(AuditService, _audit)


def _audit(work: Work) -> AuditService:
    return AuditService(work.uow, AuditRepository(work.uow), work.container.clock, lambda: ANONYMOUS)
