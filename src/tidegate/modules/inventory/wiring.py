"""How the inventory is put together."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.exports import ExportService
from tidegate.modules.inventory.import_repository import ImportParts, ImportRepository
from tidegate.modules.inventory.import_writes import ImportWriter
from tidegate.modules.inventory.imports import ImportService
from tidegate.modules.inventory.ports import TargetListener
from tidegate.modules.inventory.previews import Declared
from tidegate.modules.inventory.repository import TargetRepository
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.inventory.target_edits import TargetEdits
from tidegate.readers.workbooks.base import WorkbookLimits


def build(container: Container) -> None:
    """Say how the service is built."""
    settings = container.settings
    limits = WorkbookLimits(
        max_bytes=settings.workbook_max_bytes,
        max_unpacked=settings.workbook_max_unpacked,
        max_rows=settings.workbook_max_rows,
        max_cells=settings.workbook_max_cells,
    )
    container.provide(InventoryService, _inventory)
    container.provide(ImportService, lambda work: _imports(work, limits))
    container.provide(ExportService, _exports)


def _inventory(work: Work) -> InventoryService:
    return InventoryService(
        work.uow,
        targets=TargetRepository(work.uow),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        clock=work.container.clock,
        listeners=lambda: work.all_of(TargetListener),
    )


def _imports(work: Work, limits: WorkbookLimits) -> ImportService:
    targets, facts, access = TargetRepository(work.uow), work.use(FactService), work.use(Access)
    parts = ImportParts(work.uow)
    declared = Declared(facts=facts, targets=targets, catalog=work.use(CatalogService), access=access)
    writer = ImportWriter(parts=parts, declared=declared, facts=facts, targets=TargetEdits(targets))
    return ImportService(
        work.uow,
        imports=ImportRepository(work.uow),
        parts=parts,
        declared=declared,
        writer=writer,
        audit=work.use(AuditService),
        access=access,
        principal=work.principal,
        blobs=work.container.blobs,
        limits=limits,
        clock=work.container.clock,
        new_id=new_id,
    )


def _exports(work: Work) -> ExportService:
    return ExportService(
        facts=work.use(FactService), targets=TargetRepository(work.uow), catalog=work.use(CatalogService)
    )
