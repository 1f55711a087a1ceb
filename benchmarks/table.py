"""The rows of the benchmark table: what was measured, against which peer, and whether the target is met."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: ours, a peer's in the same run, their ratio and the target that it must meet."""

    name: str
    measured: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    target: str
    met: bool


def seconds_of(act: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
