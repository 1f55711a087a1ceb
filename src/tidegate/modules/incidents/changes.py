"""What becomes of an incident by what a check found, and who is told of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.domain.canonical import Json
from tidegate.domain.incidents import IncidentAction, IncidentEventKind, IncidentState
from tidegate.domain.notifications import (
    NotificationEvent,
    NotificationKind,
    NotificationOutbox,
    NotificationSeverity,
)
from tidegate.domain.times import write_time
from tidegate.kernel.ids import NewId
from tidegate.modules.audit.service import AuditService
from tidegate.modules.incidents.ports import (
    LONGEST_REASON,
    LONGEST_TITLE,
    CheckSeen,
    Incident,
    IncidentEvent,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """An incident after a change, and what happened to it; `is_new` tells that it was not there before.

    `is_quiet` tells that it ends what nobody was told of.
    """

    incident: Incident
    events: tuple[IncidentEvent, ...]
    is_new: bool = False
    is_quiet: bool = False


_TOLD: Mapping[IncidentEventKind, tuple[NotificationKind, NotificationSeverity, str]] = {
    IncidentEventKind.OPENED: (NotificationKind.INCIDENT_OPENED, NotificationSeverity.CRITICAL, "Opened"),
    IncidentEventKind.REOPENED: (
        NotificationKind.INCIDENT_OPENED,
        NotificationSeverity.CRITICAL,
        "Opened again",
    ),
    IncidentEventKind.FLAPPING: (
        NotificationKind.INCIDENT_FLAPPING,
        NotificationSeverity.WARNING,
        "Flapping",
    ),
    IncidentEventKind.ACKNOWLEDGED: (
        NotificationKind.INCIDENT_ACKNOWLEDGED,
        NotificationSeverity.INFO,
        "Acknowledged",
    ),
    IncidentEventKind.CLOSED: (NotificationKind.INCIDENT_CLOSED, NotificationSeverity.RESOLVED, "Closed"),
}
"""Of which events people are told, and how; of the others the page of the incident tells."""


def change_of(
    seen: CheckSeen, action: IncidentAction, incident: Incident | None, *, by: str, new_id: NewId
) -> Changed:
    """Return what becomes of the incident of a check; `incident` is the one that the check opened last."""
    if incident is None:
        made = _made(seen, action, new_id())
        kind = _kind_of_start(action, IncidentEventKind.OPENED)
        return Changed(made, (IncidentEvent(1, seen.at, by, kind, _note(seen)),), is_new=True)
    if action in (IncidentAction.CLOSE, IncidentAction.DISMISS):
        closed = _next(
            incident,
            seen,
            state=IncidentState.CLOSED,
            flapping=False,
            closed_at=seen.at,
            closed_by=by,
        )
        ended = _with_event(closed, seen, by, IncidentEventKind.CLOSED)
        return replace(ended, is_quiet=incident.state is IncidentState.SUPPRESSED)
    if action is IncidentAction.FLAP and not incident.is_over:
        return _with_event(_next(incident, seen, flapping=True), seen, by, IncidentEventKind.FLAPPING)
    again = IncidentEventKind.REOPENED if incident.is_over else IncidentEventKind.OPENED
    opened = _next(
        incident,
        seen,
        state=_state_of_start(action),
        flapping=action is IncidentAction.FLAP,
        title=seen.title[:LONGEST_TITLE],
        reason=seen.reason[:LONGEST_REASON],
        times=incident.times + (action is not IncidentAction.SUPPRESS),
        acknowledged_at=None,
        acknowledged_by=None,
        closed_at=None,
        closed_by=None,
    )
    started = _with_event(opened, seen, by, _kind_of_start(action, again))
    if action is not IncidentAction.FLAP:
        return started
    # It was closed: who is told of openings alone has to hear of this one.
    reopened = replace(started.events[0], kind=again)
    flaps = replace(opened, version=opened.version + 1)
    return Changed(flaps, (reopened, replace(started.events[0], number=flaps.version)))


class Telling:
    """Notes changes of incidents in the audit log and hands them to who tells people, in one transaction."""

    def __init__(self, audit: AuditService, outboxes: Sequence[NotificationOutbox], new_id: NewId) -> None:
        self._audit = audit
        self._outboxes = outboxes
        self._new_id = new_id

    def tell(self, changed: Changed) -> None:
        """Tell of each event of a change; of what was suppressed nobody but the audit log is told."""
        incident = changed.incident
        for event in changed.events:
            details: dict[str, Json] = {
                "component": incident.component,
                "environment": incident.environment,
                "source": str(incident.source),
                "note": event.note,
            }
            self._audit.append(
                action=f"incident.{event.kind}", subject=f"incident:{incident.id}", details=details
            )
            told = _TOLD.get(event.kind)
            if told is not None and not changed.is_quiet:
                for outbox in self._outboxes:
                    outbox.add(self._event(incident, event, *told))

    def _event(
        self,
        incident: Incident,
        event: IncidentEvent,
        kind: NotificationKind,
        severity: NotificationSeverity,
        word: str,
    ) -> NotificationEvent:
        reason = event.note or incident.reason
        since = f"Since {write_time(incident.opened_at)}"
        lines = [line for line in (reason, since) if line]
        if incident.assignee:
            lines.append(f"Assigned to {incident.assignee}")
        return NotificationEvent(
            id=self._new_id(),
            kind=kind,
            component=incident.component,
            environment=incident.environment,
            title=f"{word}: {incident.title}",
            lines=tuple(lines),
            path=f"/incidents/{incident.id}",
            severity=severity,
            occurred_at=event.at,
            thread=incident.id,
            data={
                "incident": incident.id,
                "source": str(incident.source),
                "state": str(incident.state),
                "times": incident.times,
                "opened_at": write_time(incident.opened_at),
            },
        )


def _made(seen: CheckSeen, action: IncidentAction, incident_id: str) -> Incident:
    return Incident(
        id=incident_id,
        source=seen.source,
        component=seen.subject.component,
        environment=seen.subject.environment,
        name=seen.name,
        title=seen.title[:LONGEST_TITLE],
        reason=seen.reason[:LONGEST_REASON],
        public_title=None,
        state=_state_of_start(action),
        flapping=action is IncidentAction.FLAP,
        times=0 if action is IncidentAction.SUPPRESS else 1,
        opened_at=seen.at,
        assignee=None,
        acknowledged_at=None,
        acknowledged_by=None,
        closed_at=None,
        closed_by=None,
        version=1,
        updated_at=seen.at,
    )


def _next(incident: Incident, seen: CheckSeen, **values: Any) -> Incident:
    return replace(incident, version=incident.version + 1, updated_at=seen.at, **values)


def _with_event(incident: Incident, seen: CheckSeen, by: str, kind: IncidentEventKind) -> Changed:
    return Changed(incident, (IncidentEvent(incident.version, seen.at, by, kind, _note(seen)),))


def _note(seen: CheckSeen) -> str | None:
    return seen.reason[:LONGEST_REASON] or None


def _state_of_start(action: IncidentAction) -> IncidentState:
    return IncidentState.SUPPRESSED if action is IncidentAction.SUPPRESS else IncidentState.OPEN


def _kind_of_start(action: IncidentAction, otherwise: IncidentEventKind) -> IncidentEventKind:
    if action is IncidentAction.SUPPRESS:
        return IncidentEventKind.SUPPRESSED
    return IncidentEventKind.FLAPPING if action is IncidentAction.FLAP else otherwise
