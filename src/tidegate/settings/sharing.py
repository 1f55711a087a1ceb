"""Sharing: what is told to those who are not signed in."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.environment import variable

GROUP = "Sharing"


@dataclass(frozen=True, kw_only=True)
class SharingSettings:
    """What anybody may see."""

    badges: bool = variable(
        False,
        "BADGES",
        "Show `/badges/COMPONENT/ENVIRONMENT.svg` to anybody: the word of the newest verdict and its age, "
        "nothing else. Off, there are none.",
        group=GROUP,
    )
