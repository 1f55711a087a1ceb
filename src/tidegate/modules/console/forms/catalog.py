"""Forms of components and environments."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from tidegate.domain.catalog import ComponentFacts, EnvironmentFacts
from tidegate.modules.console.forms.base import VersionedForm, line, offer, text

_HIGHEST = 1_000_000
_LONGEST_DESCRIPTION = 20_000


class ComponentForm(VersionedForm):
    """What is said of a component."""

    title = line("Title", longest=200)
    owner = line("Owner", longest=200)
    description = text("Description", longest=_LONGEST_DESCRIPTION, optional=True)

    def facts(self) -> ComponentFacts:
        """Return what was typed."""
        return ComponentFacts(
            title=self.title.data or "",
            owner=self.owner.data or "",
            description=self.description.data or "",
        )


class NewComponentForm(ComponentForm):
    """A component that is registered."""

    component = line("Name", longest=100)


class EnvironmentForm(VersionedForm):
    """What is said of an environment."""

    rank = IntegerField(
        "Rank",
        [
            InputRequired("A rank is needed: a whole number, the higher the nearer to users."),
            NumberRange(0, _HIGHEST, f"Write a whole number from 0 to {_HIGHEST:,}."),
        ],
    )
    gate = SelectField("Gate", validate_choice=False)
    description = text("Description", longest=_LONGEST_DESCRIPTION, optional=True)

    def offer(self, gates: Iterable[str]) -> None:
        """Let a gate be chosen, or none."""
        offer(self.gate, {"": "none: nothing is judged for it", **{one: one for one in gates}})

    def facts(self) -> EnvironmentFacts:
        """Return what was typed."""
        return EnvironmentFacts(
            rank=self.rank.data or 0, gate=self.gate.data or None, description=self.description.data or ""
        )


class NewEnvironmentForm(EnvironmentForm):
    """An environment that is registered."""

    environment = line("Name", longest=100)
