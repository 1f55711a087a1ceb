"""The shapes that parts of incidents agree on: checks, incidents, their history, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tidegate.domain.facts import FactSubject
from tidegate.domain.incidents import (
    IncidentEventKind,
    IncidentSource,
    IncidentState,
    TargetCheckResult,
)

LONGEST_ASSIGNEE, LONGEST_NOTE, LONGEST_TITLE, LONGEST_REASON = 200, 2000, 200, 500
CheckKey: TypeAlias = "tuple[str, str, str, str]"
"""Source, component, environment and name: of what there is one incident at a time."""


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """One look at a target: `name` is "" where its source has one check of each target.

    `title` is a line and `reason` what was found, for the incident that it may open.
    """

    source: IncidentSource
    subject: FactSubject
    result: TargetCheckResult
    at: datetime
    title: str
    reason: str
    name: str = ""

    @property
    def key(self) -> CheckKey:
        """What the check is found by."""
        return str(self.source), self.subject.component, self.subject.environment, self.name


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that fails; `times` counts how often it was opened, `version` its changes from 1.

    `public_title` is what a public status page says of it, None for no more than that there is something.
    """

    id: str
    source: IncidentSource
    component: str
    environment: str
    name: str
    title: str
    reason: str
    public_title: str | None
    state: IncidentState
    flapping: bool
    times: int
    opened_at: datetime
    assignee: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    version: int
    updated_at: datetime

    @property
    def key(self) -> CheckKey:
        """What its check is found by."""
        return str(self.source), self.component, self.environment, self.name

    @property
    def is_over(self) -> bool:
        """Tell whether it is closed."""
        return self.state is IncidentState.CLOSED


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One thing that happened to an incident; `number` counts from 1."""

    number: int
    at: datetime
    by: str
    kind: IncidentEventKind
    note: str | None


@dataclass(frozen=True, slots=True)
class IncidentWithHistory:
    """An incident and what happened to it, newest first."""

    incident: Incident
    history: tuple[IncidentEvent, ...]


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """What a person does with an incident: None leaves a thing as it is, "" takes assignee or title away."""

    state: IncidentState | None = None
    assignee: str | None = None
    note: str | None = None
    public_title: str | None = None
