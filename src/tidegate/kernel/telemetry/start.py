"""Switches on what the settings ask for, and imports nothing else."""

from __future__ import annotations

from typing import Protocol

from tidegate.kernel.telemetry.meter import Meter


class MeterSettings(Protocol):
    """What has to be known of the settings."""

    @property
    def enable_monitoring(self) -> bool:
        """Whether anything is counted at all."""
        ...

    @property
    def git_commit(self) -> str:
        """The commit that this was built from."""
        ...


def meter_for(settings: MeterSettings) -> Meter:
    """Return the meter that the settings ask for; without monitoring not even the library is imported."""
    if not settings.enable_monitoring:
        return Meter()
    from tidegate.kernel.telemetry.prometheus import PrometheusMeter, shared_folder

    return PrometheusMeter(commit=settings.git_commit, folder=shared_folder())
