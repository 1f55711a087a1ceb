"""Incidents: after how many probes they open and close, what flaps, and which status pages are public."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.environment import VariableReader, variable

GROUP = "Incidents"
_SWITCHES = {"true", "false", "yes", "no", "on", "off"}


@dataclass(frozen=True, kw_only=True)
class IncidentSettings:
    """When incidents open and close, and who sees the state of environments."""

    incident_open_after: int = variable(
        3,
        "INCIDENT_OPEN_AFTER",
        "Probes of a target that fail in a row before an incident is opened.",
        group=GROUP,
        least=1,
        most=1000,
    )
    incident_close_after: int = variable(
        2,
        "INCIDENT_CLOSE_AFTER",
        "Probes of a target that succeed in a row before its incident is closed.",
        group=GROUP,
        least=1,
        most=1000,
    )
    incident_flap_changes: int = variable(
        6,
        "INCIDENT_FLAP_CHANGES",
        "Openings and closings within INCIDENT_FLAP_MINUTES from which on an incident is held open.",
        group=GROUP,
        least=2,
        most=100,
    )
    incident_flap_minutes: int = variable(
        60,
        "INCIDENT_FLAP_MINUTES",
        "Minutes within which changes are counted, and without a failure end what flaps.",
        group=GROUP,
        least=1,
        most=1440,
    )
    status_pages_public: tuple[str, ...] = variable(
        (),
        "STATUS_PAGES_PUBLIC",
        "Environments whose status page anybody may read without signing in, such as `production`.",
        group=GROUP,
    )


def check_status_pages(environment: VariableReader, public: Iterable[str]) -> None:
    """Refuse what was meant as a switch: no environment is called so, and no page would be public."""
    environment.faults.extend(
        f"STATUS_PAGES_PUBLIC: {name!r} names no environment. Name those whose status page anybody may read, "
        "such as production,staging, or leave it empty where none is public."
        for name in public
        if name.casefold() in _SWITCHES
    )
