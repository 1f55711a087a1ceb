"""Every module that there is, in the order in which they stand on each other, and which are switched on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.environment import SettingsError, suggest
from tidegate.kernel.container import Container
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.pages import PageBlueprint
from tidegate.modules.attestations import controller as attestations_controller
from tidegate.modules.attestations import wiring as attestations_wiring
from tidegate.modules.audit import controller as audit_controller
from tidegate.modules.audit import wiring as audit_wiring
from tidegate.modules.backups import wiring as backups_wiring
from tidegate.modules.catalog import controller as catalog_controller
from tidegate.modules.catalog import wiring as catalog_wiring
from tidegate.modules.console import wiring as console_wiring
from tidegate.modules.console.views import pages as console_pages
from tidegate.modules.deployments import controller as deployments_controller
from tidegate.modules.deployments import wiring as deployments_wiring
from tidegate.modules.evidence import controller as evidence_controller
from tidegate.modules.evidence import wiring as evidence_wiring
from tidegate.modules.explanations import wiring as explanations_wiring
from tidegate.modules.facts import controller as facts_controller
from tidegate.modules.facts import wiring as facts_wiring
from tidegate.modules.federation import controller as federation_controller
from tidegate.modules.federation import wiring as federation_wiring
from tidegate.modules.feeds import controller as feeds_controller
from tidegate.modules.feeds import wiring as feeds_wiring
from tidegate.modules.flags import controller as flags_controller
from tidegate.modules.flags import wiring as flags_wiring
from tidegate.modules.gates import controller as gates_controller
from tidegate.modules.gates import wiring as gates_wiring
from tidegate.modules.identity import controller as identity_controller
from tidegate.modules.identity import wiring as identity_wiring
from tidegate.modules.incidents import controller as incidents_controller
from tidegate.modules.incidents import wiring as incidents_wiring
from tidegate.modules.inventory import controller as inventory_controller
from tidegate.modules.inventory import wiring as inventory_wiring
from tidegate.modules.jobs import wiring as jobs_wiring
from tidegate.modules.notifications import controller as notifications_controller
from tidegate.modules.notifications import wiring as notifications_wiring
from tidegate.modules.operations import controller as operations_controller
from tidegate.modules.operations import wiring as operations_wiring
from tidegate.modules.parity import controller as parity_controller
from tidegate.modules.parity import wiring as parity_wiring
from tidegate.modules.passkeys import wiring as passkeys_wiring
from tidegate.modules.probes import controller as probes_controller
from tidegate.modules.probes import wiring as probes_wiring
from tidegate.modules.releases import controller as releases_controller
from tidegate.modules.releases import wiring as releases_wiring
from tidegate.modules.single_sign_on import wiring as single_sign_on_wiring
from tidegate.modules.verdicts import controller as verdicts_controller
from tidegate.modules.verdicts import wiring as verdicts_wiring


@dataclass(frozen=True, slots=True)
class Module:
    """One module: `build` registers its recipes, `needs` names the modules that it stands on.

    `blueprints` are its part of the API, `pages` what people see in a browser.
    """

    name: str
    needs: tuple[str, ...]
    build: Callable[[Container], None]
    blueprints: tuple[Blueprint, ...]
    pages: tuple[PageBlueprint, ...] = ()


MODULES: tuple[Module, ...] = (
    Module("operations", (), operations_wiring.build, (operations_controller.blueprint,)),
    Module("audit", (), audit_wiring.build, (audit_controller.blueprint,)),
    Module("identity", ("audit",), identity_wiring.build, (identity_controller.blueprint,)),
    Module("passkeys", ("audit", "identity"), passkeys_wiring.build, ()),
    Module("federation", ("audit", "identity"), federation_wiring.build, (federation_controller.blueprint,)),
    Module("single_sign_on", ("audit", "identity"), single_sign_on_wiring.build, ()),
    Module("gates", ("audit", "identity"), gates_wiring.build, (gates_controller.blueprint,)),
    Module("catalog", ("audit", "identity", "gates"), catalog_wiring.build, (catalog_controller.blueprint,)),
    Module("flags", ("audit", "identity", "catalog"), flags_wiring.build, (flags_controller.blueprint,)),
    Module(
        "evidence", ("audit", "identity", "catalog"), evidence_wiring.build, (evidence_controller.blueprint,)
    ),
    Module("facts", ("audit", "identity", "catalog"), facts_wiring.build, (facts_controller.blueprint,)),
    Module(
        "verdicts",
        ("audit", "identity", "catalog", "gates", "evidence", "facts"),
        verdicts_wiring.build,
        (verdicts_controller.blueprint,),
    ),
    Module(
        "attestations",
        ("identity", "catalog", "verdicts"),
        attestations_wiring.build,
        (attestations_controller.blueprint,),
    ),
    Module(
        "releases",
        ("audit", "identity", "catalog", "verdicts"),
        releases_wiring.build,
        (releases_controller.blueprint,),
    ),
    Module(
        "inventory",
        ("audit", "identity", "catalog", "facts"),
        inventory_wiring.build,
        (inventory_controller.blueprint, inventory_controller.imports),
    ),
    Module(
        "deployments",
        ("audit", "identity", "catalog", "facts", "releases"),
        deployments_wiring.build,
        (deployments_controller.blueprint,),
    ),
    Module(
        "notifications",
        ("audit", "identity", "catalog"),
        notifications_wiring.build,
        (notifications_controller.channels, notifications_controller.deliveries),
    ),
    Module(
        "probes",
        ("audit", "identity", "catalog", "facts", "inventory"),
        probes_wiring.build,
        (probes_controller.blueprint,),
    ),
    Module(
        "parity",
        ("audit", "identity", "catalog", "facts"),
        parity_wiring.build,
        (parity_controller.blueprint,),
    ),
    Module(
        "incidents",
        ("audit", "identity", "catalog", "inventory", "probes", "parity"),
        incidents_wiring.build,
        (incidents_controller.blueprint, incidents_controller.maintenance, incidents_controller.objectives),
    ),
    Module("explanations", ("audit", "identity", "verdicts"), explanations_wiring.build, ()),
    Module("feeds", ("identity", "verdicts"), feeds_wiring.build, (feeds_controller.blueprint,)),
    Module("jobs", ("audit",), jobs_wiring.build, ()),
    Module("backups", ("audit",), backups_wiring.build, ()),
    Module(
        "console",
        (
            "attestations",
            "audit",
            "catalog",
            "deployments",
            "evidence",
            "facts",
            "federation",
            "feeds",
            "flags",
            "gates",
            "incidents",
            "inventory",
            "jobs",
            "notifications",
            "operations",
            "parity",
            "passkeys",
            "probes",
            "releases",
            "single_sign_on",
            "verdicts",
        ),
        console_wiring.build,
        (),
        (console_pages,),
    ),
)


def enabled(names: tuple[str, ...], modules: tuple[Module, ...] = MODULES) -> tuple[Module, ...]:
    """Return the modules that are switched on, in their order; no name at all means every module.

    Raises `SettingsError` for a name that no module has and for needs that are not switched on.
    """
    known = tuple(module.name for module in modules)
    wanted = set(names or known)
    faults = [
        f"DEFAULT_ENABLED_MODULES: there is no module {name!r}. " + suggest(name, known)
        for name in names
        if name not in known
    ]
    chosen = tuple(module for module in modules if module.name in wanted)
    for module in chosen:
        unmet = ", ".join(need for need in module.needs if need not in wanted)
        if unmet:
            faults.append(f"DEFAULT_ENABLED_MODULES: the module {module.name!r} needs {unmet} as well.")
    if faults:
        raise SettingsError(tuple(faults))
    return chosen
