"""How the releases module is put together, and how it tells evidence what was shipped last."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.ports import Shipped
from tidegate.modules.releases.repository import ReleaseRepository
from tidegate.modules.releases.service import ReleaseService
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register how the service is built, and that it knows which revision counts as the baseline."""

    def service(work: Work) -> ReleaseService:
        return ReleaseService(
            uow=work.uow,
            releases=ReleaseRepository(work.uow),
            catalog=work.use(CatalogService),
            verdicts=work.use(VerdictService),
            audit=work.use(AuditService),
            access=work.use(Access),
            principal=work.principal,
            clock=container.clock,
            new_id=new_id,
        )

    container.provide(ReleaseService, service)
    container.contribute(Shipped, lambda work: work.use(ReleaseService))
