"""Use cases of the inventory: describe targets, list them, take them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.conditions import NO_CONDITION, Condition, check_condition, require_condition
from tidegate.domain.contracts import checked_contract
from tidegate.domain.errors import NotFound
from tidegate.domain.facts import FactSubject
from tidegate.domain.targets import Target, checked_base_url, checked_interval
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.inventory.ports import TargetListener, TargetMark
from tidegate.modules.inventory.repository import TargetRepository


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What a caller may say of a target; see `domain.targets.Target`."""

    base_url: str | None = None
    contract: Json = None
    owner: str | None = None
    interval: int | None = None
    paused: bool = False


class InventoryService:
    """Knows the targets."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        targets: TargetRepository,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        clock: Clock,
        listeners: Callable[[], Sequence[TargetListener]] = tuple,
    ) -> None:
        self._uow = uow
        self._targets = targets
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._clock = clock
        self._listeners = listeners

    def target(self, component: str, environment: str) -> Target:
        """Return a target; raises `NotFound`."""
        self._access.require(Permission.READ, component=component)
        found = self._targets.target(component, environment)
        if found is None:
            raise NotFound("target", f"{component}/{environment}")
        return found

    def targets(
        self, request: PageRequest, *, component: str | None = None, environment: str | None = None
    ) -> Page[Target]:
        """Return one page of the targets that the caller may see."""
        names = self._catalog.visible_names()
        return self._targets.page(request, component=component, environment=environment, names=names)

    def stream(self) -> Iterator[Target]:
        """Go through all targets, for the worker."""
        return self._targets.stream()

    def several(self, subjects: Sequence[FactSubject]) -> tuple[Target, ...]:
        """Return those of these targets that are there, for the worker."""
        return tuple(self._targets.of_subjects(subjects))

    def mark(self) -> TargetMark:
        """Return what is another after each change of a target, for who keeps something of all of them."""
        return self._targets.mark()

    def describe_target(
        self,
        component: str,
        environment: str,
        facts: TargetFacts,
        condition: Condition = NO_CONDITION,
    ) -> tuple[Target, bool]:
        """Register or update a target; the flag tells whether it is new.

        To say again what is recorded changes nothing. Raises `Stale` where the condition does not hold, and
        `ConditionNeeded` for a change without one.
        """
        self._access.require(Permission.DESCRIBE_TARGET, component=component, environment=environment)
        if facts.base_url is not None:
            facts = replace(facts, base_url=checked_base_url(facts.base_url))
        checked_interval(facts.interval)
        checked_contract(facts.contract)
        with self._uow.transaction():
            self._catalog.component(component)
            self._catalog.environment(environment)
            known = self._targets.target_for_update(component, environment)
            name, now = f"{component}/{environment}", self._clock.now()
            check_condition(condition, "target", name, known.version if known else None)
            said = asdict(facts)
            if known is None:
                target = Target(component, environment, **said, version=1, created_at=now, updated_at=now)
            elif all(getattr(known, field) == value for field, value in said.items()):
                return known, False
            else:
                require_condition(condition, "target", name, known.version)
                target = replace(known, **said, version=known.version + 1, updated_at=now)
            self._targets.save(target)
            for listener in self._listeners():
                listener.target_saved(target)
            self._audit.append(
                action="target.registered" if known is None else "target.changed",
                subject=f"target:{name}",
                details=said,
            )
            return target, known is None

    def remove_target(self, component: str, environment: str) -> None:
        """Take a target out; its facts and their history stay. Raises `NotFound`."""
        self._access.require(Permission.DESCRIBE_TARGET, component=component, environment=environment)
        with self._uow.transaction():
            known = self._targets.target_for_update(component, environment)
            if known is None:
                raise NotFound("target", f"{component}/{environment}")
            self._targets.remove(known)
            for listener in self._listeners():
                listener.target_removed(known.subject)
            self._audit.append(
                action="target.removed",
                subject=f"target:{component}/{environment}",
                details={"base_url": known.base_url, "version": known.version},
            )
