"""How the gates module is put together."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.gates.repository import GateRepository
from tidegate.modules.gates.service import GateService


def build(container: Container) -> None:
    """Register how the service is built."""

    def service(work: Work) -> GateService:
        return GateService(
            uow=work.uow,
            gates=GateRepository(work.uow),
            audit=work.use(AuditService),
            principal=work.principal,
            clock=container.clock,
            new_id=new_id,
        )

    container.provide(GateService, service)
