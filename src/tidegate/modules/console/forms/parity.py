"""Forms of parity: what is to be compared, and what is to become of a difference."""

from __future__ import annotations

from datetime import UTC, datetime, time

from wtforms import DateField, SelectField
from wtforms.validators import Optional

from tidegate.domain.facts import Side
from tidegate.modules.console.forms.base import VersionedForm, choice, line, text
from tidegate.modules.parity.ports import (
    LONGEST_ASSIGNEE,
    LONGEST_NOTE,
    ItemChange,
    ItemState,
    NewReport,
    ReportSide,
)

_SIDES = {str(side): str(side) for side in Side}
_STATES = {
    str(ItemState.OPEN): "open: somebody is to do something about it",
    str(ItemState.ACCEPTED): "accepted: it may differ until a date",
    str(ItemState.RESOLVED): "resolved: taken for fixed",
}


class CompareForm(VersionedForm):
    """Two sides that are to be compared."""

    left = choice("What should be", _SIDES)
    left_environment = SelectField("Where it should be", validate_choice=True, choices=[])
    right = choice("What is", _SIDES)
    right_environment = SelectField("Where it is", validate_choice=True, choices=[])
    component = line("Component", longest=100, optional=True)

    def wanted(self) -> NewReport:
        """Return what was asked for."""
        return NewReport(
            left=ReportSide(Side(self.left.data), self.left_environment.data or None),
            right=ReportSide(Side(self.right.data), self.right_environment.data or None),
            component=self.component.data or None,
        )


class ItemForm(VersionedForm):
    """What is to become of a difference."""

    state = choice("What becomes of it", _STATES)
    assignee = line("Who looks after it", longest=LONGEST_ASSIGNEE, optional=True)
    note = text("Why it is so, or may be", longest=LONGEST_NOTE, optional=True)
    accepted_until = DateField("Accepted until the end of (UTC)", [Optional()])

    def change(self) -> ItemChange:
        """Return what was asked for; a date counts to its end."""
        state, until = ItemState(self.state.data), None
        if state is ItemState.ACCEPTED and self.accepted_until.data is not None:
            until = datetime.combine(self.accepted_until.data, time(23, 59, 59), UTC)
        return ItemChange(
            state=state,
            assignee=self.assignee.data or "",
            note=self.note.data or "",
            accepted_until=until,
        )
