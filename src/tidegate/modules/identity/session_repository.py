"""Queries over sessions and failed sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from tidegate.domain.identities import Session
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.identity.models import GroupMemberRow, SessionRow, SignInFailureRow, UserRow

_SESSIONS, _USERS = table_of(SessionRow), table_of(UserRow)
_SESSION = (
    select(_SESSIONS)
    .join(_USERS, _USERS.c.name == _SESSIONS.c.user_name)
    .where(_SESSIONS.c.digest == bindparam("digest"), _USERS.c.disabled_at.is_(None))
)


class SessionRepository(Repository[SessionRow]):
    """Sessions by the digest of their secret, and by person."""

    model = SessionRow

    def insert(self, session: Session, digest: str) -> None:
        """Write a new session."""
        self.add(
            SessionRow(
                id=session.id,
                digest=digest,
                user_name=session.user,
                address=session.address,
                created_at=session.created_at,
                last_seen_at=session.last_seen_at,
                fresh_at=session.fresh_at,
            )
        )

    def open(self, digest: str) -> Session | None:
        """Return the session with this digest, unless its person is disabled."""
        row = self.first(_SESSION, digest=digest)
        return _session(row) if row else None

    def by_id(self, session_id: str) -> Session | None:
        """Return a session by its identifier."""
        row = self.one_or_none(SessionRow.id == session_id)
        return _session(row) if row else None

    def page(
        self, name: str, request: PageRequest, *, seen_after: datetime, begun_after: datetime
    ) -> Page[Session]:
        """Return one page of a person's sessions that are not over, newest first."""
        query = select(SessionRow).where(
            SessionRow.user_name == name,
            SessionRow.last_seen_at > seen_after,
            SessionRow.created_at > begun_after,
        )
        return self.paginate(query, request, by=[SessionRow.id], convert=_session, newest_first=True)

    def seen(self, session_id: str, at: datetime) -> None:
        """Write when a session was used."""
        self.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(last_seen_at=at))

    def prove(self, session_id: str, at: datetime) -> None:
        """Write when its person has proved again who they are."""
        self.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(fresh_at=at))

    def renew(self, session_id: str, digest: str) -> None:
        """Give a session another secret."""
        self.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(digest=digest))

    def end(self, session_id: str) -> None:
        """Delete a session."""
        self.session.execute(delete(SessionRow).where(SessionRow.id == session_id))

    def end_all(self, name: str, *, but: str | None = None) -> None:
        """Delete a person's sessions, except for one where one is named."""
        query = delete(SessionRow).where(SessionRow.user_name == name)
        self.session.execute(query if but is None else query.where(SessionRow.id != but))

    def end_all_of_group(self, group: str, *, but: str | None = None) -> None:
        """Delete the sessions of everybody in a group, except for one where one is named."""
        members = select(GroupMemberRow.user_name).where(GroupMemberRow.group_name == group)
        query = delete(SessionRow).where(SessionRow.user_name.in_(members))
        self.session.execute(query if but is None else query.where(SessionRow.id != but))

    def forget_before(self, moment: datetime) -> None:
        """Delete sessions that were not used since."""
        self.session.execute(delete(SessionRow).where(SessionRow.last_seen_at < moment))


class SignInFailureRepository(Repository[SignInFailureRow]):
    """How often signing in has failed."""

    model = SignInFailureRow

    def locked(self, subject: str) -> tuple[int, datetime] | None:
        """Return how often and when it failed last; nobody else may count until the transaction ends."""
        self.lock_name(subject)
        row = self.get_for_update(SignInFailureRow.subject == subject)
        return (row.failures, row.last_at) if row else None

    def note(self, subject: str, failures: int, at: datetime) -> None:
        """Write how often it has failed."""
        self.session.merge(SignInFailureRow(subject=subject, failures=failures, last_at=at))
        self.session.flush()

    def forget(self, subject: str) -> None:
        """Start counting anew."""
        self.session.execute(delete(SignInFailureRow).where(SignInFailureRow.subject == subject))

    def forget_before(self, moment: datetime) -> None:
        """Delete what has long been over."""
        self.session.execute(delete(SignInFailureRow).where(SignInFailureRow.last_at < moment))


def _session(row: SessionRow | Any) -> Session:
    fresh_at = row.fresh_at or row.created_at
    return Session(row.id, row.user_name, row.address, row.created_at, row.last_seen_at, fresh_at)
