"""Use cases of objectives: declare them, read their figures, and let those that are missed open incidents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.facts import FactSubject
from tidegate.domain.incidents import IncidentSource, TargetCheckResult
from tidegate.domain.objectives import (
    PARTS,
    Aim,
    Objective,
    ObjectiveFigures,
    ObjectiveState,
    checked_aim,
    measure,
    window_of,
)
from tidegate.domain.principals import Principal
from tidegate.domain.targets import Target
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.incidents.objective_repository import ObjectiveRepository
from tidegate.modules.incidents.ports import CheckSeen
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.measurements import ProbeMeasurements

MOST_OF_TARGET = 10
_AT_ONCE = 50
_INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class MeasuredObjective:
    """An objective, and how it is now."""

    objective: Objective
    figures: ObjectiveFigures


class ObjectiveService:
    """Knows what is aimed at, and how far that is met."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        objectives: ObjectiveRepository,
        inventory: Callable[[], InventoryService],
        measurements: ProbeMeasurements,
        incidents: IncidentService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._objectives = objectives
        self._inventory = inventory
        self._measurements = measurements
        self._incidents = incidents
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock

    def declare(
        self, component: str, environment: str, name: str, aim: Aim
    ) -> tuple[MeasuredObjective, bool]:
        """Declare or change an objective of a target; the flag tells whether it is new.

        To say again what is recorded changes nothing. Raises `NotFound`, `Invalid`, and `Conflict` where the
        target has too many.
        """
        self._access.require(Permission.DESCRIBE_TARGET, component=component, environment=environment)
        checked_name("objective", name)
        checked_aim(aim)
        with self._uow.transaction():
            self._inventory().target(component, environment)
            known = self._objectives.locked(component, environment, name)
            now, by = self._clock.now(), str(self._principal)
            if known is None:
                if len(self._objectives.of_target(component, environment)) >= MOST_OF_TARGET:
                    raise Conflict(f"A target has at most {MOST_OF_TARGET} objectives: take one out first.")
                made = Objective(component, environment, name, aim, 1, now, now, by)
                self._objectives.insert(made)
            elif known.aim == aim:
                return self._measured(known), False
            else:
                made = replace(known, aim=aim, version=known.version + 1, updated_at=now, updated_by=by)
                self._objectives.save(made)
            self._note("objective.declared" if known is None else "objective.changed", made)
        return self._measured(made), known is None

    def remove(self, component: str, environment: str, name: str) -> None:
        """Take an objective out, and close its incident; raises `NotFound`."""
        self._access.require(Permission.DESCRIBE_TARGET, component=component, environment=environment)
        with self._uow.transaction():
            known = self._objectives.locked(component, environment, name)
            if known is None:
                raise NotFound("objective", f"{component}/{environment}/{name}")
            self._objectives.remove(known)
            self._incidents.record(
                [_seen(known, TargetCheckResult.PASS, "The objective was taken out.", self._clock.now())]
            )
            self._note("objective.removed", known)

    def objective(self, component: str, environment: str, name: str) -> MeasuredObjective:
        """Return an objective and how it is; raises `NotFound`."""
        self._access.require(Permission.READ, component=component)
        known = self._objectives.objective(component, environment, name)
        if known is None:
            raise NotFound("objective", f"{component}/{environment}/{name}")
        return self._measured(known)

    def of_target(self, component: str, environment: str) -> tuple[MeasuredObjective, ...]:
        """Return the objectives of a target and how they are; raises `NotFound`."""
        self._inventory().target(component, environment)
        return tuple(map(self._measured, self._objectives.of_target(component, environment)))

    def page(self, component: str, environment: str, request: PageRequest) -> Page[MeasuredObjective]:
        """Return one page of the objectives of a target by their names; raises `NotFound`."""
        self._inventory().target(component, environment)
        found = self._objectives.page(request, component=component, environment=environment)
        return found.map(self._measured)

    def watch(self) -> tuple[int, int]:
        """Measure every objective, for the worker; returns how many there are, and how many are missed.

        Some at a time, each in a transaction with what it opens or closes. One that is not measured is not
        met: it closes nothing.
        """
        key, count, missed = ("", "", ""), 0, 0
        while some := self._objectives.after(key, _AT_ONCE):
            last = some[-1]
            key = (last.component, last.environment, last.name)
            now = self._clock.now()
            seen = [self._look(one, now) for one in some]
            self._uow.release()
            with self._uow.transaction():
                self._incidents.record(
                    [look for one, look in zip(some, seen, strict=True) if self._holds(one, look)]
                )
            count += len(some)
            missed += sum(one.result is TargetCheckResult.FAIL for one in seen)
        self._uow.release()
        return count, missed

    def target_saved(self, target: Target) -> None:
        """Keep the objectives of a target that changed."""

    def target_removed(self, subject: FactSubject) -> None:
        """Take out the objectives of a target that is taken out, and close what fails of it."""
        self._objectives.remove_of(subject.component, subject.environment)
        self._incidents.target_gone(subject, self._clock.now())

    def _holds(self, objective: Objective, look: CheckSeen) -> bool:
        """Tell whether what was found may count: an incident of one that was taken out would never close."""
        if look.result is not TargetCheckResult.FAIL:
            return True
        known = self._objectives.locked(objective.component, objective.environment, objective.name)
        return known is not None and known.version == objective.version

    def _look(self, objective: Objective, now: datetime) -> CheckSeen:
        figures = self._figures(objective, now)
        if figures.state is ObjectiveState.UNMEASURED:
            return _seen(objective, TargetCheckResult.UNKNOWN, "", now)
        missed = figures.state in (ObjectiveState.EXHAUSTED, ObjectiveState.BURNING)
        if not missed and figures.burn_rate is None:  # what it was lately nobody measured
            return _seen(objective, TargetCheckResult.UNKNOWN, "", now)
        result = TargetCheckResult.FAIL if missed else TargetCheckResult.PASS
        return _seen(objective, result, describe(objective.aim, figures), now)

    def _measured(self, objective: Objective) -> MeasuredObjective:
        return MeasuredObjective(objective, self._figures(objective, self._clock.now()))

    def _figures(self, objective: Objective, now: datetime) -> ObjectiveFigures:
        subject = FactSubject(objective.component, objective.environment)
        found = self._measurements.between(subject, window_of(objective.aim, now), now + _INSTANT)
        return measure(objective.aim, *found, now)

    def _note(self, action: str, objective: Objective) -> None:
        aim = objective.aim
        details: dict[str, Json] = {
            "objective": objective.name,
            "kind": str(aim.kind),
            "target": percent(aim.target),
            "days": aim.days,
            "latency_ms": aim.latency_ms,
        }
        subject = f"target:{objective.component}/{objective.environment}"
        self._audit.append(action=action, subject=subject, details=details)


def percent(target: int) -> float:
    """Return a share in parts as the percentage that people write: 99.9."""
    return target * 100 / PARTS


def describe(aim: Aim, figures: ObjectiveFigures) -> str:
    """Say in a line how an objective is."""
    if figures.share is None or figures.budget_left is None:
        return "There was no probe within its window."
    told = f"{figures.share * 100:.3f} % of the probes of {aim.days} days were good"
    left = (
        f"{percent(aim.target):g} % were to be: {figures.budget_left * 100:.1f} % of the error budget is left"
    )
    burn = ""
    if figures.burn_rate is not None:
        burn = f", lately it was used {figures.burn_rate:.1f} times as fast as it may be"
    return f"{told}, {left}{burn}."


def _seen(objective: Objective, result: TargetCheckResult, reason: str, now: datetime) -> CheckSeen:
    subject = FactSubject(objective.component, objective.environment)
    title = f"{subject}: the objective {objective.name} is missed"
    return CheckSeen(IncidentSource.OBJECTIVE, subject, result, now, title, reason, objective.name)
