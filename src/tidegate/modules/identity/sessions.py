"""Use cases of sessions: begin one at a sign-in, find out whose it is, end one or all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from tidegate.domain.access import Rights, Unauthenticated
from tidegate.domain.errors import NotFound
from tidegate.domain.identities import Session
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.access import Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.repository import SessionRepository, UserRepository

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_SECRET = 200
OVER = "The session is over: sign in again."


class SessionService:
    """Keeps people signed in, for `idle` without a request and for `longest` in all."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        sessions: SessionRepository,
        users: UserRepository,
        audit: AuditService,
        clock: Clock,
        new_id: NewId,
        new_secret: Callable[[], str],
        idle: timedelta,
        longest: timedelta,
    ) -> None:
        self._uow = uow
        self._sessions = sessions
        self._users = users
        self._audit = audit
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret
        self._idle = idle
        self._longest = longest

    def begin(self, name: str, *, address: str) -> str:
        """Begin a session of somebody who has just proved who they are; returns its secret, told once."""
        secret, now = self._new_secret(), self._clock.now()
        with self._uow.transaction():
            self._sessions.forget_before(now - self._longest)
            self._sessions.insert(Session(self._new_id(), name, address[:100], now, now), _digest(secret))
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
        principal = Principal(PrincipalKind.PERSON, found.user, f"session {found.id}", address)
        return Caller(principal, Rights(self._users.bindings_of(found.user)))

    def end(self, secret: str) -> None:
        """End a session; one that is over already stays so."""
        found = self._found(secret)
        if found is not None:
            self._end(found)

    def end_one(self, name: str, session_id: str) -> None:
        """End one of a person's sessions; raises `NotFound` where it is none of theirs."""
        found = next((one for one in self._sessions.of(name) if one.id == session_id), None)
        if found is None:
            raise NotFound("session", session_id)
        self._end(found)

    def end_all(self, name: str) -> None:
        """End every session of a person."""
        with self._uow.transaction():
            self._sessions.end_all(name)
            self._audit.append(action="session.all-ended", subject=f"user:{name}", details={})

    def sessions_of(self, name: str) -> tuple[Session, ...]:
        """Return a person's sessions that are not over, newest first."""
        return tuple(one for one in self._sessions.of(name) if self._holds(one))

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
