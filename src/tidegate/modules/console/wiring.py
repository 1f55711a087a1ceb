"""How the pages' service is put together, and the health check of what pages are made of."""

from __future__ import annotations

from importlib.resources import files

from tidegate.kernel.container import Container, Work
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.http.assets import NEEDED, asset_names
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.facts.service import FactService
from tidegate.modules.gates.service import GateService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.service import ProbeService
from tidegate.modules.releases.service import ReleaseService
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register the service and the check."""

    def console_service(work: Work) -> ConsoleService:
        return ConsoleService(
            catalog=work.use(CatalogService),
            verdicts=work.use(VerdictService),
            releases=work.use(ReleaseService),
            gates=work.use(GateService),
            inventory=work.use(InventoryService),
            probes=work.use(ProbeService),
            facts=work.use(FactService),
            clock=container.clock,
        )

    container.provide(ConsoleService, console_service)
    container.contribute(HealthCheck, lambda _: HealthCheck("pages", "system", _pages))


def _pages() -> str:
    """Look whether the templates and static files were installed with the package."""
    templates = [one.name for one in (files("tidegate.modules.console") / "templates" / "console").iterdir()]
    assets = asset_names()
    if not templates or not assets >= NEEDED:
        raise HealthCheckFailed("Templates or static files are missing: install the package again.")
    return f"{len(templates)} templates and {len(assets)} static files are there."
