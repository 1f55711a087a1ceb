"""Use cases of sessions: begin one at a sign-in, find out whose it is, end one or all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from tidegate.domain.access import Permission, Rights, Unauthenticated
from tidegate.domain.errors import NotFound
from tidegate.domain.identities import Session, session_credential, session_of
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.access import Access, Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.repository import UserRepository
from tidegate.modules.identity.session_repository import SessionRepository

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_SECRET = 200
OVER = "The session is over: sign in again."


class SessionService:
    """Keeps people signed in, for `idle` without a request and for `longest` in all.

    Sensitive acts ask for a proof that is no older than `fresh`.
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        sessions: SessionRepository,
        users: UserRepository,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
        new_secret: Callable[[], str],
        idle: timedelta,
        longest: timedelta,
        fresh: timedelta,
    ) -> None:
        self._uow = uow
        self._sessions = sessions
        self._users = users
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret
        self._idle = idle
        self._longest = longest
        self._fresh = fresh

    def begin(self, name: str, *, address: str) -> str:
        """Begin a session of somebody who has just proved who they are; returns its secret, told once."""
        secret, now = self._new_secret(), self._clock.now()
        with self._uow.transaction():
            self._sessions.forget_before(now - self._longest)
            begun = Session(self._new_id(), name, address[:100], now, now, now)
            self._sessions.insert(begun, _digest(secret))
            self._audit.append(action="session.begun", subject=f"user:{name}", details={})
        return secret

    def caller_of(self, secret: str, *, address: str) -> Caller:
        """Return whose session it is, with the rights of now; raises `Unauthenticated` where it is over.

        When it was used last is written once a minute: reading a page writes nothing else.
        """
        found = self._found(secret)
        if found is None:
            raise Unauthenticated(OVER)
        now = self._clock.now()
        if now - found.last_seen_at >= _SEEN_EVERY:
            with self._uow.transaction():
                self._sessions.seen(found.id, now)
        principal = Principal(PrincipalKind.PERSON, found.user, session_credential(found.id), address)
        return Caller(principal, Rights(self._users.bindings_of(found.user)))

    def end(self, secret: str) -> None:
        """End a session; one that is over already stays so."""
        found = self._found(secret)
        if found is not None:
            self._end(found)

    def is_fresh(self) -> bool:
        """Tell whether the caller has lately proved who they are, in the session by which they ask."""
        found = self._own()
        return found is not None and self._clock.now() - found.fresh_at < self._fresh

    def prove(self) -> None:
        """Note that the caller has just proved again who they are, in the session by which they ask."""
        found = self._own()
        if found is not None:
            with self._uow.transaction():
                self._sessions.prove(found.id, self._clock.now())

    def renew(self) -> str | None:
        """Give the caller's session another secret, so that the old one is worth nothing any more.

        Returns it, to be told once; None where the session is over, or the caller is known by something else.
        """
        found = self._own()
        if found is None:
            return None
        secret = self._new_secret()
        with self._uow.transaction():
            self._sessions.renew(found.id, _digest(secret))
        return secret

    def own_sessions(self, request: PageRequest) -> Page[Session]:
        """Return one page of the caller's sessions; a machine has none."""
        return self.sessions(self._principal.name, request) if self._is_person else Page(())

    def end_own(self, session_id: str) -> None:
        """End one of the caller's sessions; raises `NotFound`."""
        if not self._is_person:
            raise NotFound("session", session_id)
        self.end_one(self._principal.name, session_id)

    def end_all_own(self) -> None:
        """End every session of the caller."""
        if self._is_person:
            self.end_all(self._principal.name)

    def sessions(self, name: str, request: PageRequest) -> Page[Session]:
        """Return one page of a person's sessions that are not over, newest first.

        Those of others are for administrators.
        """
        self._require(name)
        now = self._clock.now()
        return self._sessions.page(
            name, request, seen_after=now - self._idle, begun_after=now - self._longest
        )

    def end_one(self, name: str, session_id: str) -> None:
        """End one of a person's sessions; raises `NotFound` where it is none of theirs."""
        self._require(name)
        found = self._sessions.by_id(session_id)
        if found is None or found.user != name:
            raise NotFound("session", session_id)
        self._end(found)

    def end_all(self, name: str) -> None:
        """End every session of a person; raises `NotFound`."""
        self._require(name)
        with self._uow.transaction():
            self._sessions.end_all(name)
            self._audit.append(action="session.all-ended", subject=f"user:{name}", details={})

    def _require(self, name: str) -> None:
        """Let people look after their own sessions, and administrators after everybody's."""
        if self._is_person and self._principal.name == name:
            return
        self._access.require(Permission.MANAGE_ACCESS)
        if self._users.user(name) is None:
            raise NotFound("user", name)

    @property
    def _is_person(self) -> bool:
        return self._principal.kind is PrincipalKind.PERSON

    def _own(self) -> Session | None:
        session_id = session_of(self._principal)
        return self._sessions.by_id(session_id) if session_id is not None else None

    def _found(self, secret: str) -> Session | None:
        if not secret or len(secret) > _LONGEST_SECRET:
            return None
        found = self._sessions.open(_digest(secret))
        return found if found is not None and self._holds(found) else None

    def _holds(self, session: Session) -> bool:
        now = self._clock.now()
        return now - session.last_seen_at < self._idle and now - session.created_at < self._longest

    def _end(self, session: Session) -> None:
        with self._uow.transaction():
            self._sessions.end(session.id)
            self._audit.append(
                action="session.ended", subject=f"user:{session.user}", details={"session": session.id}
            )


def _digest(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits, of which a plain SHA-256 tells nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
