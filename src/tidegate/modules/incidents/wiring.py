"""How incidents are put together, who tells them what, and what `/metrics` shows of them."""

from __future__ import annotations

from datetime import timedelta

from tidegate.domain.incidents import IncidentPolicy, IncidentSource, IncidentState
from tidegate.domain.notifications import NotificationOutbox
from tidegate.domain.principals import SERVER
from tidegate.domain.probing import ProbeListener
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.identity.service import UserService
from tidegate.modules.incidents.changes import Telling
from tidegate.modules.incidents.check_repository import IncidentCheckRepository
from tidegate.modules.incidents.differences import ParityDifferences
from tidegate.modules.incidents.handling import IncidentHandling
from tidegate.modules.incidents.maintenance import MaintenanceService
from tidegate.modules.incidents.objective_repository import ObjectiveRepository
from tidegate.modules.incidents.objectives import ObjectiveService
from tidegate.modules.incidents.repository import IncidentRepository
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.incidents.status_pages import PublicStatusPages, StatusPage, StatusPageService, Uptimes
from tidegate.modules.incidents.tasks import WATCH, watch_parity_task
from tidegate.modules.incidents.window_repository import MaintenanceWindowRepository
from tidegate.modules.inventory.ports import TargetListener
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.parity.ports import ParityListener
from tidegate.modules.parity.service import ParityService
from tidegate.modules.probes.measurements import ProbeMeasurements
from tidegate.modules.probes.service import ProbeService


def build(container: Container) -> None:
    """Say how the services are built, which events they are told of, and what the worker does."""
    container.provide(IncidentService, _incidents)
    container.provide(IncidentHandling, _handling)
    container.provide(MaintenanceService, _maintenance)
    container.provide(ObjectiveService, _objectives)
    uptimes = Uptimes()
    container.provide(StatusPageService, lambda work: _status_pages(work, uptimes))
    public = PublicStatusPages(lambda environment: _public(container, environment), container.clock)
    container.provide(PublicStatusPages, lambda _: public)
    container.contribute(ProbeListener, lambda work: work.use(IncidentService))
    container.provide(ParityDifferences, _differences)
    container.contribute(ParityListener, lambda work: work.use(ParityDifferences))
    container.contribute(TargetListener, lambda work: work.use(ObjectiveService))
    container.contribute(Task, lambda _: WATCH)
    if minutes := container.settings.parity_interval_minutes:
        container.contribute(Task, lambda _: watch_parity_task(minutes))
    container.contribute(GaugeSource, lambda _: GaugeSource("incidents", lambda: _gauges(container)))


def _incidents(work: Work) -> IncidentService:
    settings = work.container.settings
    return IncidentService(
        work.uow,
        incidents=IncidentRepository(work.uow),
        checks=IncidentCheckRepository(work.uow),
        windows=MaintenanceWindowRepository(work.uow),
        telling=lambda: _telling(work),
        catalog=work.use(CatalogService),
        access=work.use(Access),
        principal=work.principal,
        policy=IncidentPolicy(
            settings.incident_open_after,
            settings.incident_close_after,
            settings.incident_flap_changes,
            timedelta(minutes=settings.incident_flap_minutes),
        ),
        new_id=new_id,
    )


def _handling(work: Work) -> IncidentHandling:
    return IncidentHandling(
        work.uow,
        incidents=IncidentRepository(work.uow),
        checks=IncidentCheckRepository(work.uow),
        telling=_telling(work),
        access=work.use(Access),
        users=work.use(UserService),
        principal=work.principal,
        clock=work.container.clock,
    )


def _maintenance(work: Work) -> MaintenanceService:
    return MaintenanceService(
        work.uow,
        windows=MaintenanceWindowRepository(work.uow),
        catalog=work.use(CatalogService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        new_id=new_id,
    )


def _objectives(work: Work) -> ObjectiveService:
    return ObjectiveService(
        work.uow,
        objectives=ObjectiveRepository(work.uow),
        inventory=lambda: work.use(InventoryService),
        measurements=work.use(ProbeMeasurements),
        incidents=work.use(IncidentService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
    )


def _differences(work: Work) -> ParityDifferences:
    return ParityDifferences(
        work.uow,
        incidents=work.use(IncidentService),
        reports=work.use(ParityService),
        facts=work.use(FactService),
        inventory=lambda: work.use(InventoryService),
        access=work.use(Access),
        clock=work.container.clock,
    )


def _status_pages(work: Work, uptimes: Uptimes) -> StatusPageService:
    return StatusPageService(
        catalog=work.use(CatalogService),
        inventory=work.use(InventoryService),
        probes=work.use(ProbeService),
        measurements=work.use(ProbeMeasurements),
        uptimes=uptimes,
        incidents=work.use(IncidentService),
        maintenance=work.use(MaintenanceService),
        clock=work.container.clock,
    )


def _public(container: Container, environment: str) -> StatusPage:
    """Make a page as the server sees it: what it holds is meant for anybody."""
    work = container.work(SERVER)
    try:
        return work.use(StatusPageService).page(environment)
    finally:
        work.close()


def _telling(work: Work) -> Telling:
    return Telling(work.use(AuditService), work.all_of(NotificationOutbox), new_id)


def _gauges(container: Container) -> list[Gauge]:
    work = container.work(SERVER)
    try:
        counts = work.use(IncidentService).counts()
    finally:
        work.close()
    there = [state for state in IncidentState if state is not IncidentState.CLOSED]
    return [
        Gauge(
            "tidegate_incidents",
            "Incidents that are not closed, by what found them and how far they are.",
            {
                (str(source), str(state)): float(counts.get((source, state), 0))
                for source in IncidentSource
                for state in there
            },
            ("source", "state"),
        )
    ]
