"""How deployments are put together."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.deployments.repository import DeploymentRepository
from tidegate.modules.deployments.service import DeploymentService
from tidegate.modules.facts.service import FactService
from tidegate.modules.releases.service import ReleaseService


def build(container: Container) -> None:
    """Say how the service is built."""
    container.provide(DeploymentService, _deployments)


def _deployments(work: Work) -> DeploymentService:
    return DeploymentService(
        work.uow,
        deployments=DeploymentRepository(work.uow),
        catalog=work.use(CatalogService),
        releases=work.use(ReleaseService),
        facts=work.use(FactService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        new_id=new_id,
    )
