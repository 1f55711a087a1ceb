"""How the catalog is put together."""

from __future__ import annotations

from tidegate.kernel.access import Access, Owners
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.repository import (
    ComponentRepository,
    EnvironmentRepository,
    RevisionRepository,
)
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.gates.service import GateService


def build(container: Container) -> None:
    """Say how the catalog's service is built."""
    container.provide(CatalogService, _catalog)
    container.provide(Owners, lambda work: ComponentRepository(work.uow))


def _catalog(work: Work) -> CatalogService:
    return CatalogService(
        work.uow,
        components=ComponentRepository(work.uow),
        environments=EnvironmentRepository(work.uow),
        revisions=RevisionRepository(work.uow),
        gates=work.use(GateService),
        audit=work.use(AuditService),
        access=work.use(Access),
        clock=work.container.clock,
        new_id=new_id,
    )
