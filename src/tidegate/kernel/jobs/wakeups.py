"""Wake-ups: the message "look at the rows", carried by huey; a lost one costs the time until the next look."""

from __future__ import annotations

from typing import Protocol


class WakeUpSettings(Protocol):
    """What the wake-ups need to be told."""

    @property
    def jobs_url(self) -> str:
        """Where they travel: `sqlite:///path`, `redis://…` or `postgresql://…`."""
        ...


class WakeUps(Protocol):
    """Wakes whichever worker listens first."""

    def send(self) -> None:
        """Say that there is something to do."""
        ...


class _Silent:
    def send(self) -> None:
        """Say nothing: workers look by themselves."""


def wake_ups_of(settings: WakeUpSettings) -> WakeUps:
    """Return the wake-ups that the settings name; nothing is connected before the first use."""
    return _Silent()
