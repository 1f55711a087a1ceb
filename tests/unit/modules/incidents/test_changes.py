"""Tests of what becomes of an incident by what a check found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tidegate.domain.facts import FactSubject
from tidegate.domain.incidents import IncidentAction, IncidentEventKind, IncidentSource, TargetCheckResult
from tidegate.modules.incidents.changes import Changed, change_of
from tidegate.modules.incidents.ports import CheckSeen, Incident

HARBOUR = FactSubject("harbour", "production")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAILED = CheckSeen(IncidentSource.HEALTH, HARBOUR, TargetCheckResult.FAIL, NOW, "It is down", "no answer")
PASSED = replace(FAILED, result=TargetCheckResult.PASS)


def changed(seen: CheckSeen, action: IncidentAction, incident: Incident | None) -> Changed:
    return change_of(seen, action, incident, by="prober", new_id=lambda: "incident-1")


class TestFlapping:
    def test_tells_of_the_opening_as_well_where_it_was_closed(self) -> None:
        opened = changed(FAILED, IncidentAction.OPEN, None).incident
        closed = changed(PASSED, IncidentAction.CLOSE, opened).incident
        flaps = changed(FAILED, IncidentAction.FLAP, closed)
        told = [(event.number, event.kind) for event in flaps.events]
        assert told == [(3, IncidentEventKind.REOPENED), (4, IncidentEventKind.FLAPPING)]
        assert (flaps.incident.version, flaps.incident.flapping, flaps.incident.is_over) == (4, True, False)

    def test_of_one_that_is_open_is_told_once(self) -> None:
        opened = changed(FAILED, IncidentAction.OPEN, None).incident
        flaps = changed(PASSED, IncidentAction.FLAP, opened)
        assert [event.kind for event in flaps.events] == [IncidentEventKind.FLAPPING]
