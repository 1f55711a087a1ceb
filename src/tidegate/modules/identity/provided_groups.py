"""The use case of groups that come from elsewhere, such as a provider of identities."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.domain.access import Permission
from tidegate.domain.identities import checked_identity
from tidegate.kernel.access import Access
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.repository import UserRepository
from tidegate.modules.identity.session_repository import SessionRepository


class ProvidedGroupsService:
    """Keeps memberships as their source says; a change ends the sessions of its person."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        users: UserRepository,
        sessions: SessionRepository,
        audit: AuditService,
        access: Access,
    ) -> None:
        self._uow = uow
        self._users = users
        self._sessions = sessions
        self._audit = audit
        self._access = access

    def receive(self, name: str, groups: Sequence[str], *, source: str) -> None:
        """Let a person be in just these groups of all that come from a source; others stay as they are.

        What the source does not say any more is gone, even where nobody is left who may manage access: whom
        it has put out must not stay because of that.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            self._users.lock_name(name)
            given, all_groups = self._users.groups_from(name, source), self._users.groups_of(name)
            new = sorted({checked_identity("group", one) for one in groups} - {*all_groups})
            gone = sorted({*given} - {*groups})
            for group in new:
                self._users.join(group, name, source=source)
                self._note("group.joined", name, group, source)
            for group in gone:
                self._users.leave(group, name)
                self._note("group.left", name, group, source)
            if new or gone:
                self._sessions.end_all(name)

    def _note(self, action: str, name: str, group: str, source: str) -> None:
        self._audit.append(action=action, subject=f"user:{name}", details={"group": group, "source": source})
