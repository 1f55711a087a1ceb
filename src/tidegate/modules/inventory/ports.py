"""What other modules are told of targets."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeAlias

from tidegate.domain.facts import FactSubject
from tidegate.domain.targets import Target

TargetMark: TypeAlias = "tuple[int, int, datetime | None]"
"""How many targets there are, the sum of their versions, and when the last was changed."""


class TargetListener(Protocol):
    """Is told of changes in the transaction that makes them; modules contribute theirs to the container."""

    def target_saved(self, target: Target) -> None:
        """Act on a target that is new or was changed."""
        ...

    def target_removed(self, subject: FactSubject) -> None:
        """Act on a target that was taken out."""
        ...
