"""How the evidence module is put together."""

from __future__ import annotations

from tidegate.domain.new_findings import Comparisons
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.signing_keys import trust
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.coverage_lines import CoverageLines, RememberedLines
from tidegate.modules.evidence.effective import EffectiveEvidence, RememberedEvidence
from tidegate.modules.evidence.intake import ReportIntake
from tidegate.modules.evidence.new_findings import NewFindings
from tidegate.modules.evidence.ports import Judge, Shipped
from tidegate.modules.evidence.repository import EvidenceRepository
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.evidence.tasks import PRUNE
from tidegate.readers.base import Limits


def build(container: Container) -> None:
    """Register how the service is built."""
    settings = container.settings
    limits = Limits(
        max_bytes=settings.max_report_bytes,
        max_depth=settings.max_report_depth,
        max_items=settings.max_report_items,
        max_lines=settings.max_report_lines,
    )
    trusted = trust(settings)
    comparisons, remembered, remembered_lines = Comparisons(), RememberedEvidence(), RememberedLines()

    def service(work: Work) -> EvidenceService:
        evidence, catalog = EvidenceRepository(work.uow), work.use(CatalogService)
        effective = EffectiveEvidence(uow=work.uow, evidence=evidence, remembered=remembered)
        coverage_lines = CoverageLines(blobs=container.blobs, remembered=remembered_lines)
        new_findings = NewFindings(
            effective=effective,
            catalog=catalog,
            blobs=container.blobs,
            shipped=lambda: work.all_of(Shipped),
            comparisons=comparisons,
        )
        return EvidenceService(
            uow=work.uow,
            evidence=evidence,
            catalog=catalog,
            audit=work.use(AuditService),
            access=work.use(Access),
            blobs=container.blobs,
            judges=lambda: work.all_of(Judge),
            intake=ReportIntake(
                blobs=container.blobs,
                limits=limits,
                trust=trusted,
                new_findings=new_findings,
                coverage_lines=coverage_lines,
            ),
            effective=effective,
            new_findings=new_findings,
            coverage_lines=coverage_lines,
            limits=limits,
            clock=container.clock,
            new_id=new_id,
            metrics=container.meter,
        )

    container.provide(EvidenceService, service)
    container.contribute(Task, lambda _: PRUNE)
