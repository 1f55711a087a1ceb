"""Use cases of maintenance windows: plan them, list them, take them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.facts import FactSubject
from tidegate.domain.maintenance import (
    MaintenanceWindow,
    WindowOccurrence,
    WindowPlan,
    checked_plan,
    following,
    occurrences,
    refuse_what_is_over,
)
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.incidents.window_repository import MaintenanceWindowRepository

MOST_WINDOWS = 1000
_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A window, and when it is open now or next; None where it never is again."""

    window: MaintenanceWindow
    next: WindowOccurrence | None


class MaintenanceService:
    """Knows when what is maintained."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        windows: MaintenanceWindowRepository,
        catalog: CatalogService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._windows = windows
        self._catalog = catalog
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_id = new_id

    def add(self, plan: WindowPlan) -> PlannedWindow:
        """Plan a window; raises `Invalid`, `NotFound` for what it names, `Conflict` where there are many."""
        self._require(plan)
        with self._uow.transaction():
            self._check(plan)
            refuse_what_is_over(plan, self._clock.now())
            if self._windows.count() >= MOST_WINDOWS:
                raise Conflict(
                    f"There are {MOST_WINDOWS:,} maintenance windows: take out those that are over first."
                )
            now = self._clock.now()
            window = MaintenanceWindow(self._new_id(), plan, 1, now, str(self._principal), now)
            self._windows.insert(window)
            self._note("maintenance.planned", window)
        return self._planned(window)

    def change(self, window_id: str, plan: WindowPlan, condition: Condition) -> PlannedWindow:
        """Plan a window anew; raises as `add` does, and `Stale`."""
        with self._uow.transaction():
            known = self._for_update(window_id)
            self._require(known.plan)
            self._require(plan)
            check_condition(condition, "maintenance window", window_id, known.version)
            self._check(plan)
            if plan == known.plan:
                return self._planned(known)
            if replace(known.plan, title=plan.title, minutes=plan.minutes) != plan:
                # One that is shortened to now ends early, and that it is over is what was meant.
                refuse_what_is_over(plan, self._clock.now())
            changed = replace(known, plan=plan, version=known.version + 1, updated_at=self._clock.now())
            self._windows.save(changed)
            self._note("maintenance.changed", changed)
        return self._planned(changed)

    def remove(self, window_id: str) -> None:
        """Take a window out; what fails within it opens incidents from now on. Raises `NotFound`."""
        with self._uow.transaction():
            known = self._for_update(window_id)
            self._require(known.plan)
            self._windows.remove(window_id)
            self._note("maintenance.removed", known)

    def window(self, window_id: str) -> PlannedWindow:
        """Return a window; raises `NotFound`."""
        found = self._windows.window(window_id)
        if found is None or not self._may_see(found):
            raise NotFound("maintenance window", window_id)
        return self._planned(found)

    def windows(
        self, request: PageRequest, *, component: str | None = None, environment: str | None = None
    ) -> Page[PlannedWindow]:
        """Return one page of the windows, newest first, of what the caller may see."""
        names = self._catalog.visible_names()
        found = self._windows.page(request, component=component, environment=environment, names=names)
        return found.map(self._planned)

    def ahead(
        self, subjects: Sequence[FactSubject], until: datetime
    ) -> tuple[tuple[MaintenanceWindow, WindowOccurrence], ...]:
        """Return when windows of these targets are open from now until then, those that come first before."""
        now = self._clock.now()
        found = [
            (window, one)
            for window in self._windows.all()
            if any(window.plan.covers(subject) for subject in subjects)
            for one in occurrences(window.plan, now, until)
        ]
        return tuple(sorted(found, key=lambda pair: (pair[1].start, pair[0].id)))

    def _planned(self, window: MaintenanceWindow) -> PlannedWindow:
        return PlannedWindow(window, following(window.plan, self._clock.now(), _AHEAD))

    def _require(self, plan: WindowPlan) -> None:
        self._access.require(
            Permission.DESCRIBE_TARGET, component=plan.component, environment=plan.environment
        )

    def _check(self, plan: WindowPlan) -> None:
        checked_plan(plan)
        if plan.component is not None:
            self._catalog.component(plan.component)
        if plan.environment is not None:
            self._catalog.environment(plan.environment)

    def _for_update(self, window_id: str) -> MaintenanceWindow:
        found = self._windows.window_for_update(window_id)
        if found is None or not self._may_see(found):
            raise NotFound("maintenance window", window_id)
        return found

    def _may_see(self, window: MaintenanceWindow) -> bool:
        component = window.plan.component
        if component is None:
            return all(self._access.visible(Permission.READ))
        return self._access.may_see(Permission.READ, component=component)

    def _note(self, action: str, window: MaintenanceWindow) -> None:
        plan = window.plan
        details: dict[str, Json] = {
            "title": plan.title,
            "component": plan.component,
            "environment": plan.environment,
            "starts_at": plan.starts_at.isoformat(timespec="minutes"),
            "timezone": plan.timezone,
            "minutes": plan.minutes,
            "rule": plan.rule,
        }
        self._audit.append(action=action, subject=f"maintenance-window:{window.id}", details=details)
