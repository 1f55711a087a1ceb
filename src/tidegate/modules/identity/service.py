"""Use cases of people: create, disable, give a password, put into groups; give and take roles."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.access import EVERYTHING, Binding, Permission, Rights
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.identities import GrantedRole, Group, GroupMember, User, checked_identity, session_of
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.kernel.passwords import Passwords, refuse_weak
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.administrators import Administrators
from tidegate.modules.identity.group_repository import GroupRepository
from tidegate.modules.identity.repository import RoleRepository, UserRepository
from tidegate.modules.identity.session_repository import SessionRepository

BY_HAND = "by hand"
"""The source of a membership that somebody gave, and no sign-in brought."""


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to change of a person; None leaves it as it is."""

    display_name: str | None = None
    disabled: bool | None = None


class UserService:
    """Knows who there is, and which roles they have.

    A change of what a person may do, or of the password, ends the person's sessions: one that somebody else
    knows of must not rise with its person. The session by which the change was made goes on; a page gives it
    another secret (`SessionService.renew`).
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        users: UserRepository,
        roles: RoleRepository,
        groups: GroupRepository,
        sessions: SessionRepository,
        administrators: Administrators,
        audit: AuditService,
        access: Access,
        principal: Principal,
        passwords: Passwords,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._users = users
        self._roles = roles
        self._groups = groups
        self._sessions = sessions
        self._administrators = administrators
        self._audit = audit
        self._access = access
        self._principal = principal
        self._passwords = passwords
        self._clock = clock
        self._new_id = new_id

    def create(
        self,
        name: str,
        *,
        display_name: str = "",
        password: str | None = None,
        binding: Binding | None = None,
    ) -> User:
        """Register a person, with a role where one is given.

        Raises `Conflict` for a name that is taken, and `Invalid` for a name or password that is not accepted.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        checked_identity("user", name)
        kept = self._kept(password, name, display_name) if password is not None else None
        with self._uow.transaction():
            self._users.lock_name(name)
            if self._users.user(name) is not None:
                raise Conflict(f"There is a user named {name!r} already.")
            now = self._clock.now()
            user = User(name, display_name or name, kept is not None, None, now, now)
            self._users.insert(user, kept)
            self._audit.append(
                action="user.created", subject=f"user:{name}", details={"password": kept is not None}
            )
            if binding is not None:
                self.grant(binding, user=name)
        return user

    def create_first_administrator(self, name: str, password: str) -> bool:
        """Register the first administrator, and only where there is no user at all; tells whether it did."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            self._users.lock_name("the first one")
            if not self._users.is_empty():
                return False
            self.create(name, display_name="Administrator", password=password, binding=EVERYTHING)
        return True

    def is_nobody(self) -> bool:
        """Tell whether there is no user at all, so that nobody can sign in."""
        return self._users.is_empty()

    def user(self, name: str) -> User:
        """Return a person; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._user(name)

    def users(self, request: PageRequest) -> Page[User]:
        """Return one page of people in the order of their names."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._users.page(request)

    def set_password(self, name: str, password: str) -> None:
        """Give a person another password, which ends all their sessions.

        Raises `NotFound`, and `Invalid` for a password that is not accepted.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        self._set_password(name, password)

    def has_own_password(self) -> bool:
        """Tell whether the caller has a password to prove anything with."""
        found = self._users.user(self._principal.name) if self._is_person else None
        return found is not None and found.has_password

    def set_own_password(self, password: str) -> User:
        """Give the caller another password, which ends the caller's other sessions; see `set_password`."""
        if not self._is_person:
            raise Conflict("Only people have passwords.")
        self._set_password(self._principal.name, password)
        return self._user(self._principal.name)

    def disable(self, name: str) -> User:
        """Let a person neither sign in nor use tokens any more; to say it again changes nothing."""
        return self._set_disabled(name, disabled=True)

    def enable(self, name: str) -> User:
        """Let a person who was disabled in again."""
        return self._set_disabled(name, disabled=False)

    def may_sign_in(self, name: str) -> bool:
        """Tell whether there is such a person, and one who is not disabled."""
        found = self._users.user(name)
        return found is not None and found.disabled_at is None

    def change(self, name: str, change: UserChange) -> User:
        """Change how a person is shown, and whether they are let in; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            user, shown = self._user(name), change.display_name
            if shown is not None and shown != user.display_name:
                self._users.change(name, display_name=shown, updated_at=self._clock.now())
                self._audit.append(
                    action="user.renamed", subject=f"user:{name}", details={"display_name": shown}
                )
            if change.disabled is not None:
                self._set_disabled(name, disabled=change.disabled)
        return self._user(name)

    def rights_of(self, name: str) -> Rights:
        """Return what a person may do by the roles of the person and of the person's groups."""
        return Rights(self._users.bindings_of(name))

    def grant(
        self, binding: Binding, *, user: str | None = None, group: str | None = None
    ) -> tuple[GrantedRole, bool]:
        """Give a role to a person or to a group; returns it, and whether it is new.

        Raises `NotFound` and `Invalid`. To say it again changes nothing.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        if (user is None) == (group is None):
            raise Invalid("A role is given to a user or to a group.", (("/user", "Name one of the two."),))
        with self._uow.transaction():
            if user is not None:
                self._user(user)
            else:
                checked_identity("group", group or "")
            self._roles.lock_name(f"user {user}" if user is not None else f"group {group}")
            same = self._roles.same(binding, user=user, group=group)
            if same is not None:
                return same, False
            granted = GrantedRole(self._new_id(), user, group, binding, self._clock.now())
            self._roles.insert(granted)
            self._end_sessions(user, group)
            self._note_role("role.granted", granted)
        return granted, True

    def withdraw(self, role_id: str) -> None:
        """Take a role away again; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction(), self._administrators.kept():
            granted = self._roles.granted(role_id)
            if granted is None:
                raise NotFound("role", role_id)
            self._roles.remove(role_id)
            self._end_sessions(granted.user, granted.group)
            self._note_role("role.withdrawn", granted)

    def roles(
        self, request: PageRequest, *, user: str | None = None, group: str | None = None
    ) -> Page[GrantedRole]:
        """Return one page of the roles that were given, of one person or group where one is named."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._roles.page(request, user=user, group=group)

    def groups(self, request: PageRequest) -> Page[Group]:
        """Return one page of groups in the order of their names."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._groups.page_of_groups(request)

    def members(self, group: str, request: PageRequest) -> Page[GroupMember]:
        """Return one page of who is in a group; raises `NotFound` for one that nobody and no role names."""
        self._access.require(Permission.MANAGE_ACCESS)
        if not self._groups.is_there(group):
            raise NotFound("group", group)
        return self._groups.page_of_members(group, request)

    def groups_of(self, name: str) -> tuple[str, ...]:
        """Return the groups that a person is in."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._users.groups_of(name)

    def join(self, group: str, name: str, *, source: str = BY_HAND) -> None:
        """Put a person into a group; to say it again changes nothing."""
        self._access.require(Permission.MANAGE_ACCESS)
        checked_identity("group", group)
        with self._uow.transaction():
            self._user(name)
            self._users.lock_name(name)
            if group in self._users.groups_of(name):
                return
            self._users.join(group, name, source=source)
            self._end_sessions(name, None)
            self._audit.append(action="group.joined", subject=f"user:{name}", details={"group": group})

    def leave(self, group: str, name: str) -> None:
        """Take a person out of a group; raises `NotFound` where the person is not in it."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction(), self._administrators.kept():
            if group not in self._users.groups_of(name):
                raise NotFound(f"group of {name}", group)
            self._users.leave(group, name)
            self._end_sessions(name, None)
            self._audit.append(action="group.left", subject=f"user:{name}", details={"group": group})

    def whom_to_ask(self) -> tuple[tuple[str, str], ...]:
        """Return name and shown name of administrators, where whoever has no role may know them."""
        return self._administrators.contacts()

    @property
    def _is_person(self) -> bool:
        return self._principal.kind is PrincipalKind.PERSON

    def _user(self, name: str) -> User:
        found = self._users.user(name)
        if found is None:
            raise NotFound("user", name)
        return found

    def _set_disabled(self, name: str, *, disabled: bool) -> User:
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction(), self._administrators.kept():
            user = self._user(name)
            if (user.disabled_at is not None) == disabled:
                return user
            now = self._clock.now()
            self._users.change(name, disabled_at=now if disabled else None, updated_at=now)
            self._sessions.end_all(name)
            action = "user.disabled" if disabled else "user.enabled"
            self._audit.append(action=action, subject=f"user:{name}", details={})
        return self._user(name)

    def _set_password(self, name: str, password: str) -> None:
        user = self._user(name)
        self._uow.release()  # hashing takes a while: nobody waits for a connection meanwhile
        kept = self._kept(password, name, user.display_name)
        with self._uow.transaction():
            self._users.change(name, password_hash=kept, updated_at=self._clock.now())
            self._end_sessions(name, None)
            self._audit.append(action="user.password-set", subject=f"user:{name}", details={})

    def _end_sessions(self, user: str | None, group: str | None) -> None:
        own = session_of(self._principal)
        if user is not None:
            self._sessions.end_all(user, but=own)
        elif group is not None:
            self._sessions.end_all_of_group(group, but=own)

    def _kept(self, password: str, name: str, display_name: str) -> str:
        refuse_weak(password, name, *display_name.split())
        return self._passwords.hash(password)

    def _note_role(self, action: str, granted: GrantedRole) -> None:
        subject = f"user:{granted.user}" if granted.user is not None else f"group:{granted.group}"
        self._audit.append(
            action=action, subject=subject, details={"id": granted.id, "rights": str(granted.binding)}
        )
