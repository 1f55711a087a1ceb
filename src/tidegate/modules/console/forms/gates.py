"""The form in which a gate is written, checked, tried on history and put in force."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, SelectField

from tidegate.domain.conditions import DigestCondition, ExpectedDigest, NothingThere
from tidegate.domain.gate_yaml import MAX_CHARACTERS
from tidegate.modules.console.forms.base import PageForm, choice, line, offer, text
from tidegate.modules.verdicts.service import GateTrial

MOST_LINES = 24


class GateForm(PageForm):
    """A gate's document; `based_on` is the digest of the version that its writer began with."""

    document = text("Document", longest=MAX_CHARACTERS, rows=MOST_LINES)
    last = choice("Revisions", {"20": "the last 20", "100": "the last 100", "500": "the last 500"})
    component = line("Of component", longest=100, optional=True)
    environment = SelectField("With the facts of", choices=[])
    reason = text("Reason", longest=500, optional=True, rows=2)
    based_on = HiddenField()

    def offer(self, environments: Iterable[str]) -> None:
        """Say of which environments the facts can be tried."""
        offer(self.environment, {"": "the highest that it guards", **{name: name for name in environments}})

    def written(self) -> str:
        """Return the document that was written."""
        return self.document.data or ""

    def condition(self) -> DigestCondition:
        """Return that the version is to be replaced which was read, or that there is to be none yet."""
        return ExpectedDigest(str(self.based_on.data)) if self.based_on.data else NothingThere()

    def trial(self) -> GateTrial:
        """Return what is to be tried."""
        return GateTrial(
            self.written(), int(self.last.data), self.component.data or None, self.environment.data or None
        )

    def asks_for_reason(self) -> bool:
        """Tell whether a reason was given; where not, the form says that one is needed."""
        if not self.reason.data:
            self.reason.errors = ["Reason is needed: others will ask why the gate changed."]
        return bool(self.reason.data)
