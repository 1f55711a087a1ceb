"""How parity is put together."""

from __future__ import annotations

from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.identity.service import UserService
from tidegate.modules.parity.handling import ItemService
from tidegate.modules.parity.item_repository import ParityItemRepository
from tidegate.modules.parity.ports import ParityListener
from tidegate.modules.parity.repository import ParityReportRepository
from tidegate.modules.parity.service import ParityService
from tidegate.modules.parity.tasks import COMPUTE, FORGET


def build(container: Container) -> None:
    """Say how the services are built, and what the worker does."""
    container.provide(ParityService, _reports)
    container.provide(ItemService, _items)
    container.contribute(Task, lambda _: COMPUTE)
    container.contribute(Task, lambda _: FORGET)


def _reports(work: Work) -> ParityService:
    settings = work.container.settings
    return ParityService(
        work.uow,
        reports=ParityReportRepository(work.uow),
        items=ParityItemRepository(work.uow),
        facts=work.use(FactService),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        blobs=work.container.blobs,
        queue=work.use(JobQueue),
        most_at_once=settings.parity_max_rows_at_once,
        most_rows=settings.parity_max_rows,
        clock=work.container.clock,
        new_id=new_id,
        listeners=lambda: work.all_of(ParityListener),
    )


def _items(work: Work) -> ItemService:
    return ItemService(
        work.uow,
        items=ParityItemRepository(work.uow),
        reports=work.use(ParityService),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        users=work.use(UserService),
        principal=work.principal,
        clock=work.container.clock,
        new_id=new_id,
    )
