"""What verdicts share: one made again, those that a changed gate would give, and who is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tidegate.domain.gates import Gate
from tidegate.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded verdict made again: `same` where the bytes agree with those that were recorded."""

    recorded: str
    replayed: str
    verdict: Verdict

    @property
    def same(self) -> bool:
        """Tell whether the verdict came out byte for byte as it was."""
        return self.recorded == self.replayed


@dataclass(frozen=True, slots=True)
class Tried:
    """What a changed gate would have said of one revision of the past."""

    component: str
    commit: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """What a changed gate would have said of the last revisions, newest first."""

    gate: Gate
    tried: tuple[Tried, ...]

    @property
    def count(self) -> int:
        """Count the revisions that it was tried on."""
        return len(self.tried)

    @property
    def stopped(self) -> int:
        """Count the revisions that it would have stopped."""
        return sum(not one.verdict.passed for one in self.tried)


class VerdictMetrics(Protocol):
    """Somebody who wants to know which verdicts are given."""

    def verdict(self, state: str) -> None:
        """Note one verdict."""
        ...
