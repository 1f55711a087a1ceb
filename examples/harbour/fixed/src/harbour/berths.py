"""Which ship lies where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Berth:
    name: str
    metres: int


@dataclass(frozen=True)
class Ship:
    name: str
    metres: int


class Quay:
    def __init__(self, berths: Iterable[Berth]) -> None:
        self._free = sorted(berths, key=lambda berth: berth.metres)
        self._taken: dict[str, Berth] = {}

    def berth_for(self, ship: Ship) -> Berth | None:
        """Take the shortest berth that is long enough."""
        for berth in self._free:
            if berth.metres >= ship.metres:
                self._free.remove(berth)
                self._taken[ship.name] = berth
                return berth
        return None

    def leave(self, ship: Ship) -> None:
        berth = self._taken.pop(ship.name, None)
        if berth is not None:
            self._free.append(berth)
            self._free.sort(key=lambda free: free.metres)

    def where(self, ship: Ship) -> str | None:
        berth = self._taken.get(ship.name)
        return berth.name if berth else None
