"""Queries over the identities that providers gave, and over sign-ins that were begun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from tidegate.domain.sign_on import SignOnRequest
from tidegate.kernel.db.repository import Repository
from tidegate.modules.single_sign_on.models import ProvidedIdentityRow, SignOnRequestRow


class ProvidedIdentityRepository(Repository[ProvidedIdentityRow]):
    """People by issuer and subject."""

    model = ProvidedIdentityRow

    def user_of(self, issuer: str, subject: str) -> str | None:
        """Return the name of the person who is this subject."""
        return self.session.scalars(
            select(ProvidedIdentityRow.user_name).where(
                ProvidedIdentityRow.issuer == issuer, ProvidedIdentityRow.subject == subject
            )
        ).one_or_none()

    def is_known(self, issuer: str, *, user: str) -> bool:
        """Tell whether a person is any subject of an issuer."""
        query = select(ProvidedIdentityRow.subject).where(
            ProvidedIdentityRow.user_name == user, ProvidedIdentityRow.issuer == issuer
        )
        return self.session.scalars(query.limit(1)).first() is not None

    def insert(self, issuer: str, subject: str, *, user: str, at: datetime) -> None:
        """Write that this subject is this person."""
        self.add(
            ProvidedIdentityRow(
                issuer=issuer, subject=subject, user_name=user, created_at=at, last_used_at=None
            )
        )

    def used(self, issuer: str, subject: str, *, at: datetime) -> None:
        """Write when somebody came by this identity."""
        self.session.execute(
            update(ProvidedIdentityRow)
            .where(ProvidedIdentityRow.issuer == issuer, ProvidedIdentityRow.subject == subject)
            .values(last_used_at=at)
        )


class SignOnRequestRepository(Repository[SignOnRequestRow]):
    """Sign-ins that were begun, by the digest of their state."""

    model = SignOnRequestRow

    def insert(self, state: str, request: SignOnRequest) -> None:
        """Write a sign-in that begins."""
        self.add(
            SignOnRequestRow(
                state=state,
                provider=request.provider,
                browser=request.browser,
                following=request.following,
                expires_at=request.expires_at,
            )
        )

    def take(self, state: str) -> SignOnRequest | None:
        """Return a sign-in and delete it: of several that ask for it at once, one gets it."""
        row: Any = self.session.execute(
            delete(SignOnRequestRow)
            .where(SignOnRequestRow.state == state)
            .returning(
                SignOnRequestRow.provider,
                SignOnRequestRow.browser,
                SignOnRequestRow.following,
                SignOnRequestRow.expires_at,
            )
        ).one_or_none()
        return SignOnRequest(row.provider, row.browser, row.following, row.expires_at) if row else None

    def forget_before(self, moment: datetime) -> None:
        """Delete what no provider answered in time."""
        self.session.execute(delete(SignOnRequestRow).where(SignOnRequestRow.expires_at < moment))
