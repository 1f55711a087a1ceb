"""The states of rules and gates, and which is worse."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """What was found, worst first; anything but `PASS` keeps a release from shipping."""

    UNREADABLE = "unreadable"
    ERROR = "error"
    MISSING = "missing"
    STALE = "stale"
    FAIL = "fail"
    # a state, not a password
    PASS = "pass"  # nosec B105  # the name of a state, no password


_RANK = {state: rank for rank, state in enumerate(State)}


def worst_first(states: Iterable[State]) -> tuple[State, ...]:
    """Return the different states, the worst of them first."""
    different = tuple(set(states))
    return different if len(different) < 2 else tuple(sorted(different, key=_RANK.__getitem__))


def worst(states: Iterable[State]) -> State:
    """Return the worst state; `PASS` where there is none."""
    return min(states, key=_RANK.__getitem__, default=State.PASS)
