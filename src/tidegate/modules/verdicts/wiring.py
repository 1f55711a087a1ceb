"""How the verdicts module is put together, and how it comes to judge each submission."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.ports import Judge
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.facts.service import FactService
from tidegate.modules.gates.service import GateService
from tidegate.modules.verdicts.known_facts import KnownFacts
from tidegate.modules.verdicts.repository import VerdictRepository
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register how the service is built, and that it judges what evidence is submitted."""

    def service(work: Work) -> VerdictService:
        return VerdictService(
            uow=work.uow,
            verdicts=VerdictRepository(work.uow),
            catalog=work.use(CatalogService),
            gates=work.use(GateService),
            evidence=work.use(EvidenceService),
            facts=KnownFacts(work.use(FactService), work.use(CatalogService)),
            audit=work.use(AuditService),
            access=work.use(Access),
            clock=container.clock,
            new_id=new_id,
            metrics=container.meter,
        )

    container.provide(VerdictService, service)
    container.contribute(Judge, lambda work: work.use(VerdictService))
