"""Who may do what: roles, permissions, and the one table that joins them; what is not in it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tidegate.domain.errors import Invalid, TidegateError


class Role(StrEnum):
    """What a principal is there for; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    SUBMITTER = "submitter"
    RELEASE_MANAGER = "release-manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What an operation or a page asks for; `PERMISSIONS` says who has it."""

    READ_DECLARATIONS = "declarations.read"
    READ = "component.read"
    SUBMIT = "evidence.submit"
    JUDGE = "verdict.ask"
    OBSERVE = "fact.observe"
    RELEASE = "release.create"
    DESCRIBE_COMPONENT = "component.describe"
    DESCRIBE_ENVIRONMENT = "environment.describe"
    DECLARE_GATE = "gate.declare"
    DESCRIBE_TARGET = "target.describe"
    READ_AUDIT = "audit.read"
    RETRY_JOB = "job.retry"
    SWITCH_FLAG = "flag.switch"
    READ_NOTIFICATIONS = "notification.read"
    REPLAY_NOTIFICATIONS = "notification.replay"
    MANAGE_CHANNELS = "channel.manage"
    MANAGE_ACCESS = "access.manage"


class Reach(StrEnum):
    """How far a role that is limited to a part goes for a permission."""

    ANYWHERE = "anywhere"
    COMPONENT = "component"
    COMPONENT_AND_ENVIRONMENT = "component and environment"
    EVERYWHERE = "everywhere"


REACHES: Mapping[Reach, str] = {
    Reach.ANYWHERE: "Any role will do, whatever it is limited to: it concerns no component.",
    Reach.COMPONENT: "The role must hold for the component; a limit to an environment matters only "
    "where its owner changes.",
    Reach.COMPONENT_AND_ENVIRONMENT: "The role must hold for the component and for the environment.",
    Reach.EVERYWHERE: "Only a role without any limit will do: it concerns every component.",
}


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One line of the table: the lowest role that has the permission, and how far a limited role goes."""

    permission: Permission
    role: Role
    reach: Reach
    meaning: str


PERMISSIONS: tuple[AccessRule, ...] = (
    AccessRule(
        Permission.READ_DECLARATIONS,
        Role.VIEWER,
        Reach.ANYWHERE,
        "Read gates, versions, environments and flags, check a gate's document, and see one's own rights.",
    ),
    AccessRule(
        Permission.READ,
        Role.VIEWER,
        Reach.COMPONENT,
        "Read a component with its revisions, evidence, verdicts, releases, targets, facts and incidents.",
    ),
    AccessRule(
        Permission.SUBMIT,
        Role.SUBMITTER,
        Reach.COMPONENT,
        "Register revisions of a component and submit evidence for them.",
    ),
    AccessRule(
        Permission.JUDGE,
        Role.SUBMITTER,
        Reach.COMPONENT_AND_ENVIRONMENT,
        "Ask for the verdict of now.",
    ),
    AccessRule(
        Permission.OBSERVE,
        Role.SUBMITTER,
        Reach.COMPONENT_AND_ENVIRONMENT,
        "Report facts that were observed, and deployments.",
    ),
    AccessRule(
        Permission.RELEASE,
        Role.RELEASE_MANAGER,
        Reach.COMPONENT_AND_ENVIRONMENT,
        "Create a release where the gate is open, and correct its notes.",
    ),
    AccessRule(
        Permission.DESCRIBE_COMPONENT,
        Role.RELEASE_MANAGER,
        Reach.COMPONENT,
        "Register a component and change its title, owner and description.",
    ),
    AccessRule(
        Permission.DESCRIBE_ENVIRONMENT,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "Register an environment and say which gate guards it.",
    ),
    AccessRule(
        Permission.DECLARE_GATE,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "Put a version of a gate in force.",
    ),
    AccessRule(
        Permission.DESCRIBE_TARGET,
        Role.RELEASE_MANAGER,
        Reach.COMPONENT_AND_ENVIRONMENT,
        "Describe a target, its facts, objectives and maintenance, and handle its incidents.",
    ),
    AccessRule(
        Permission.READ_AUDIT,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "Read, export and verify the audit log, and see the jobs of the worker.",
    ),
    AccessRule(
        Permission.RETRY_JOB,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "Have a job of the worker tried again.",
    ),
    AccessRule(
        Permission.SWITCH_FLAG,
        Role.ADMINISTRATOR,
        Reach.EVERYWHERE,
        "Switch experimental parts of Tidegate on and off.",
    ),
    AccessRule(
        Permission.READ_NOTIFICATIONS,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "See the channels that are told of incidents, and what became of each notification.",
    ),
    AccessRule(
        Permission.REPLAY_NOTIFICATIONS,
        Role.RELEASE_MANAGER,
        Reach.EVERYWHERE,
        "Have notifications sent again.",
    ),
    AccessRule(
        Permission.MANAGE_CHANNELS,
        Role.ADMINISTRATOR,
        Reach.EVERYWHERE,
        "Add, change, test and remove channels, and give them new secrets.",
    ),
    AccessRule(
        Permission.MANAGE_ACCESS,
        Role.ADMINISTRATOR,
        Reach.EVERYWHERE,
        "Manage users, groups, roles and tokens.",
    ),
)
"""The table. A permission that is not in it is nobody's."""

RULES: Mapping[Permission, AccessRule] = {rule.permission: rule for rule in PERMISSIONS}
_ORDER = tuple(Role)


@dataclass(frozen=True, slots=True)
class Binding:
    """A role that a principal has: everywhere, or limited to a component, an owner or an environment."""

    role: Role
    component: str | None = None
    owner: str | None = None
    environment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could be read in two ways."""
        if self.component is not None and self.owner is not None:
            raise Invalid("A role is limited to a component or to an owner's components, not to both.")

    def __str__(self) -> str:
        """Write it as people read it: `submitter of harbour in staging`."""
        of = self.component or (f"all components of {self.owner}" if self.owner else "")
        limits = (f" of {of}" if of else "") + (f" in {self.environment}" if self.environment else "")
        return str(self.role) + (limits or " everywhere")


EVERYTHING = Binding(Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a principal may do: `bindings` are its roles; `within` narrows them, as a person's token does."""

    bindings: tuple[Binding, ...] = ()
    within: Binding | None = None

    def allow(
        self,
        permission: Permission,
        *,
        component: str | None = None,
        owner: str | None = None,
        environment: str | None = None,
    ) -> bool:
        """Tell whether roles and limit both allow it; see `allowed`."""
        return all(
            allowed(part, permission, component=component, owner=owner, environment=environment)
            for part in self.parts()
        )

    def somewhere(self, permission: Permission) -> bool:
        """Tell whether they could allow it, for whatever component and environment."""
        return all(somewhere(part, permission) for part in self.parts())

    def may_hand_over(self, component: str, *, owner: str, new_owner: str) -> bool:
        """Tell whether roles and limit both allow to give a component to another owner.

        That moves what roles by owner reach, in every environment. So it takes a role for the component and
        one for all components of the new owner, neither limited to an environment.
        """
        return all(_may_hand_over(part, component, owner, new_owner) for part in self.parts())

    def parts(self) -> tuple[tuple[Binding, ...], ...]:
        """Return the sets of bindings of which each has to allow it."""
        return (self.bindings,) if self.within is None else (self.bindings, (self.within,))

    def narrowed(self, permission: Permission) -> tuple[tuple[Binding, ...], ...]:
        """Return the sets of bindings of `parts` that have a permission, however far they reach."""
        return tuple(tuple(one for one in part if has(one.role, permission)) for part in self.parts())

    def reach(self, asked: Binding, *, owner: str | None = None) -> bool:
        """Tell whether a role at least as high meets what is asked, and the narrowing one includes all of it.

        A binding that only meets it will do: roles are looked up anew at each request, and narrowed by what
        is given. What a token is narrowed to is not: it would be widened by what goes beyond it.
        `owner` is who owns the component that is asked for, where one is.
        """
        met = any(_meets(one, asked, owner) for one in self.bindings)
        return met and (self.within is None or _includes(self.within, asked, owner))

    @property
    def depend_on_owners(self) -> bool:
        """Tell whether it matters who owns a component."""
        return any(one.owner is not None for part in self.parts() for one in part)


class Unauthenticated(TidegateError):
    """It is not known who is asking."""


class Forbidden(TidegateError):
    """The caller is known and may not do this; `permission` is what is lacking, and of which component."""

    def __init__(self, message: str, permission: Permission, component: str | None = None) -> None:
        self.permission = permission
        self.component = component
        super().__init__(message)


def highest(roles: Iterable[Role]) -> Role | None:
    """Return the highest of some roles, None of none."""
    return max(roles, key=_ORDER.index, default=None)


def up_to(role: Role) -> tuple[Role, ...]:
    """Return the roles that a role includes, itself the last."""
    return _ORDER[: _ORDER.index(role) + 1]


def has(role: Role, permission: Permission) -> bool:
    """Tell whether a role has a permission, as far as it is not limited."""
    rule = RULES.get(permission)
    return rule is not None and _ORDER.index(role) >= _ORDER.index(rule.role)


def allowed(
    bindings: Iterable[Binding],
    permission: Permission,
    *,
    component: str | None = None,
    owner: str | None = None,
    environment: str | None = None,
) -> bool:
    """Tell whether any of these bindings allows it, for the component, its owner and the environment named.

    What is not named is not limited: a role of one component does not reach what concerns all of them.
    """
    return any(
        has(one.role, permission) and _reaches(one, RULES[permission].reach, component, owner, environment)
        for one in bindings
    )


def _may_hand_over(bindings: Iterable[Binding], component: str, owner: str, new_owner: str) -> bool:
    everywhere = [one for one in bindings if one.environment is None]
    describe = Permission.DESCRIBE_COMPONENT
    return allowed(everywhere, describe, component=component, owner=owner) and allowed(
        everywhere, describe, owner=new_owner
    )


def somewhere(bindings: Iterable[Binding], permission: Permission) -> bool:
    """Tell whether any of these bindings could allow it, for whatever component and environment."""
    return any(
        has(one.role, permission) and (RULES[permission].reach is not Reach.EVERYWHERE or _is_unlimited(one))
        for one in bindings
    )


def _reaches(
    binding: Binding, reach: Reach, component: str | None, owner: str | None, environment: str | None
) -> bool:
    if reach is Reach.ANYWHERE:
        return True
    if reach is Reach.EVERYWHERE:
        return _is_unlimited(binding)
    if binding.component is not None and binding.component != component:
        return False
    if binding.owner is not None and binding.owner != owner:
        return False
    if reach is Reach.COMPONENT or binding.environment is None:
        return True
    return binding.environment == environment


def _meets(held: Binding, asked: Binding, owner: str | None) -> bool:
    limits = _limits(held, asked, owner)
    return _is_as_high(held, asked) and all(None in pair or pair[0] == pair[1] for pair in limits)


def _includes(held: Binding, asked: Binding, owner: str | None) -> bool:
    limits = _limits(held, asked, owner)
    return _is_as_high(held, asked) and all(own is None or own == other for own, other in limits)


def _is_as_high(held: Binding, asked: Binding) -> bool:
    return _ORDER.index(held.role) >= _ORDER.index(asked.role)


def _limits(held: Binding, asked: Binding, owner: str | None) -> tuple[tuple[str | None, str | None], ...]:
    return (
        (held.component, asked.component),
        (held.environment, asked.environment),
        (held.owner, asked.owner or owner),
    )


def _is_unlimited(binding: Binding) -> bool:
    return binding.component is None and binding.owner is None and binding.environment is None
