"""Use cases of people with incidents: acknowledge, assign, comment, close by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.domain.access import Permission
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.identities import no_assignee
from tidegate.domain.incidents import IncidentEventKind, IncidentState
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.identity.service import UserService
from tidegate.modules.incidents.changes import Changed, Telling
from tidegate.modules.incidents.check_repository import IncidentCheckRepository, KeptCheck
from tidegate.modules.incidents.ports import (
    Incident,
    IncidentChange,
    IncidentEvent,
    IncidentWithHistory,
)
from tidegate.modules.incidents.repository import IncidentRepository

CHOSEN = (IncidentState.ACKNOWLEDGED, IncidentState.CLOSED)
"""What a person may say that an incident is."""


class IncidentHandling:
    """Knows what people do with incidents."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        incidents: IncidentRepository,
        checks: IncidentCheckRepository,
        telling: Telling,
        access: Access,
        users: UserService,
        principal: Principal,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._incidents = incidents
        self._checks = checks
        self._telling = telling
        self._access = access
        self._users = users
        self._principal = principal
        self._clock = clock

    def change(self, incident_id: str, change: IncidentChange, condition: Condition) -> IncidentWithHistory:
        """Acknowledge, assign, comment or close an incident; to say again what is so changes nothing.

        What is closed by hand opens again after as many failures as any other. Raises `NotFound`, `Stale`,
        `Conflict` for one that is closed already, and `Invalid` where it is closed without a note.
        """
        with self._uow.transaction():
            known = self._incidents.incident(incident_id)
            if known is None or not self._access.may_see(Permission.READ, component=known.component):
                raise NotFound("incident", incident_id)
            self._access.require(
                Permission.DESCRIBE_TARGET, component=known.component, environment=known.environment
            )
            # Checks before incidents, as those who record lock them.
            checks = self._checks.locked([known.key])
            incident = self._incidents.locked([incident_id])[incident_id]
            check_condition(condition, "incident", incident_id, incident.version)
            wanted = change.assignee
            if wanted and wanted != incident.assignee and not self._users.may_sign_in(wanted):
                raise no_assignee(wanted)
            changed = self._changed(incident, change)
            if changed.events:
                self._incidents.write(
                    new=(),
                    changed=[changed.incident],
                    events=[(incident_id, event) for event in changed.events],
                )
                if changed.incident.is_over and not incident.is_over:
                    after = {
                        key: KeptCheck(check.state.closed_by_hand(), check.incident_id)
                        for key, check in checks.items()
                    }
                    self._checks.write(checks, after)
                self._telling.tell(changed)
            return IncidentWithHistory(changed.incident, self._incidents.history(incident_id))

    def _changed(self, incident: Incident, change: IncidentChange) -> Changed:
        now, by = self._clock.now(), str(self._principal)
        happened = [
            *((kind, _note(kind, change)) for kind in _kinds(incident, change)),
            *_titled(incident, change),
        ]
        if not happened:
            return Changed(incident, ())
        kinds = [kind for kind, _ in happened]
        events = tuple(
            IncidentEvent(incident.version + count, now, by, kind, note)
            for count, (kind, note) in enumerate(happened, 1)
        )
        after = replace(incident, version=incident.version + len(events), updated_at=now)
        if IncidentEventKind.ACKNOWLEDGED in kinds:
            after = replace(after, state=IncidentState.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)
        if IncidentEventKind.CLOSED in kinds:
            if not change.note:
                why = "say why it is over"
                raise Invalid(f"The incident cannot be closed by hand: {why}.", (("note", why),))
            after = replace(after, state=IncidentState.CLOSED, flapping=False, closed_at=now, closed_by=by)
        if change.assignee is not None:
            after = replace(after, assignee=change.assignee or None)
        if change.public_title is not None:
            after = replace(after, public_title=change.public_title or None)
        return Changed(after, events, is_quiet=incident.state is IncidentState.SUPPRESSED)


def _note(kind: IncidentEventKind, change: IncidentChange) -> str | None:
    if kind is IncidentEventKind.ASSIGNED:
        return change.assignee or "nobody"
    return change.note or None


def _titled(incident: Incident, change: IncidentChange) -> Sequence[tuple[IncidentEventKind, str]]:
    """Return that the public is told something else, whatever else is changed."""
    title = change.public_title
    if title is None or (title or None) == incident.public_title:
        return ()
    said = f"The status page says: {title}" if title else "The status page says nothing more of it."
    return ((IncidentEventKind.COMMENTED, said),)


def _kinds(incident: Incident, change: IncidentChange) -> Sequence[IncidentEventKind]:
    kinds: list[IncidentEventKind] = []
    if change.assignee is not None and (change.assignee or None) != incident.assignee:
        kinds.append(IncidentEventKind.ASSIGNED)
    if change.state is not None and change.state is not incident.state:
        if incident.is_over:
            raise Conflict("The incident is closed. It opens again by itself where its target fails again.")
        if change.state not in CHOSEN:
            why = f"write one of {', '.join(CHOSEN)}"
            raise Invalid(f"Nobody can make an incident {change.state}: {why}.", (("state", why),))
        if incident.state is IncidentState.SUPPRESSED and change.state is IncidentState.ACKNOWLEDGED:
            raise Conflict(
                "The incident is suppressed by a maintenance window: there is nothing to acknowledge."
            )
        kinds.append(
            IncidentEventKind.CLOSED
            if change.state is IncidentState.CLOSED
            else IncidentEventKind.ACKNOWLEDGED
        )
    elif change.note:
        kinds.append(IncidentEventKind.COMMENTED)
    return kinds
