"""How probes are put together, and what `/health` and `/metrics` show of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from tidegate.domain.principals import SERVER
from tidegate.domain.probing import ProbeListener, ProbeReading
from tidegate.domain.targets import Target
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.jobs.background import BackgroundThread
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.modules.audit.service import AuditService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.ports import TargetListener
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.history_repository import ProbeHistoryRepository
from tidegate.modules.probes.measurements import ProbeMeasurements
from tidegate.modules.probes.repository import ProbeStateRepository
from tidegate.modules.probes.service import ProbeService
from tidegate.modules.probes.tasks import ROLL_UP

T = TypeVar("T")
_IDLE = 1.0


def build(container: Container) -> None:
    """Register the service, the worker's thread, its task, the health check and the gauges."""
    container.provide(ProbeService, _service)
    container.provide(
        ProbeMeasurements, lambda work: ProbeMeasurements(work.uow, ProbeHistoryRepository(work.uow))
    )
    container.contribute(TargetListener, lambda work: work.use(ProbeService))
    container.contribute(Task, lambda _: ROLL_UP)
    container.contribute(
        BackgroundThread, lambda _: BackgroundThread("prober", lambda stop: _probe(container, stop))
    )
    container.contribute(HealthCheck, lambda _: HealthCheck("prober", "system", lambda: _in_time(container)))
    container.contribute(GaugeSource, lambda _: GaugeSource("probes", lambda: _gauges(container)))


def _service(work: Work) -> ProbeService:
    container = work.container
    return ProbeService(
        work.uow,
        states=ProbeStateRepository(work.uow),
        history=ProbeHistoryRepository(work.uow),
        inventory=lambda: work.use(InventoryService),
        facts=work.use(FactService),
        audit=work.use(AuditService),
        access=work.use(Access),
        clock=container.clock,
        interval=timedelta(minutes=container.settings.scan_interval_minutes),
        ask=lambda target, path: _ask_now(container, target, path),
        listeners=lambda: work.all_of(ProbeListener),
    )


def _probe(container: Container, stop: threading.Event) -> None:
    """Probe once there is something to probe; until then the client of many requests is not loaded."""
    while not _ask(container, ProbeService.has_plans):
        if stop.wait(_IDLE):
            return
    from tidegate.modules.probes.prober import Prober

    Prober(container).run(stop)


def _ask_now(container: Container, target: Target, path: str | None) -> ProbeReading:
    from tidegate.modules.probes.prober import ask_alone  # as above

    return ask_alone(container, target, path)


def _in_time(container: Container) -> str:
    """Tell whether every target was probed in time; raises `HealthCheckFailed` before its facts are stale."""
    late, since = _ask(container, ProbeService.lateness)
    if late:
        raise HealthCheckFailed(
            f"{late:,} {'target was' if late == 1 else 'targets were'} not probed in time, the first since "
            f"{since:%Y-%m-%d %H:%M:%S} UTC: start one more `tidegate worker`, or raise PROBE_CONCURRENCY."
        )
    return "Every target was probed in time."


def _gauges(container: Container) -> list[Gauge]:
    late, since = _ask(container, ProbeService.lateness)
    counts = _ask(container, ProbeService.counts)
    behind = (container.clock.now() - since).total_seconds() if since is not None else 0.0
    return [
        Gauge(
            "tidegate_probe_targets",
            "Targets that are probed, by what the last probe found.",
            {(state,): float(count) for state, count in counts.items()},
            ("state",),
        ),
        Gauge.of("tidegate_probe_late_targets", "Targets that were not probed in time.", float(late)),
        Gauge.of("tidegate_probe_behind_seconds", "How late the latest of them is; 0 in time.", behind),
    ]


def _ask(container: Container, ask: Callable[[ProbeService], T]) -> T:
    work = container.work(SERVER)  # of its own: checks run side by side
    try:
        return ask(work.use(ProbeService))
    finally:
        work.close()
