"""Use cases of incidents: record what checks found, which opens and closes them, and read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.domain.access import Permission
from tidegate.domain.errors import NotFound
from tidegate.domain.facts import FactSubject
from tidegate.domain.incidents import (
    CALM,
    CheckPhase,
    IncidentAction,
    IncidentPolicy,
    IncidentSource,
    IncidentState,
    TargetCheckResult,
    is_forgettable,
    result_of,
    step,
)
from tidegate.domain.maintenance import MaintenanceWindow, current
from tidegate.domain.principals import Principal
from tidegate.domain.probing import ProbeOutcome
from tidegate.kernel.access import Access
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.incidents.changes import Changed, Telling, change_of
from tidegate.modules.incidents.check_repository import IncidentCheckRepository, KeptCheck
from tidegate.modules.incidents.ports import CheckKey, CheckSeen, Incident, IncidentWithHistory
from tidegate.modules.incidents.repository import IncidentRepository
from tidegate.modules.incidents.window_repository import MaintenanceWindowRepository


@dataclass(slots=True)
class _Recording:
    """What one call works with: the checks as they were, as they are, and the incidents that change."""

    before: Mapping[CheckKey, KeptCheck]
    after: dict[CheckKey, KeptCheck | None] = field(default_factory=dict)
    actions: list[tuple[CheckSeen, IncidentAction]] = field(default_factory=list)
    windows: tuple[MaintenanceWindow, ...] | None = None


class IncidentService:
    """Knows what fails."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        incidents: IncidentRepository,
        checks: IncidentCheckRepository,
        windows: MaintenanceWindowRepository,
        telling: Callable[[], Telling],
        catalog: CatalogService,
        access: Access,
        principal: Principal,
        policy: IncidentPolicy,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._incidents = incidents
        self._checks = checks
        self._windows = windows
        self._telling = telling
        self._catalog = catalog
        self._access = access
        self._principal = principal
        self._policy = policy
        self._new_id = new_id

    def probed(self, outcomes: Sequence[ProbeOutcome]) -> None:
        """Record what probes say of the health of targets, in the transaction that records the probes."""
        self.record(
            [
                CheckSeen(
                    IncidentSource.HEALTH,
                    one.subject,
                    result_of(one.reading.state),
                    one.reading.at,
                    f"{one.subject}: its health check fails",
                    one.reading.reason,
                )
                for one in outcomes
            ]
        )

    def record(self, seen: Sequence[CheckSeen]) -> None:
        """Record one look at each of some checks: what opens or closes does so in the same transaction.

        A check that is calm costs nothing but to be looked up, so that a probe in good times writes nothing.
        """
        with self._uow.transaction():
            now = _Recording(self._checks.locked([one.key for one in seen]))
            for one in seen:
                if one.result is TargetCheckResult.FAIL or one.key in now.before:
                    self._step(now, one)
            self._act(now)
            self._checks.write(now.before, now.after)

    def active_count(self) -> int:
        """Return how many incidents that the caller may see are open or acknowledged."""
        return self._incidents.active(self._catalog.visible_names())

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many incidents that are not closed there are, by source and state."""
        return self._incidents.counts()

    def incidents(
        self,
        request: PageRequest,
        *,
        states: Sequence[IncidentState] = (),
        component: str | None = None,
        environment: str | None = None,
    ) -> Page[Incident]:
        """Return one page of the incidents that the caller may see, newest first.

        Raises `NotFound` for a component or an environment that there is not: no incident would be good news.
        """
        if component is not None:
            self._catalog.component(component)
        if environment is not None:
            self._catalog.environment(environment)
        return self._incidents.page(
            request,
            states=states,
            component=component,
            environment=environment,
            names=self._catalog.visible_names(),
        )

    def incident(self, incident_id: str) -> IncidentWithHistory:
        """Return an incident with its history; raises `NotFound`."""
        found = self._incidents.incident(incident_id)
        if found is None or not self._access.may_see(Permission.READ, component=found.component):
            raise NotFound("incident", incident_id)
        return IncidentWithHistory(found, self._incidents.history(incident_id))

    def troubled(
        self, source: IncidentSource, *, component: str | None, environment: str | None
    ) -> Mapping[CheckKey, datetime | None]:
        """Return the checks of a source that are in trouble, or were lately, and since when."""
        return self._checks.of_source(source, component=component, environment=environment)

    def target_gone(self, subject: FactSubject, at: datetime) -> None:
        """Close the incidents of a target that was taken out, and forget its checks."""
        with self._uow.transaction():
            keys = self._checks.of_target(subject.component, subject.environment)
            before = self._checks.locked(keys)
            now = _Recording(before, after=dict.fromkeys(before))
            for source, _, _, name in before:
                gone = "The target was taken out."
                seen = CheckSeen(IncidentSource(source), subject, TargetCheckResult.PASS, at, "", gone, name)
                if before[seen.key].state.phase is not CheckPhase.CALM:
                    now.actions.append((seen, IncidentAction.CLOSE))
            self._act(now)
            self._checks.write(now.before, now.after)

    def _step(self, now: _Recording, seen: CheckSeen) -> None:
        policy = self._policy if seen.source is IncidentSource.HEALTH else self._policy.once()
        kept = now.before.get(seen.key) or KeptCheck(CALM)
        maintained = (
            seen.result is TargetCheckResult.FAIL
            and kept.state.phase is not CheckPhase.OPEN
            and self._is_maintained(now, seen.subject, seen.at)
        )
        state, action = step(kept.state, seen.result, seen.at, policy, maintained=maintained)
        now.after[seen.key] = (
            None if is_forgettable(state, seen.at, policy) else KeptCheck(state, kept.incident_id)
        )
        if action is not None:
            now.actions.append((seen, action))

    def _is_long_over(self, incident: Incident, at: datetime) -> bool:
        return incident.closed_at is not None and at - incident.closed_at >= self._policy.flap_window

    def _is_maintained(self, now: _Recording, subject: FactSubject, at: datetime) -> bool:
        if now.windows is None:
            now.windows = self._windows.all()
        return any(one.plan.covers(subject) and current(one.plan, at) is not None for one in now.windows)

    def _act(self, now: _Recording) -> None:
        if not now.actions:
            return
        ids = {key: check.incident_id for key, check in now.before.items() if check.incident_id is not None}
        known = self._incidents.locked([ids[seen.key] for seen, _ in now.actions if seen.key in ids])
        changes: list[Changed] = []
        for seen, action in now.actions:
            incident = known.get(ids.get(seen.key, ""))
            if incident is not None and self._is_long_over(incident, seen.at):
                incident = None  # what fails again now is another trouble
            changed = change_of(seen, action, incident, by=str(self._principal), new_id=self._new_id)
            kept = now.after[seen.key]
            if kept is not None:
                now.after[seen.key] = KeptCheck(kept.state, changed.incident.id)
            changes.append(changed)
        self._incidents.write(
            new=[one.incident for one in changes if one.is_new],
            changed=[one.incident for one in changes if not one.is_new],
            events=[(one.incident.id, event) for one in changes for event in one.events],
        )
        telling = self._telling()
        for one in changes:
            telling.tell(one)
