"""The forms of channels and of what is sent to them again."""

from __future__ import annotations

from wtforms import BooleanField, Field, IntegerField
from wtforms.validators import InputRequired, NumberRange

from tidegate.domain.channels import LONGEST_URL, Audience, ChannelKind, ChannelTarget
from tidegate.domain.notifications import NotificationKind
from tidegate.modules.console.forms.base import PageForm, VersionedForm, choice, line, text
from tidegate.modules.notifications.ports import ChannelChange, NewChannel

KINDS = {
    str(ChannelKind.WEBHOOK): "Signed webhook",
    str(ChannelKind.EMAIL): "E-mail",
    str(ChannelKind.SLACK): "Slack",
    str(ChannelKind.TEAMS): "Microsoft Teams",
}
EVENTS = {
    NotificationKind.INCIDENT_OPENED: "opened",
    NotificationKind.INCIDENT_ACKNOWLEDGED: "acknowledged",
    NotificationKind.INCIDENT_FLAPPING: "flapping",
    NotificationKind.INCIDENT_CLOSED: "closed",
}
REPLAYS = {
    "given-up": "what was given up",
    "1": "the last hour",
    "24": "the last day",
    "168": "the last week",
}
_NAME = 100
_NAMES = 2000
_ADDRESSES = 6000
_OF_POINTERS = {"kinds": "opened", "events": "opened"}


def _event(label: str) -> BooleanField:
    return BooleanField(f"Incident {label}")


class _AudienceFields(VersionedForm):
    """Which events a channel is told of; no box that is ticked is every event."""

    opened = _event("opened")
    acknowledged = _event("acknowledged")
    flapping = _event("flapping")
    closed = _event("closed")
    components = line("Components", longest=_NAMES, optional=True)
    environments = line("Environments", longest=_NAMES, optional=True)

    @property
    def boxes(self) -> list[Field]:
        """Return the fields of the events."""
        return [self._fields[name] for name in EVENTS.values()]

    def audience(self) -> Audience:
        """Return what was chosen."""
        return Audience(
            tuple(kind for kind, name in EVENTS.items() if self._fields[name].data),
            _words(self.components.data),
            _words(self.environments.data),
        )

    def fill(self, audience: Audience) -> None:
        """Show what is chosen now."""
        for kind, name in EVENTS.items():
            self._fields[name].data = kind in audience.kinds
        self.components.data = ", ".join(audience.components)
        self.environments.data = ", ".join(audience.environments)

    def _field_at(self, where: str) -> Field | None:
        name = where.strip("/").partition("/")[0]
        return super()._field_at(_OF_POINTERS.get(name, name))


class NewChannelForm(_AudienceFields):
    """A channel that is to be made."""

    name = line("Name", longest=_NAME)
    kind = choice("Kind", KINDS)
    url = line("URL", longest=LONGEST_URL, optional=True)
    addresses = text("Addresses", longest=_ADDRESSES, optional=True, rows=2)

    def channel(self) -> NewChannel:
        """Return what was typed."""
        target = ChannelTarget(self.url.data or "", _words(self.addresses.data))
        return NewChannel(self.name.data or "", ChannelKind(self.kind.data), target, self.audience())


class ChannelForm(_AudienceFields):
    """What is to be changed of a channel; an empty URL leaves the one that is there."""

    enabled = BooleanField("It is told")
    url = line("URL", longest=LONGEST_URL, optional=True)
    addresses = text("Addresses", longest=_ADDRESSES, optional=True, rows=2)

    def change(self) -> ChannelChange:
        """Return what was typed."""
        url, addresses = self.url.data or "", _words(self.addresses.data)
        audience = self.audience()
        return ChannelChange(
            target=ChannelTarget(url, addresses) if url or addresses else None,
            kinds=audience.kinds,
            components=audience.components,
            environments=audience.environments,
            enabled=bool(self.enabled.data),
        )


class RotationForm(PageForm):
    """A new secret for a webhook."""

    overlap_hours = IntegerField(
        "Hours", [InputRequired("Hours are needed."), NumberRange(0, 720)], default=24
    )


class ReplayForm(PageForm):
    """What is to be sent to a channel again."""

    what = choice("What", REPLAYS)

    @property
    def hours(self) -> int | None:
        """Return of how many hours; None stands for what was given up."""
        return None if self.what.data == "given-up" else int(self.what.data)


def _words(written: str | None) -> tuple[str, ...]:
    return tuple((written or "").replace(",", " ").split())
