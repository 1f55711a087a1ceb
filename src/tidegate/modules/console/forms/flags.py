"""The form of feature flags: which one is to be on or off, where, and why."""

from __future__ import annotations

from wtforms import SelectField

from tidegate.domain.flags import LONGEST_REASON
from tidegate.modules.console.forms.base import PageForm, choice, line
from tidegate.modules.flags.service import NewFlagSetting

SWITCH = {"on": "on", "off": "off"}


class FlagForm(PageForm):
    """What is to be said of a flag."""

    flag = choice("Flag")
    environment = SelectField("Where", choices=[])
    enabled = choice("It is to be", SWITCH)
    reason = line("Why", longest=LONGEST_REASON)

    def setting(self) -> NewFlagSetting:
        """Return what was asked for."""
        return NewFlagSetting(
            enabled=self.enabled.data == "on",
            reason=self.reason.data or "",
            environment=self.environment.data or None,
        )
