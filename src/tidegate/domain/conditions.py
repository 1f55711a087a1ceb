"""Which version a caller means to change: the one that was read, whatever is there, or nothing was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tidegate.domain.errors import ConditionNeeded, Stale


@dataclass(frozen=True, slots=True)
class ExpectedVersion:
    """Change this version, and no other."""

    number: int


@dataclass(frozen=True, slots=True)
class ExpectedDigest:
    """Replace the version that this digest names, and no other."""

    digest: str


@dataclass(frozen=True, slots=True)
class NothingThere:
    """Make something new: nothing of its name may be there."""


@dataclass(frozen=True, slots=True)
class AnyVersion:
    """Change whatever is there; something has to be."""


@dataclass(frozen=True, slots=True)
class NoCondition:
    """Nothing was said: that may create, and may repeat what is there, but not change it."""


Condition: TypeAlias = "ExpectedVersion | AnyVersion | NoCondition"

DigestCondition: TypeAlias = "ExpectedDigest | NothingThere | AnyVersion | NoCondition"

NO_CONDITION = NoCondition()


def check_condition(condition: Condition, what: str, name: str, current: int | None) -> None:
    """Raise `Stale` where the condition does not hold for the version that is there; None is no version."""
    if isinstance(condition, NoCondition):
        return
    if current is None:
        raise Stale(f"There is no {what} {name!r} yet, so it cannot be changed: leave the condition out.")
    if isinstance(condition, ExpectedVersion) and condition.number != current:
        raise Stale(
            f"The {what} {name!r} is at version {current}, you have read {condition.number}: "
            "read it again and repeat your change on what is there now."
        )


def require_condition(condition: Condition, what: str, name: str, current: int) -> None:
    """Raise `ConditionNeeded` where something that is there would be changed and nothing was said."""
    if isinstance(condition, NoCondition):
        raise ConditionNeeded(what, name, current)
