"""Health checks: any module contributes one (`container.contribute(HealthCheck, …)`); `/health` runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.domain.errors import TidegateError


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question to one part: `ask` returns what it found out, or raises (`HealthWarning`: it
    counts as passed, with a warning); `kind` is `datastore` or `system`.

    Only a part that is `needed` makes the server unready when it fails.
    """

    name: str
    kind: str
    ask: Callable[[], str]
    needed: bool = False


class HealthWarning(TidegateError):
    """A part does not work, and what stands in for it does: nobody is refused anything."""


class HealthCheckFailed(TidegateError):
    """A part answered, and its answer says that it cannot be used."""
