"""Administrators: that one is always left, and whom a person without a role may ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tidegate.domain.errors import Conflict
from tidegate.domain.principals import Principal
from tidegate.modules.identity.group_repository import GroupRepository

MOST_NAMED = 5
REMEDY = (
    "Give another person the role administrator for everything first, or on the server's machine: "
    "tidegate user create NAME --admin"
)


class LastAdministrator(Conflict):
    """A change would leave nobody who may manage access."""

    def __init__(self) -> None:
        super().__init__(f"This would leave nobody who may manage access. {REMEDY}")


class Administrators:
    """Looks on both sides of a change whether somebody may manage access; `named`: people may see who may."""

    def __init__(self, groups: GroupRepository, principal: Principal, *, named: bool) -> None:
        self._groups = groups
        self._principal = principal
        self._named = named

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Raise `LastAdministrator` where the change inside takes the last one away; within a transaction.

        Who runs commands on the server's machine may: an account that was taken over has to go, and they can
        make another one.
        """
        if self._principal.is_system:
            yield
            return
        self._groups.lock_name("the last administrator")
        before = self._groups.administrators(most=1)
        yield
        if before and not self._groups.administrators(most=1):
            raise LastAdministrator

    def contacts(self) -> tuple[tuple[str, str], ...]:
        """Return name and shown name of the first administrators, where people may see who they are."""
        return self._groups.administrators(most=MOST_NAMED) if self._named else ()
