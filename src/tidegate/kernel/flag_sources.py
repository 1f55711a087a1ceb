"""Where flags come from, as far as the kernel knows: a source, and the one that says nothing."""

from __future__ import annotations

from typing import Protocol

from tidegate.domain.flags import NOTHING_SAID, FeatureFlag, FlagValues

ENVIRONMENT = "environment"
"""The attribute of an evaluation's context that says in which environment a flag is asked for."""


class FlagSource(Protocol):
    """Knows what is said of flags."""

    name: str

    def values(self) -> FlagValues:
        """Return what is said of flags now; raises nothing."""
        ...

    def remedy(self, flag: FeatureFlag, environment: str) -> str:
        """Return the command or the variable that switches a flag on."""
        ...


class Defaults:
    """Says nothing of any flag."""

    name = "default"

    def values(self) -> FlagValues:
        """Return nothing."""
        return NOTHING_SAID

    def remedy(self, flag: FeatureFlag, environment: str) -> str:
        """Name the module that can."""
        return "add flags to DEFAULT_ENABLED_MODULES"
