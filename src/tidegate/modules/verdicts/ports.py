"""What verdicts share: a verdict made again, and who wants to know which are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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


class VerdictMetrics(Protocol):
    """Somebody who wants to know which verdicts are given."""

    def verdict(self, state: str) -> None:
        """Note one verdict."""
        ...
