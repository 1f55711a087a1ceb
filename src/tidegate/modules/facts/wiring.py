"""How facts are put together."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.repository import FactRepository
from tidegate.modules.facts.service import FactService


def build(container: Container) -> None:
    """Say how the service is built."""
    container.provide(FactService, _facts)


def _facts(work: Work) -> FactService:
    return FactService(
        work.uow,
        facts=FactRepository(work.uow),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
    )
