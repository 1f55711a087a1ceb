"""What the caller of one request or task may do: use cases ask here, and nothing is allowed by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tidegate.domain.access import RULES, Binding, Forbidden, Permission, Rights
from tidegate.domain.principals import Principal

if TYPE_CHECKING:
    from tidegate.kernel.container import Container


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has proved who they are, and what they may do."""

    principal: Principal
    rights: Rights


class Authenticator(Protocol):
    """Knows who a secret belongs to; the module of identities provides it."""

    def authenticate(self, text: str, *, address: str) -> Caller:
        """Return who presents a token; raises `Unauthenticated`."""
        ...


class SessionAuthenticator(Protocol):
    """Knows whose session a cookie names; the module of identities provides it."""

    def caller_of(self, secret: str, *, address: str) -> Caller:
        """Return whose session it is; raises `Unauthenticated` where it is over."""
        ...


class Owners(Protocol):
    """Knows who owns a component; the catalog provides it."""

    def owner_of(self, component: str) -> str | None:
        """Return a component's owner, or None where there is no such component."""
        ...


class Refusals(Protocol):
    """Wants to know of attempts that were refused; the audit log provides it."""

    def refused(self, *, action: str, subject: str, reason: str, account: str | None = None) -> None:
        """Record an attempt, unless too many are recorded already; `account` is whose it was to get into."""
        ...


class Access:
    """Answers what one caller may do, and remembers what was asked."""

    def __init__(self, principal: Principal, rights: Rights, owners: Callable[[], Owners]) -> None:
        self._principal = principal
        self._rights = rights
        self._owners = owners
        self._asked: set[Permission] = set()
        self.hidden: Forbidden | None = None
        """Why the caller was told that something is not there (`may_see`)."""

    def allows(
        self,
        permission: Permission,
        *,
        component: str | None = None,
        owner: str | None = None,
        environment: str | None = None,
    ) -> bool:
        """Tell whether the caller may do it with this component, in this environment.

        Who owns the component is looked up where a role depends on it and `owner` does not say it.
        """
        self._asked.add(permission)
        if component is not None and owner is None and self._rights.depend_on_owners:
            owner = self._owners().owner_of(component)
        return self._rights.allow(permission, component=component, owner=owner, environment=environment)

    def require(
        self,
        permission: Permission,
        *,
        component: str | None = None,
        owner: str | None = None,
        environment: str | None = None,
    ) -> None:
        """Raise `Forbidden` where the caller may not do it; see `allows`."""
        if not self.allows(permission, component=component, owner=owner, environment=environment):
            place = f" component {component!r}" if component is not None else " all components"
            where = f" in environment {environment!r}" if environment is not None else ""
            raise self._forbidden(permission, f" for{place}{where}", component)

    def require_hand_over(self, component: str, *, owner: str, new_owner: str) -> None:
        """Raise `Forbidden` where the caller may not give a component of one owner to another."""
        if not self._rights.may_hand_over(component, owner=owner, new_owner=new_owner):
            permission = Permission.DESCRIBE_COMPONENT
            role = RULES[permission].role
            raise Forbidden(
                f"{self._principal} may not change the owner of component {component!r} from {owner!r} to "
                f"{new_owner!r}: roles that are given by owner move with it, in every environment. It needs "
                f"{permission} for {component} and for all components of {new_owner}, neither limited to an "
                f"environment: the role {role} for both owners' components, or for everything. It has: "
                f"{self._held()}.",
                permission,
                component,
            )

    def require_somewhere(self, permission: Permission) -> None:
        """Raise `Forbidden` where the caller may do it nowhere; whether here, `require` has to say."""
        if not self._rights.somewhere(permission):
            raise self._forbidden(permission, "")

    def may_somewhere(self, permission: Permission) -> bool:
        """Tell whether the caller may do it with some component in some environment."""
        return self._rights.somewhere(permission)

    def may_see(self, permission: Permission, *, component: str, environment: str | None = None) -> bool:
        """Tell whether the caller may know that something of this component is there.

        For what is named by an identifier: who guesses one is told what everybody is told of a wrong one.
        """
        try:
            self.require(permission, component=component, environment=environment)
        except Forbidden as refused:
            self.hidden = refused
            return False
        return True

    def require_reach(self, binding: Binding) -> None:
        """Raise `Forbidden` where a role is higher than the caller's, or for what none of them reaches."""
        owner = None
        if binding.component is not None and self._rights.depend_on_owners:
            owner = self._owners().owner_of(binding.component)
        if not self._rights.reach(binding, owner=owner):
            raise Forbidden(
                f"{self._principal} may not give {binding}: nobody gives more than they have. It has: "
                f"{self._held()}.",
                Permission.MANAGE_ACCESS,
            )

    def visible(self, permission: Permission) -> tuple[tuple[Binding, ...], ...]:
        """Return the roles by which lists are narrowed: of each set one has to reach an item."""
        self._asked.add(permission)
        return self._rights.narrowed(permission)

    def was_asked(self, permission: Permission) -> bool:
        """Tell whether anybody has asked for this permission."""
        return permission in self._asked

    def _forbidden(self, permission: Permission, where: str, component: str | None = None) -> Forbidden:
        return Forbidden(
            f"{self._principal} may not do this{where}: {permission} needs the role {RULES[permission].role}."
            f" It has: {self._held()}.",
            permission,
            component,
        )

    def _held(self) -> str:
        has = ", ".join(str(one) for one in self._rights.bindings) or "no role"
        return has + (f", narrowed to {self._rights.within}" if self._rights.within else "")


def install(container: Container) -> None:
    """Let every part ask what the caller of its work may do."""
    container.provide(Access, lambda work: Access(work.principal, work.rights, lambda: work.use(Owners)))
