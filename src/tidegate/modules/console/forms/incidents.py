"""Forms of incidents, maintenance windows and objectives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, DecimalField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from tidegate.domain.incidents import IncidentState
from tidegate.domain.maintenance import LONGEST_RULE, LONGEST_TITLE, MOST_MINUTES, WindowPlan
from tidegate.domain.objectives import MOST_DAYS, MOST_LATENCY_MS, PARTS, Aim, ObjectiveKind
from tidegate.modules.console.forms.base import PageForm, VersionedForm, choice, line, text
from tidegate.modules.incidents.handling import CHOSEN
from tidegate.modules.incidents.ports import LONGEST_ASSIGNEE, LONGEST_NOTE, IncidentChange

_STATES: Any = {  # a way to say choices that the published types do not know yet
    "": "leave it as it is",
    str(IncidentState.ACKNOWLEDGED): "acknowledge: somebody knows of it",
    str(IncidentState.CLOSED): "close by hand: it is over, or no incident",
}
_KINDS = {
    str(ObjectiveKind.AVAILABILITY): "availability: probes find it up",
    str(ObjectiveKind.LATENCY): "latency: probes are answered in time",
}


class IncidentForm(VersionedForm):
    """What is done with an incident."""

    state = SelectField("State", choices=_STATES)
    assignee = line("Who looks after it", longest=LONGEST_ASSIGNEE, optional=True)
    note = text("Note", longest=LONGEST_NOTE, optional=True, rows=3)
    public_title = line("What the status page says", longest=LONGEST_TITLE, optional=True)

    def change(self) -> IncidentChange:
        """Return what was asked for."""
        state = next((one for one in CHOSEN if one == self.state.data), None)
        return IncidentChange(
            state, self.assignee.data or "", self.note.data or None, self.public_title.data or ""
        )


class WindowForm(PageForm):
    """When what is maintained."""

    title = line("What is done", longest=LONGEST_TITLE)
    component = line("Component", longest=100, optional=True)
    environment = SelectField("Environment")
    starts_at = DateTimeLocalField(
        "Begins", [InputRequired("Begins is needed.")], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    timezone = line("Time zone", longest=64)
    minutes = IntegerField(
        "Minutes",
        [
            InputRequired("Minutes are needed."),
            NumberRange(1, MOST_MINUTES, f"Write a whole number from 1 to {MOST_MINUTES:,}."),
        ],
    )
    rule = line("Comes again", longest=LONGEST_RULE, optional=True)

    def plan(self) -> WindowPlan:
        """Return what was asked for."""
        starts_at: datetime = self.starts_at.data or datetime.min
        return WindowPlan(
            title=self.title.data or "",
            component=self.component.data or None,
            environment=self.environment.data or None,
            starts_at=starts_at,
            timezone=self.timezone.data or "UTC",
            minutes=self.minutes.data or 0,
            rule=self.rule.data or None,
        )


class ObjectiveForm(PageForm):
    """What is aimed at."""

    name = line("Name", longest=100)
    kind = choice("What counts", _KINDS)
    target = DecimalField(
        "Percent",
        [
            InputRequired("Percent is needed."),
            NumberRange(50, 99.999, "Write a percentage from 50 to 99.999, such as 99.9."),
        ],
    )
    days = IntegerField(
        "Days",
        [
            InputRequired("Days are needed."),
            NumberRange(1, MOST_DAYS, f"Write a whole number from 1 to {MOST_DAYS}."),
        ],
    )
    latency_ms = IntegerField(
        "Milliseconds",
        [
            Optional(),
            NumberRange(1, MOST_LATENCY_MS, f"Write a whole number from 1 to {MOST_LATENCY_MS:,}."),
        ],
    )

    def aim(self) -> Aim:
        """Return what was asked for."""
        kind, share = ObjectiveKind(self.kind.data), self.target.data or 0
        return Aim(kind, round(share * PARTS / 100), self.days.data or 0, self.latency_ms.data)
